"""Handlers for the fake engine: quick, deterministic answers that look like the real ones."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Generator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from explorer.science.evaluation.score import EncoderScore, PhotographRates
from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.faces.handlers import FaceHandlers, open_vectors
from explorer.studio.faces.requests import (
    CompareAll,
    EmbedFace,
    ExportEmbedding,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVectors,
    PhotographOpened,
    PhotographRefused,
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
from explorer.studio.methods.requests import CompareWays, ExportWays, WayMoved, WayReport
from explorer.studio.methods.values import WayNow, WaysEnded
from explorer.studio.session.handlers import SESSION_HANDLERS
from explorer.studio.variation.requests import ExportVariation, MemberMoved, MemberReport, RunEnsemble, RunsReport
from explorer.studio.variation.running import FinishedVariation
from explorer.studio.variation.values import EnsembleResult, RunNow
from tests.studio.gallery.gallery_kit import canned_gallery_handlers
from tests.studio.handles.handles_kit import HANDLES_HANDLERS
from tests.studio.laboratory.lab_kit import LAB_HANDLERS
from tests.studio.methods.methods_kit import all_ways
from tests.studio.people.people_kit import PEOPLE_HANDLERS
from tests.studio.variation.variation_kit import made_up_variation

SIDE = 64
STRANGERS = (
    PhotographRates(population="orl", people=40, pairs=78_000, passing=2, low=0, high=9e-5, nearer=0),
    PhotographRates(population="openpeople", people=10, pairs=18_000, passing=1278, low=0.03, high=0.12, nearer=18),
)
THRESHOLDS = {"arcface-mbf": 0.31, "sface": 0.36, "edgeface-s": 0.3, "dlib-resnet": 0.6}


def open_photographs(request: OpenPhotographs, control: Control) -> Generator[Report, None, None]:
    """A file whose name holds "none" has no face, "two" has two, others one; bytes that are no picture are refused."""
    for source in request.sources:
        data = source.data if source.path is None else source.path.read_bytes()
        assert data is not None
        try:
            pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        except OSError:
            yield PhotographRefused(source.name, "it is not a picture; open a JPEG or PNG file")
            continue
        photograph = Photograph(pixels, source.name, hashlib.sha256(data).hexdigest())
        count = 0 if "none" in source.name else 2 if "two" in source.name else 1
        faces = tuple(face_in(pixels, i, count) for i in range(count))
        yield PhotographOpened(photograph, faces, tuple(crop(pixels, face) for face in faces), overview(pixels))


def face_in(pixels: np.ndarray, number: int, count: int) -> Face:
    """A face in the middle of its share of the picture's width."""
    height, width = pixels.shape[:2]
    share = width / count
    side = 0.5 * min(share, height)
    left, top = number * share + (share - side) / 2, 0.18 * height
    where = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.78], [0.65, 0.78]])
    return Face(where * side + (left, top), (left, top, left + side, top + side), 0.9)


def crop(pixels: np.ndarray, face: Face, side: int = SIDE) -> np.ndarray:
    """The face's box as a square picture."""
    return np.array(Image.fromarray(pixels).crop(tuple(map(round, face.box))).resize((side, side)))


def overview(pixels: np.ndarray) -> np.ndarray:
    """The picture at 512 px at most."""
    image = Image.fromarray(pixels)
    image.thumbnail((512, 512))
    return np.array(image)


def embed_face(request: EmbedFace, control: Control) -> Generator[Report, None, FaceEmbedded]:
    """Vectors that depend on the face's key alone."""
    yield Progress("embedding")
    box, (height, width) = request.face.box, request.photograph.pixels.shape[:2]
    grow = 0.35 * (box[2] - box[0])
    wide = (max(box[0] - grow, 0), max(box[1] - grow, 0), min(box[2] + grow, width), min(box[3] + grow, height))
    frame = crop(request.photograph.pixels, Face(request.face.points, wide, 1), 512)
    vectors = {
        encoder: vector_of(request.face_key + encoder, encoder_spec(encoder).dimension) for encoder in ENCODERS.names()
    }
    return FaceEmbedded(request.face_key, frame, crop(request.photograph.pixels, request.face), vectors)


