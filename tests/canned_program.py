"""Canned handlers: a program without networks, for tests of the workbench and of the window.

A photograph's first byte says how many faces it has; `b"!"` is a file that cannot be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch

from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.faces.requests import (
    CompareAll,
    EmbedFace,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVectors,
    PhotographOpened,
    PhotographRefused,
    Source,
    VectorOpened,
    VectorsOpened,
)
from explorer.studio.faces.values import SimilarityTable, SimilarityTables
from explorer.studio.inversion.record import InversionRun, StepRecord, WeightChange
from explorer.studio.inversion.requests import (
    Exported,
    ExportFigure,
    Finishing,
    Invert,
    Inverted,
    RenderStep,
    StepRendered,
    StepTaken,
)
from tests.studio.gallery.gallery_kit import canned_gallery_handlers

ENCODERS = ("arcface-mbf", "sface")
SIDE = 64
POINTS = np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]])


def photograph(source: Source) -> Photograph:
    data = source.data if source.path is None else source.path.read_bytes()
    assert data is not None
    digest = hashlib.sha256(data).hexdigest()
    pixels = np.full((SIDE, SIDE, 3), data[0] * 40 % 256, np.uint8)
    return Photograph(pixels, source.name, digest)


def face(number: int) -> Face:
    return Face(POINTS + number, (10.0 + number, 10, 54 + number, 54), 0.9)


def vectors_of(found: Face) -> dict[str, np.ndarray]:
    """Embeddings that depend on the points alone."""
    base = found.points.ravel()
    return {name: np.concatenate([base, [i, 1]]).astype(np.float32) for i, name in enumerate(ENCODERS)}


def picture(value: float) -> np.ndarray:
    return np.full((8, 8, 3), int(value) % 256, np.uint8)


def open_photographs(request: OpenPhotographs, control: Control) -> Generator[Report, None, None]:
    for done, source in enumerate(request.sources):
        yield Progress(f"reading {source.name}", done, len(request.sources), "photographs")
        if source.data == b"!":
            yield PhotographRefused(source.name, f"{source.name} is not a picture")
            continue
        opened = photograph(source)
        faces = tuple(face(number) for number in range(int(source.data[0]) - ord("0")))
        remark = "" if faces else f"no face found in {source.name}: place the five points by hand"
        yield PhotographOpened(opened, faces, tuple(opened.pixels for _ in faces), opened.pixels, remark)


def open_vectors(request: OpenVectors, control: Control) -> Generator[Report, None, VectorsOpened]:
    yield Progress("reading")
    vector, encoder = np.arange(12, dtype=np.float32), request.encoder or "arcface-mbf"
    return VectorsOpened(tuple(VectorOpened(path.name, "f" * 64, encoder, vector) for path in request.paths))


def embed_face(request: EmbedFace, control: Control) -> Generator[Report, None, FaceEmbedded]:
    yield Progress("embedding with arcface-mbf", 0, 2, "encoders")
    vectors = vectors_of(request.face)
    return FaceEmbedded(request.face_key, request.photograph.pixels, request.photograph.pixels, vectors)


def compare_all(request: CompareAll, control: Control) -> Generator[Report, None, SimilarityTables]:
    yield Progress("comparing")
    tables = {}
    for encoder in ENCODERS:
        keys = tuple(key for key, known in request.vectors.items() if encoder in known)
        matrix = np.eye(len(keys))
        tables[encoder] = SimilarityTable(encoder, encoder, "cosine", keys, matrix, 0.3, None)
    return SimilarityTables(tables)


def forget_face(request: ForgetFace, control: Control) -> Generator[Report, None, None]:
    yield Progress("forgotten")


def step_record(index: int, weights: dict[str, float], best: bool = True) -> StepRecord:
    """A step of a run that makes four steps a second."""
    return StepRecord(
        index=index,
        seconds=index / 4,
        total=1 / (index + 1),
        losses={"identity": 1 / (index + 1), "prior": 0.5},
        weights=weights,
        cosine=1 - 1 / (index + 1),
        scores={"arcface-mbf": 1 - 1 / (index + 1)},
        best=best,
        resolution=8,
    )


def invert(request: Invert, control: Control) -> Generator[Report, None, Inverted]:
    """Steps of value `index`; weights read before each, as the real one does."""
    yield Progress("loading networks", 0, 1, "networks")
    yield Progress("letting random starts compete", 4, 70, "first steps")
    steps: list[StepRecord] = []
    before: dict[str, float] = {}
    changes: list[WeightChange] = []
    for index in range(request.settings.steps + 1):
        weights = dict(control.values())
        moved = tuple(
            WeightChange(step=index, term=term, weight=value)
            for term, value in weights.items()
            if before and before[term] != value
        )
        changes += moved
        before = weights
        steps.append(step_record(index, weights))
        shown = picture(index)
        yield StepTaken(request.run_key, steps[-1], torch.full((512,), float(index)), shown, shown, moved)
        if control.should_finish():
            break
    yield Finishing("drawing the result", run_key=request.run_key)
    return Inverted(request.run_key, record(request, steps, changes), picture(255), torch.zeros(512))


def record(request: Invert, steps: list[StepRecord], changes: list[WeightChange]) -> InversionRun:
    return InversionRun(
        settings=request.settings,
        target=request.target.record,
        steps=steps,
        weight_changes=changes,
        best_index=steps[-1].index,
        stopped_by="steps" if len(steps) > request.settings.steps else "user",
        starts_seconds=0.5,
        seconds=steps[-1].seconds,
        device="cpu",
        versions={"likeness": "0"},
        networks={},
        created="2026-01-01T00:00:00+00:00",
    )


def render_step(request: RenderStep, control: Control) -> Generator[Report, None, StepRendered]:
    yield Progress("drawing")
    return StepRendered(request.run_key, request.index, picture(100 + request.index))


def export_figure(request: ExportFigure, control: Control) -> Generator[Report, None, Exported]:
    yield Progress("drawing the figure")
    return Exported((Path(request.path),))


def fetch_networks(request: FetchNetworks, control: Control) -> Generator[Report, None, None]:
    yield Progress("fetching", 1, 2, "bytes")


def handlers(**replaced: Handler) -> dict[type[Request], Handler]:
    """All canned handlers, some replaced by the name of their request."""
    table: dict[type[Request], Handler] = {
        OpenPhotographs: open_photographs,
        OpenVectors: open_vectors,
        EmbedFace: embed_face,
        CompareAll: compare_all,
        ForgetFace: forget_face,
        Invert: invert,
        RenderStep: render_step,
        ExportFigure: export_figure,
        FetchNetworks: fetch_networks,
        **canned_gallery_handlers(),
    }
    names = {request.__name__: request for request in table}
    return table | {names[name]: handler for name, handler in replaced.items()}


def short_settings(steps: int = 5) -> InversionSettings:
    return InversionSettings(steps=steps)
