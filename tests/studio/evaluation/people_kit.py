"""A made-up set of people whose encoders, inversions and thresholds are made up, too: everything but the networks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.evaluation import people_inverted, people_seen
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import FinishedInversion, InversionTarget
from explorer.studio.inversion.targets import OpenedTarget
from tests.studio.export.made_up import made_up_picture, made_up_run

ENCODERS = ("arcface-mbf", "sface", "dlib-resnet")
POINTS = 4 * np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]])


def made_up_set(
    people: int = 4, each: int = 3, bad: tuple[str, ...] = (), twice: tuple[str, ...] = ()
) -> PhotographSet:
    """Photographs `p0/0` and so on; in bad ones no face is found, and those named twice show what `0` shows."""

    def photograph(person: int, number: int) -> SetPhotograph:
        title = f"p{person}/{number}"

        def read() -> Photograph:
            if title in bad:
                raise FaceError(f"no face found in {number}: use another")
            pixels = np.full((64, 64, 3), 0, np.uint8)
            pixels[0, 0] = (person, 0 if title in twice else number, 0)
            return Photograph(pixels, str(number), hashlib.sha256(title.encode()).hexdigest())

        return SetPhotograph(f"p{person}", str(number), read)

    every = tuple(photograph(person, number) for person in range(people) for number in range(each))
    return PhotographSet("made-up", every, credit="Made up by nobody")


def embedding(encoder: str, person: int, number: int) -> torch.Tensor:
    """Of people far apart, each photograph a little beside its person."""
    vector = torch.zeros(encoder_spec(encoder).dimension)
    vector[person] = 1.0
    vector[64 + number] = 0.2
    return vector


class MadeUpNetworks:
    """Finds one face in every photograph, and knows a threshold of each encoder but those that are unknown.

    looked: at how many photographs.
    """

    device = torch.device("cpu")

    def __init__(self, *unknown: str) -> None:
        self._unknown = unknown
        self.looked = 0

    def detector(self) -> Any:
        return SimpleNamespace(detect=self._detect)

    def _detect(self, pixels: Any) -> list[Face]:
        self.looked += 1
        return [Face(POINTS, (10.0, 10.0, 54.0, 54.0), 0.9)]

    def calibration(self, encoder: str) -> Any:
        threshold = 0.5 if encoder_spec(encoder).measure == "cosine" else 0.7
        return None if encoder in self._unknown else SimpleNamespace(threshold=threshold)


class MadeUpRuns:
    """Inverts at once; the faces look as `faces` says: as their photographs, or as nobody's. made: of which targets."""

    def __init__(self, faceless: tuple[str, ...] = ()) -> None:
        self.made: list[TargetRecord] = []
        self.faceless = faceless
        self._target: InversionTarget | None = None

    def photograph_target(self, networks: Any, photograph: Photograph, face: Face, encoder: str) -> OpenedTarget:
        person, number = (int(value) for value in photograph.pixels[0, 0, :2])
        embeddings = {name: embedding(name, person, number) for name in ENCODERS}
        attacked = embeddings.pop(encoder)
        record = TargetRecord.of_face(photograph, face, encoder, attacked.numpy())
        return OpenedTarget(InversionTarget(record, attacked, embeddings), photograph.pixels)

    def run_inversion(self, networks: Any, target: InversionTarget, settings: Any) -> Iterator[Any]:
        self.made.append(target.record)
        self._target = target
        run = made_up_run(steps=3, name=target.record.name)
        found = target.record.sha256 not in {hashlib.sha256(one.encode()).hexdigest() for one in self.faceless}
        run = run.model_copy(update={"settings": settings, "target": target.record, "result_face_found": found})
        yield "a step"
        return FinishedInversion(run, made_up_picture(1, 64), torch.arange(4.0), ())

    def seen_by(self, networks: Any, native: Any, encoders: Any) -> dict[str, torch.Tensor]:
        target = self._target
        assert target is not None
        if target.record.sha256 in {hashlib.sha256(one.encode()).hexdigest() for one in self.faceless}:
            return {}
        every = {target.record.encoder: target.embedding, **target.held_out}
        return {encoder: every[encoder].clone() for encoder in encoders}


def without_networks(monkeypatch: pytest.MonkeyPatch, faceless: tuple[str, ...] = ()) -> MadeUpRuns:
    """Put made-up embeddings and runs in the place of those that networks make."""
    runs = MadeUpRuns(faceless)
    for name in ("photograph_target", "run_inversion", "seen_by"):
        monkeypatch.setattr(people_inverted, name, getattr(runs, name))
    monkeypatch.setattr(people_seen, "present_encoders", lambda: ENCODERS)
    return runs


def finished(running: Any) -> FinishedInversion:
    """Run an inversion to its end."""
    from explorer.science.iteration import Steps

    result = Steps(running).result
    assert isinstance(result, FinishedInversion)
    return result
