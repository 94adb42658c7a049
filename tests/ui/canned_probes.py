"""Canned answers to the probe panel: quick and deterministic, and they say how they came about."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from explorer.science.evaluation.score import EncoderScore
from explorer.science.leakage.perturb import perturbed
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import MetricValue, Readout
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.leakage.readings import FaceRead, Reading, ResultRead
from explorer.studio.leakage.reconstructions import PhotographRead, PictureRead, Reconstruction
from explorer.studio.leakage.requests import (
    ExportReadings,
    ExportThreeWays,
    ReadFace,
    ReadingsExported,
    ReadPhotograph,
    ReadPicture,
    ReadResult,
)
from tests.ui.canned import THRESHOLDS

WITHOUT_PROBES = "edgeface-s"


def quality(measure: str, value: float, chance: float, unit: str = "") -> MetricValue:
    return MetricValue(
        measure=measure, unit=unit, value=value, low=value - 0.1, high=value + 0.1, chance=chance, faces=90
    )


def readouts(smiling: float, age: float, portraits: bool = True) -> tuple[Readout, ...]:
    about = {"labeller": "MediaPipe", "calibrated_on": "90 faces"}
    accuracy = quality("balanced accuracy", 0.86, 0.5)
    landmarks = np.full((68, 2), 112, np.float32)
    shares = np.full((3, 10), 0.1, np.float32)
    named = "smiling" if smiling >= 0.5 else "not smiling"
    return (
        Readout(
            "smiling", "Smile", named, named, "", max(smiling, 1 - smiling), 0.4 if smiling >= 0.5 else 0.6, None,
            accuracy, quality("balanced accuracy", 0.71, 0.5) if portraits else None,
            probabilities={"not smiling": 1 - smiling, "smiling": smiling}, **about,
        ),
        Readout(
            "age", "Age", f"{age:.0f} years", age, "years", None, None, 9.0,
            quality("mean absolute error", 6.4, 11.0, "years"), None, typical=35.0, **about,
        ),
        Readout("landmarks", "Landmarks", "landmarks", landmarks, "%", None, None, 8.0,
                quality("landmark error", 6.3, 9.2, "%"), None, typical=landmarks, **about),
        Readout("histogram", "Colours", "colours", shares, "bins", None, None, 1.6,
                quality("EMD", 1.1, 1.2, "bins"), None, typical=shares, **about),
    )  # fmt: skip


def smile_of(vector: np.ndarray) -> float:
    """A smile that every change of the vector changes."""
    return float(1 / (1 + np.exp(-vector[:8].sum() / 4)))


def read(encoder: str, vector: np.ndarray, frame: np.ndarray | None, missing: bool = False) -> Reading:
    said = () if missing else readouts(smile_of(vector), 40.0)
    landmarks = None if frame is None else np.full((68, 2), 56, np.float32)
    histogram = None if frame is None else np.full((3, 10), 0.1, np.float32)
    return Reading(encoder, vector, said, frame, landmarks, histogram, 5.5, 1.04)


def judged(reading: Reading, other: np.ndarray) -> Reading:
    spec = encoder_spec(reading.encoder)
    cosine = float(reading.vector @ other / np.linalg.norm(reading.vector) / np.linalg.norm(other))
    score = EncoderScore(
        encoder=spec.id, measure=spec.measure, attacked=False, score=cosine, threshold=THRESHOLDS[spec.id],
        passes=cosine > THRESHOLDS[spec.id], fmr=0.0, fmr_resolution=1e-5, rank=1, gallery=201,
    )  # fmt: skip
    return Reading(**{**vars(reading), "nearness": score})


def read_face(request: ReadFace, control: Control) -> Generator[Report, None, FaceRead]:
    """The vector's own smile; an edit of the photograph adds to the vector, and makes the frame grey."""
    yield Progress("reading")
    missing = request.encoder == WITHOUT_PROBES
    before = now = read(request.encoder, request.vector, request.frame, missing)
    if request.edits.changes:
        yield Progress("embedding")
        vector, frame = request.vector, request.frame
        if request.edits.picture.changes and frame is not None:
            vector = (vector + 1 + request.edits.picture.blur).astype(np.float32)
            frame = np.full_like(frame, 128)
        now = judged(read(request.encoder, perturbed(vector, request.edits.vector), frame, missing), request.vector)
    why = "there are no probes for edgeface-s: a.safetensors is missing; install Likeness again" if missing else ""
    return FaceRead(request.key, request.encoder, request.edits, before, now, why, request.origin)


def read_result(request: ReadResult, control: Control) -> Generator[Report, None, ResultRead]:
    """A reading of a vector that the encoder's name gives."""
    yield Progress("reading")
    vector = np.full(encoder_spec(request.encoder).dimension, 0.2, np.float32)
    assert request.target is not None
    reading = judged(read(request.encoder, vector, request.image), request.target)
    return ResultRead(request.run_key, request.picture, request.encoder, reading)


def pictured(seed: int, count: int = 1, measured: MetricValue | None = None) -> tuple[PictureReadout, ...]:
    """What labellers would see in so many pictures."""
    return tuple(
        PictureReadout(
            probe, title, "smiling", "smiling", "", count, "MediaPipe", {"not smiling": 0.09, "smiling": 0.91},
            agreement=1.0, interval=None if count == 1 else (0.5, 0.99), portraits=measured,
        )
        if probe == "smiling"
        else PictureReadout(
            probe, title, f"{30 + seed} years", 30.0 + seed, "years", count, "dlib",
            interval=None if count == 1 else (20.0 + seed, 40.0 + seed),
        )
        for probe, title in (("smiling", "Smile"), ("age", "Age"))
    )  # fmt: skip


def read_photograph(request: ReadPhotograph, control: Control) -> Generator[Report, None, PhotographRead]:
    yield Progress("reading")
    return PhotographRead(request.key, pictured(1))


def read_picture(request: ReadPicture, control: Control) -> Generator[Report, None, PictureRead]:
    """The age grows with the step that is read."""
    yield Progress("reading")
    number = request.picture.removeprefix("step ")
    made = Reconstruction(pictured(int(number) if number.isdigit() else 50), 1, landmark_error=4.2, histogram_error=0.8)
    return PictureRead(request.run_key, request.picture, made)


def export(request: ExportReadings, control: Control) -> Generator[Report, None, ReadingsExported]:
    """A file with the right name."""
    yield Progress("writing")
    Path(request.path).write_text(f"{request.of.name} {request.with_source}")
    return ReadingsExported((request.path,))


def export_three(request: ExportThreeWays, control: Control) -> Generator[Report, None, ReadingsExported]:
    """A file that says what it is of."""
    yield Progress("writing")
    made = request.three.reconstruction
    Path(request.path).write_text(f"{request.subject.record.name} {len(made.runs)} {request.with_source}")
    return ReadingsExported((request.path,))


PROBE_HANDLERS: dict[type, Handler] = {
    ReadFace: read_face,
    ReadResult: read_result,
    ReadPhotograph: read_photograph,
    ReadPicture: read_picture,
    ExportReadings: export,
    ExportThreeWays: export_three,
}
