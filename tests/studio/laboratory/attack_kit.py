"""A small world to attack: encoders of one linear map, a detector that looks where the face is, and people in noise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from explorer.science.faces.face import Face, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.iteration import Steps
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.evaluation import people_seen
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.inversion import targets
from explorer.studio.laboratory.attack_running import AttackedFace, AttackedPhotograph, attacked_photograph

ENCODERS = ("arcface-mbf", "sface", "dlib-resnet")
SIDE = 64
# So small a face that no template reaches beyond the picture.
POINTS = 0.7 * np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]]) + (9.6, 10.2)
FACE = Face(POINTS, (10.0, 10.0, 54.0, 54.0), 0.9)


class Linear(nn.Module):
    """Sees the mean colours of 49 squares, and says where they lie on a sphere."""

    def __init__(self, dimension: int, seed: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.register_buffer("weight", torch.randn(147, dimension, generator=random) / 12)

    def forward(self, image: Tensor) -> Tensor:
        squares = nn.functional.adaptive_avg_pool2d(image - 0.5, 7).flatten(1)
        return nn.functional.normalize(squares @ self.weight, dim=-1)


class SmallNetworks:
    """As the program's own, of the small world. blind: the detector finds no face; unknown: encoders without threshold.

    looked: at how many pictures the detector looked.
    """

    device = torch.device("cpu")

    def __init__(self, blind: bool = False, unknown: tuple[str, ...] = ()) -> None:
        self.blind, self.looked, self._unknown = blind, 0, unknown
        self._encoders = {
            name: Encoder(encoder_spec(name), Linear(encoder_spec(name).dimension, seed))
            for seed, name in enumerate(ENCODERS)
        }

    def recogniser(self, encoder: str) -> Encoder:
        return self._encoders[encoder]

    def detector(self) -> Any:
        return SimpleNamespace(detect=self._detect)

    def _detect(self, pixels: Any) -> list[Face]:
        self.looked += 1
        return [] if self.blind else [FACE]

    def calibration(self, encoder: str) -> Any:
        threshold = 0.5 if encoder_spec(encoder).measure == "cosine" else 1.0
        return None if encoder in self._unknown else SimpleNamespace(threshold=threshold)


def pixels_of(person: int, number: int = 0) -> np.ndarray:
    """Of each person a pattern of their own, of each photograph a little of another."""
    random = np.random.default_rng([person, 7])
    own, other = (
        random.integers(40, 216, (8, 8, 3)),
        np.random.default_rng([person, number]).integers(-30, 31, (8, 8, 3)),
    )
    return (own + other).repeat(8, 0).repeat(8, 1).astype(np.uint8)


def picture(folder: Path, person: int, number: int = 0) -> Path:
    """A photograph in a file."""
    path = folder / f"p{person}-{number}.png"
    Image.fromarray(pixels_of(person, number)).save(path)
    return path


def attacked(networks: SmallNetworks, folder: Path, person: int = 0) -> AttackedPhotograph:
    """A photograph that is to be attacked, seen by all encoders."""
    return attacked_photograph(networks, read_file(picture(folder, person)), FACE, ENCODERS)


def small_set(people: int = 3, each: int = 3) -> PhotographSet:
    """Photographs `p0/0` and so on."""

    def photograph(person: int, number: int) -> SetPhotograph:
        def read() -> Photograph:
            digest = hashlib.sha256(f"p{person}/{number}".encode()).hexdigest()
            return Photograph(pixels_of(person, number), f"{person} {number}", digest)

        return SetPhotograph(f"p{person}", str(number), read)

    every = tuple(photograph(person, number) for person in range(people) for number in range(each))
    return PhotographSet("small", every, credit="Drawn by nobody")


def in_small_world(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Make the small world's encoders those that are present, also for these modules."""
    # A frame of 1024 px of every photograph takes most of the time, and no attack looks at it.
    monkeypatch.setattr(targets, "crop_frame", lambda photograph, face: SimpleNamespace(frame=photograph.pixels))
    for module in (people_seen, targets, *modules):
        monkeypatch.setattr(module, "present_encoders", lambda: ENCODERS)


def finished(running: Any) -> AttackedFace:
    """Run an attack to its end."""
    result = Steps(running).result
    assert isinstance(result, AttackedFace)
    return result


@contextmanager
def without_guard(title: str) -> Iterator[None]:
    yield
