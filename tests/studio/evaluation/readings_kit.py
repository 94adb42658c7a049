"""Made-up people whose photographs, inversions and labels say what is asked: everything but the networks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.leakage.labels import Labels
from explorer.studio.evaluation import readings_made
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.evaluation.reading_sets import KnownPhotograph, ReadingSet
from explorer.studio.inversion.running import FinishedInversion
from tests.studio.evaluation.people_kit import POINTS, embedding
from tests.studio.export.made_up import made_up_run

SIDE = 64


def labels_of(smile: float, male: float, age: float = 40.0) -> Labels:
    """What labellers say of a face, all but these three the same."""
    return Labels(
        landmarks=np.zeros((68, 2), np.float32),
        blendshapes=np.zeros(52, np.float32),
        smile=smile,
        areas=np.zeros(19, np.float32),
        eyeglasses=0.0,
        hat=0.0,
        expression=np.eye(7, dtype=np.float32)[0],
        age=age,
        male=male,
        pose=np.zeros(3, np.float32),
        histogram=np.ones((3, 256), np.int32),
    )


def made_up_readings(people: int = 6, each: int = 2, bad: tuple[str, ...] = (), by_hand: bool = True) -> ReadingSet:
    """Photograph `pN/0` smiles and `pN/1` does not; every other person is a man; all are 30 years old."""

    def photograph(person: int, number: int) -> KnownPhotograph:
        title = f"p{person}/{number}"

        def read() -> Photograph:
            if title in bad:
                raise FaceError(f"no face found in {title}: use another")
            pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
            pixels[0, 0] = (person, number, 0)
            return Photograph(pixels, str(number), hashlib.sha256(title.encode()).hexdigest())

        truths = {"smiling": float(number == 0), "gender": float(person % 2), "age": 30.0} if by_hand else {}
        return KnownPhotograph(SetPhotograph(f"p{person}", str(number), read), truths)

    known = tuple(photograph(person, number) for person in range(people) for number in range(each))
    hand = ("smiling", "gender", "age") if by_hand else ()
    return ReadingSet("made-up", "Made up by nobody", known, 1, hand)


class MadeUpReader:
    """Stands for networks. made: how many inversions were run; faceless: titles whose results show no face.

    Photographs are labelled as they are. Results show the right gender, but never a smile, and 35 years.
    """

    device = torch.device("cpu")

    def __init__(self, faceless: tuple[str, ...] = ()) -> None:
        self.made: list[Any] = []
        self.labelled = 0
        self.faceless = faceless

    def detector(self) -> Any:
        return SimpleNamespace(detect=self._detect)

    def _detect(self, pixels: Any, proceed: Any = None) -> list[Face]:
        person, number, kind = (int(one) for one in pixels[0, 0])
        hidden = kind == 1 and f"p{person}/{number}" in self.faceless
        return [] if hidden else [Face(POINTS, (10.0, 10.0, 54.0, 54.0), 0.9)]

    def recogniser(self, encoder: str) -> str:
        return encoder

    def labellers(self) -> Any:
        return self

    def run(self, networks: Any, target: Any, settings: Any) -> Iterator[Any]:
        assert not target.held_out, "it is made from the vector alone"
        vector = target.embedding
        person, number = int(vector[:64].argmax()), int(vector[64:].argmax())
        self.made.append(target.record)
        native = np.zeros((SIDE, SIDE, 3), np.uint8)
        native[0, 0] = (person, number, 1)
        run = made_up_run(steps=3, name=target.record.name)
        run = run.model_copy(update={"settings": settings, "target": target.record, "seconds": 1.0})
        yield "a step"
        return FinishedInversion(run, native, torch.tensor([float(person), float(number)]), ())


def without_networks(monkeypatch: pytest.MonkeyPatch, faceless: tuple[str, ...] = ()) -> MadeUpReader:
    """Put made-up vectors, runs and labels in the place of those that networks make."""
    reader = MadeUpReader(faceless)

    def embed(encoder: str, photograph: Photograph, face: Face) -> torch.Tensor:
        person, number = (int(one) for one in photograph.pixels[0, 0, :2])
        return embedding(encoder, person, number)

    def see_face(labellers: Any, picture: Photograph, face: Face) -> Any:
        reader.labelled += 1
        person, number, made = (int(one) for one in picture.pixels[0, 0])
        smile, age = (0.1, 35.0) if made else (0.9 if number == 0 else 0.1, 31.0)
        return SimpleNamespace(labels=labels_of(smile, float(person % 2), age))

    def see_picture(networks: Any, labellers: Any, native: Any) -> Any:
        faces = reader._detect(native)
        return see_face(labellers, Photograph(native, "result", ""), faces[0]) if faces else None

    def draw(networks: Any, latent: torch.Tensor, settings: Any) -> Any:
        native = np.zeros((SIDE, SIDE, 3), np.uint8)
        native[0, 0] = (int(latent[0]), int(latent[1]), 1)
        return native

    made = {"embed_face": embed, "see_face": see_face, "see_picture": see_picture, "draw": draw}
    for name, value in (made | {"run_inversion": reader.run}).items():
        monkeypatch.setattr(readings_made, name, value)
    monkeypatch.setattr(readings_made.catalogue, "sha256", lambda id_: f"hash of {id_}")
    return reader
