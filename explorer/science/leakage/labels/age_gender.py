"""Age and gender by dlib's networks, each from a face chip that dlib cuts by the landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.science.networks.onnx_graph import OnnxGraph

_AGE_CHIP, _GENDER_CHIP, _PADDING = 64, 32, 0.2
_MEAN_COLOUR = (122.782, 117.001, 104.298)
# The first of the 81 classes is "not yet one": its makers count it as a quarter of a year.
_YEARS = (0.25, *range(1, 81))


class AgeGender(nn.Module):
    """Estimates age and gender as their makers do.

    Args:
        age, gender: the bytes of the network files `dlib-age` and `dlib-gender`.

    Raises:
        NetworkFileError: the bytes are not ONNX networks.
    """

    def __init__(self, age: bytes, gender: bytes) -> None:
        super().__init__()
        self.age, self.gender = OnnxGraph(age), OnnxGraph(gender)
        self.register_buffer("years", torch.tensor(_YEARS))

    def of_face(self, frame: NDArray[np.uint8], shape: Any) -> tuple[float, float]:
        """Expected age in years, 0.25 to 80, and the probability of "male" among the two classes.

        Args:
            frame: (R, R, 3) uint8 RGB.
            shape: dlib's own landmarks of the face in it.
        """
        with torch.no_grad():
            ages: Tensor = self.age(self._chip(frame, shape, _AGE_CHIP))[0][0]
            genders: Tensor = self.gender(self._chip(frame, shape, _GENDER_CHIP))[0][0]
        return float(ages @ self.get_buffer("years")), float(genders[1])

    def _chip(self, frame: NDArray[np.uint8], shape: Any, size: int) -> Tensor:
        import dlib

        chip = dlib.get_face_chip(frame, shape, size, _PADDING).astype(np.float32)
        scaled = (chip - np.array(_MEAN_COLOUR, np.float32)) / 256
        return torch.from_numpy(scaled.transpose(2, 0, 1))[None].to(self.get_buffer("years"))
