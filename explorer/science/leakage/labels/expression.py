"""Seven facial expressions by PyEmotion's network (four convolutions and two linear layers, 48 x 48 grey)."""

from __future__ import annotations

import io
from collections.abc import Mapping

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError

EXPRESSIONS = ("angry", "disgusted", "afraid", "happy", "sad", "surprised", "neutral")
_INPUT = 48
_STRIDES = (1, 2, 2, 2)
# The network is shown the box of a face detector: brows to chin with some forehead, as shares of the landmarks' own
# width and height beyond them on each side.
_BESIDE, _ABOVE, _BELOW = 0.0, 0.25, 0.02


class Expression(nn.Module):
    """Maps (B, 1, 48, 48) grey in [-1, 1] to seven logits (B, 7), in the order of `EXPRESSIONS`.

    The network's own sigmoid at the end is left out: it saturates, and the logits order the classes the same way.

    Args:
        data: the bytes of the network file `pyemotion`.

    Raises:
        NetworkFileError: the bytes are not that network.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        try:
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["network"]
        except Exception as error:  # of damaged bytes, torch's reader raises whatever it stumbles over
            raise NetworkFileError("the expression file is not PyEmotion's checkpoint, or it is damaged") from error
        try:
            self._build(state)
        except KeyError as error:
            raise NetworkFileError(f"the expression file lacks {error}") from None
        except (RuntimeError, IndexError, TypeError, AttributeError) as error:
            raise NetworkFileError(f"the expression file holds another network: {error}") from error
        self.requires_grad_(False)
        self.eval()

    def _build(self, state: Mapping[str, Tensor]) -> None:
        for layer in range(1, 5):
            convolution, norm = f"conv_{layer}.1", f"conv_{layer}.2"
            gain = state[f"{norm}.weight"] * (state[f"{norm}.running_var"] + 1e-5).rsqrt()
            shift = (state[f"{convolution}.bias"] - state[f"{norm}.running_mean"]) * gain + state[f"{norm}.bias"]
            self.register_buffer(f"kernel_{layer}", state[f"{convolution}.weight"] * gain[:, None, None, None])
            self.register_buffer(f"shift_{layer}", shift)
        for layer in (0, 2):
            self.register_buffer(f"weight_{layer}", state[f"linear.{layer}.weight"].clone())
            self.register_buffer(f"bias_{layer}", state[f"linear.{layer}.bias"].clone())

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, 48, 48) grey in [-1, 1] to (B, 7) logits."""
        for layer, stride in enumerate(_STRIDES, 1):
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = F.relu(F.conv2d(x, self.get_buffer(f"kernel_{layer}"), self.get_buffer(f"shift_{layer}"), stride))
        x = F.relu(F.linear(x.flatten(1), self.get_buffer("weight_0"), self.get_buffer("bias_0")))
        return F.linear(x, self.get_buffer("weight_2"), self.get_buffer("bias_2"))

    def of_face(self, frame: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
        """The (7,) logits of a face.

        Args:
            frame: (R, R, 3) uint8 RGB.
            landmarks: (68, 2) pixels of the frame.
        """
        box = _box(landmarks, frame.shape[0])
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[box[1] : box[3], box[0] : box[2]]
        small = cv2.resize(grey, (_INPUT, _INPUT), interpolation=cv2.INTER_AREA).astype(np.float32)
        device = self.get_buffer("bias_2").device
        with torch.no_grad():
            logits: Tensor = self(torch.from_numpy(small / 127.5 - 1)[None, None].to(device))
        found: NDArray[np.float32] = logits[0].cpu().numpy()
        return found


def _box(landmarks: NDArray[np.float32], size: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the part of the frame that the network is shown."""
    (left, top), (right, bottom) = landmarks.min(0), landmarks.max(0)
    width, height = right - left, bottom - top
    edges = (left - _BESIDE * width, top - _ABOVE * height, right + _BESIDE * width, bottom + _BELOW * height)
    x0, y0, x1, y1 = (round(float(edge)) for edge in np.clip(edges, 0, size))
    return min(x0, size - 1), min(y0, size - 1), max(x1, x0 + 1), max(y1, y0 + 1)