def vector_of(key: str, dimension: int) -> np.ndarray:
    """A vector of norm about 20."""
    random = np.random.default_rng(zlib.crc32(key.encode()))
    return (random.standard_normal(dimension) * 20 / dimension**0.5).astype(np.float32)


def compare_all(request: CompareAll, control: Control) -> Generator[Report, None, SimilarityTables]:
    """Cosines, and distances for dlib; scaled so that some pairs pass."""
    yield Progress("comparing")
    tables = {}
    for encoder in ENCODERS.names():
        spec = encoder_spec(encoder)
        keys = tuple(key for key, vectors in request.vectors.items() if encoder in vectors)
        units = np.array([request.vectors[key][encoder] for key in keys], float).reshape(-1, spec.dimension)
        units /= np.linalg.norm(units, axis=1, keepdims=True)
        cosine = units @ units.T
        matrix = cosine if spec.measure == "cosine" else np.sqrt(np.clip(1.2 - 1.2 * cosine, 0, None))
        tables[encoder] = SimilarityTable(
            encoder, spec.title, spec.measure, keys, matrix, THRESHOLDS[encoder], spec.own_threshold
        )
    return SimilarityTables(tables)


def picture(seed: int, index: int, total: int, side: int = 128) -> np.ndarray:
    """A picture whose brightness says its step."""
    return np.full((side, side, 3), 30 + 200 * index // max(total, 1), np.uint8)


def invert(request: Invert, control: Control) -> Generator[Report, None, Inverted]:
    """Losses that fall, cosines that rise; the weights are read anew at every step."""
    settings, key = request.settings, request.run_key
    held_out = [encoder for encoder in ENCODERS.names() if encoder != settings.encoder]
    yield Progress("letting random starts compete", 12, 70, "first steps")
    records: list[StepRecord] = []
    changes: list[WeightChange] = []
    weights: dict[str, float] = dict(control.values())
    for index in range(settings.steps + 1):
        if control.should_finish() and index > 1:
            break
        new = dict(control.values())
        moved = tuple(WeightChange(step=index, term=t, weight=w) for t, w in new.items() if w != weights.get(t))
        changes.extend(moved)
        weights = new
        records.append(_record(index, settings.steps, weights, settings.encoder, held_out, settings.score_every))
        image = picture(settings.seed, index, settings.steps)
        yield StepTaken(key, records[-1], torch.full((512,), float(index)), image, image, moved)
    yield Finishing("drawing the result", run_key=request.run_key)
    scores = [_score(encoder, encoder == settings.encoder) for encoder in (settings.encoder, *held_out)]
    run = InversionRun(
        settings=settings, target=request.target.record, steps=records, weight_changes=changes,
        best_index=len(records) - 1, stopped_by="user" if control.should_finish() else "steps", scores=scores,
        starts_seconds=1.0, seconds=len(records) / 4, device="cpu", versions={}, networks={},
        created="2026-01-01T00:00:00Z",
    )  # fmt: skip
    return Inverted(key, run, picture(settings.seed, len(records), settings.steps, 1024), torch.zeros(512))


def _record(
    index: int, total: int, weights: Mapping[str, float], attacked: str, held_out: list[str], every: int
) -> StepRecord:
    cosine = 0.92 - 0.75 * float(np.exp(-5 * index / total))
    losses = {"identity": 1 - cosine, "prior": 0.9 + 0.5 * index / total}
    scores = {attacked: cosine}
    if index % every == 0:
        for i, encoder in enumerate(held_out):
            near = cosine * (0.95 - 0.03 * i)
            scores[encoder] = near if encoder_spec(encoder).measure == "cosine" else 1 - 0.7 * near
    return StepRecord(
        index=index, seconds=index / 4, total=sum(losses[t] * weights.get(t, 0) for t in losses), losses=losses,
        weights=dict(weights), cosine=cosine, scores=scores, best=True, resolution=128,
    )  # fmt: skip


def _score(encoder: str, attacked: bool) -> EncoderScore:
    measure = encoder_spec(encoder).measure
    score = (0.91 if attacked else 0.86) if measure == "cosine" else 0.33
    return EncoderScore(
        encoder=encoder, measure=measure, attacked=attacked, score=score, threshold=THRESHOLDS[encoder], passes=True,
        fmr=0.0, fmr_resolution=1e-5, rank=1, gallery=201, photographs=STRANGERS,
    )  # fmt: skip


def vary(request: RunEnsemble, control: Control) -> Generator[Report, None, EnsembleResult]:
    """Made-up results, one after another."""
    finished = made_up_variation(request.runs)
    for number, one in enumerate(finished.results):
        yield Progress(f"run {number + 1} of {request.runs}", number, request.runs, "runs")
        words = f"run {number + 1} of {request.runs}, step 3 of 10"
        yield MemberMoved(request.key, RunNow(f"Run {number + 1}", words, one.native // 2))
        yield MemberReport(request.key, number, one.native, f"held out 0.8{number % 10}")
        if 1 <= number < request.runs - 1:
            yield RunsReport(_compared(request.key, made_up_variation(number + 1)))
    return _compared(request.key, finished)


def _compared(key: str, finished: FinishedVariation) -> EnsembleResult:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    shade = np.uint8(np.clip(finished.spread * 255 / 30, 0, 255))
    return EnsembleResult(key, finished, np.repeat(shade[..., None], 3, 2), ramp, 30.0)


def export_variation(request: ExportVariation, control: Control) -> Generator[Report, None, Exported]:
    """A file with the right name."""
    yield Progress("drawing")
    Path(request.path).write_bytes(b"with source" if request.source is not None else b"without")
    return Exported((request.path,))


def go_ways(request: CompareWays, control: Control) -> Generator[Report, None, WaysEnded]:
    """Made-up ways, one after another."""
    for number, seen in enumerate(all_ways()):
        yield Progress(f"{seen.row.title}: begins", number, len(all_ways()), "ways")
        yield WayMoved(request.key, WayNow(seen.row.title, "step 3 of 10", seen.picture))
        yield WayReport(request.key, seen)
    return WaysEnded(request.key)


def export_ways(request: ExportWays, control: Control) -> Generator[Report, None, Exported]:
    """A file with the right name."""
    yield Progress("drawing")
    Path(request.path).write_bytes(b"with source" if request.source else b"without")
    return Exported((request.path,))


def render_step(request: RenderStep, control: Control) -> Generator[Report, None, StepRendered]:
    """The picture of the step."""
    yield Progress("drawing")
    settings = request.settings
    return StepRendered(request.run_key, request.index, picture(settings.seed, request.index, settings.steps))


def export_figure(request: ExportFigure, control: Control) -> Generator[Report, None, Exported]:
    """A file with the right name."""
    yield Progress("drawing")
    Path(request.path).write_bytes(b"figure")
    return Exported((request.path,))


def forget(request: ForgetFace, control: Control) -> Generator[Report, None, None]:
    """Nothing to forget."""
    yield Progress("forgetting")


def fetch(request: FetchNetworks, control: Control) -> Generator[Report, None, None]:
    """Nothing to fetch."""
    yield Progress("fetching", 1, 2, "bytes")


HANDLERS: dict[type, Handler] = {
    OpenPhotographs: open_photographs,
    OpenVectors: open_vectors,
    EmbedFace: embed_face,
    ForgetFace: forget,
    ExportEmbedding: FaceHandlers(device=None).export_embedding,  # type: ignore[arg-type]
    CompareAll: compare_all,
    Invert: invert,
    RenderStep: render_step,
    ExportFigure: export_figure,
    FetchNetworks: fetch,
    RunEnsemble: vary,
    ExportVariation: export_variation,
    CompareWays: go_ways,
    ExportWays: export_ways,
    **canned_gallery_handlers(),
    **LAB_HANDLERS,
    **HANDLES_HANDLERS,
    **PEOPLE_HANDLERS,
    **SESSION_HANDLERS,
}
