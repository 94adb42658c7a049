"""A made-up set of photographs and networks that find a face where it is known to be; the encoder sees mean colours."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.laboratory.geometry import UPRIGHT, alteration_of
from explorer.science.laboratory.geometry_maps import EmbeddingMap, FittedOn
from explorer.science.recognition.registry import load_encoder
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.laboratory.altered_faces import Wanted
from tests.studio.encoder_kit import COLOURS

SIDE = 256
POINTS = np.array([[98.0, 108.0], [158.0, 108.0], [128.0, 138.0], [105.0, 170.0], [151.0, 170.0]])
TURNED, SMALL = alteration_of("rotated-30"), alteration_of("scaled-0.5")
WANTED = Wanted((COLOURS,), (("template", UPRIGHT), ("template", TURNED), ("realigned", SMALL)))


def face_set(people: int = 6, each: int = 3, bad: tuple[str, ...] = ()) -> PhotographSet:
    """People of a pattern each, photographed with noise; in bad ones no face is found."""

    def photograph(person: int, number: int) -> SetPhotograph:
        title = f"p{person}/{number}"

        def read() -> Photograph:
            if title in bad:
                raise FaceError(f"{title} is damaged")
            pattern = np.random.default_rng(person).integers(0, 256, (8, 8, 3)).repeat(32, 0).repeat(32, 1)
            noise = np.random.default_rng((person, number)).normal(0, 12, (SIDE, SIDE, 3))
            pixels = np.clip(pattern + noise, 0, 255).astype(np.uint8)
            return Photograph(pixels, f"{number}.png", hashlib.sha256(pixels.tobytes()).hexdigest())

        return SetPhotograph(f"p{person}", f"{number}", read)

    every = tuple(photograph(person, number) for person in range(people) for number in range(each))
    return PhotographSet("made-up", every, credit="Made up by nobody")


class KnownFaces:
    """Networks that find the face of every photograph of the set, and of each altered one in its middle.

    lost: how many altered photographs show no face. looked, embedded: how often faces were looked for and embedded.
    """

    device = torch.device("cpu")

    def __init__(self, lost: int = 0) -> None:
        self.lost, self.looked, self.embedded = lost, 0, 0
        self._encoders: dict[str, Any] = {}

    def detector(self) -> Any:
        return SimpleNamespace(detect=self._detect)

    def _detect(self, pixels: Any) -> list[Face]:
        self.looked += 1
        if pixels.shape[0] == SIDE:
            return [Face(POINTS, (80.0, 80.0, 176.0, 190.0), 0.9)]
        if self.lost:
            self.lost -= 1
            return []
        half = pixels.shape[0] / 2
        return [Face((POINTS - POINTS.mean(0)) / 2 + half, (0.0, 0.0, 1.0, 1.0), 0.9)]

    def recogniser(self, encoder: str) -> Any:
        self.embedded += 1
        if encoder not in self._encoders:
            self._encoders[encoder] = load_encoder(encoder, b"")
        return self._encoders[encoder]


def made_up_map(alteration: str = "rotated-30") -> EmbeddingMap:
    """A map that turns every embedding round."""
    fitted_on = FittedOn(
        source="generated faces",
        set="generated faces",
        faces=7,
        people=7,
        seeds=(1, 7),
        penalty=1.0,
        towards="altered",
        held_out=0.5,
        unmapped=0.4,
    )
    weight = -torch.eye(128, dtype=torch.float64)
    return EmbeddingMap("sface", "cosine", alteration, "template", weight, 10.0, fitted_on)
