"""The networks of a small world under the names of real encoders, and the black box of it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from PIL import Image

from explorer.science.faces.face import Face
from explorer.science.recognition.base import Encoder
from explorer.studio.blackbox.record import AttackedTarget, AttackSettings
from explorer.studio.blackbox.targets import BlackBoxTarget
from tests.science.blackbox.world import SETTINGS, SIDE, BlackBoxOfTheWorld, SmallDetector, SmallGenerator, encoder

SEEDS = {"arcface-mbf": 1, "edgeface-s": 2, "sface": 3}


class Detecting(SmallDetector):
    """Finds one face in every picture, the whole of it."""

    def detect(self, pixels: Any) -> list[Face]:
        side = len(pixels)
        points = np.array([[0.35, 0.45], [0.65, 0.45], [0.5, 0.6], [0.4, 0.75], [0.6, 0.75]]) * side
        return [Face(points, (0, 0, side, side), 0.9)]


class SmallNetworks:
    """Stands in for `Networks`. drawn: how many pictures the generator has drawn."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        self.drawn = 0
        self._generator, draw = SmallGenerator(), SmallGenerator.image

        def counted(styles: Any, resolution: int) -> Any:
            self.drawn += len(styles)
            return draw(self._generator, styles, resolution)

        self._generator.image = counted  # type: ignore[method-assign]

    def generator(self, name: str = "") -> Any:
        return self._generator

    def recogniser(self, name: str) -> Encoder:
        return encoder(name, 24, SEEDS[name])

    def detector(self) -> Any:
        return Detecting()

    def calibration(self, name: str) -> None:
        return None


class SmallBox:
    """The world's black box as a client. refused: which questions find no face. sent: how many pictures it got."""

    name = key = "small"

    def __init__(self, *refused: int) -> None:
        self._box, self.sent = BlackBoxOfTheWorld(refused), 0

    def embed(self, png: bytes) -> Any:
        self.sent += 1
        with Image.open(io.BytesIO(png)) as image:
            frame = np.asarray(image.convert("RGB"))
        # A result is drawn larger than the frames of the small world.
        side = len(frame) // SIDE
        answer = self._box(frame.reshape(SIDE, side, SIDE, side, 3).mean((1, 3)).astype(np.uint8)[None])[0]
        return None if answer is None else answer.numpy()

    def close(self) -> None:
        pass

    def __enter__(self) -> SmallBox:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def settings(queries: int = 60, **more: Any) -> AttackSettings:
    return AttackSettings(queries=queries, search=SETTINGS, **more)


def photographed(seed: int = 77) -> BlackBoxTarget:
    """A face of the small world as a photograph that the black box has not been asked about."""
    generator = SmallGenerator()
    image = generator.image(generator.styles(generator.sample(1, seed)[1], "W"), SIDE)[0]
    shown = image.mul(255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    record = AttackedTarget(kind="photograph", name="somebody.jpg", sha256="ab" * 32)
    seen = {name: encoder(name, 24, seed)(image[None])[0] for name, seed in SEEDS.items()}
    return BlackBoxTarget(record, None, shown, shown, seen)
