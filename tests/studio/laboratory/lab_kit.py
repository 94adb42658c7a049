"""Canned rows of the laboratory: quick, and they say what they were made by."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.evaluation.score import EncoderScore
from explorer.science.leakage.readout import Readout
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.laboratory.requests import (
    DecodeEmbedding,
    EmbeddingDecoded,
    ExportLaboratory,
    LaboratoryExported,
    ProtectVectors,
    RowMade,
    RowsMade,
    RunLaboratory,
    VectorsProtected,
)
from explorer.studio.laboratory.values import LabFace, LabRow, RowScore

MADE: Any = "made"
THRESHOLDS = {"cosine": 0.4, "euclidean": 0.5}


def score_of(encoder: str, near: float) -> EncoderScore:
    """A score that passes where it is near 1."""
    measure = encoder_spec(encoder).measure
    score, threshold = (near if measure == "cosine" else 1 - near), THRESHOLDS[measure]
    passes = score >= threshold if measure == "cosine" else score <= threshold
    return EncoderScore(
        encoder=encoder, measure=measure, attacked=False, score=score, threshold=threshold, passes=passes,
        fmr=0.0, fmr_resolution=1e-5, rank=1, gallery=201,
    )  # fmt: skip


def smile(probability: float) -> Readout:
    text = "smiling" if probability >= 0.5 else "not smiling"
    return Readout(
        "smiling", "Smile", text, text, "", max(probability, 1 - probability), 0.5, None, None, None,
        labeller="nobody", calibrated_on="nothing",
        probabilities={"not smiling": 1 - probability, "smiling": probability},
    )  # fmt: skip


def row_of(whose: LabFace, request: RunLaboratory) -> LabRow:
    """The face's first vector, turned round; the facts say by what operation and with what strength it was made."""
    before = whose.vectors[request.encoder]
    choice = request.choice
    strength = {"alter": choice.alter.name, "attack": f"{choice.attack.budget:g}"}.get(choice.operation, "")
    encoders = (request.encoder, *(name for name in ENCODERS.names() if name != request.encoder))
    attacked = choice.operation == "attack"
    return LabRow(
        whose, choice, request.encoder, np.full((64, 64, 3), 90, np.uint8), request.aim,
        change=np.full((64, 64, 3), 128, np.uint8) if attacked else None,
        before=before, after=(-before).astype(np.float32),
        undecoded=f"no decoder for {request.encoder}: train one",
        scores=tuple(
            RowScore(score_of(name, 0.9 if place else 0.2), None, *((0.1, 0.7) if request.aim is not None else ()))
            for place, name in enumerate(encoders)
        ),
        probes=((smile(0.9), smile(0.2)),), facts=f"{choice.operation} {strength}".strip(), made=MADE,
    )  # fmt: skip


def run_laboratory(request: RunLaboratory, control: Control) -> Generator[Report, None, RowsMade]:
    """A row for each face."""
    for number, whose in enumerate(request.faces):
        yield Progress(f"face {number + 1}", number, len(request.faces), "faces")
        yield RowMade(row_of(whose, request))
    return RowsMade(len(request.faces))


def export(request: ExportLaboratory, control: Control) -> Generator[Report, None, LaboratoryExported]:
    """A file that says what is in it."""
    yield Progress("writing")
    Path(request.path).write_text(f"{request.what} {len(request.rows)} {request.rows[0].choice.operation}")
    return LaboratoryExported((request.path,))


def decode(request: DecodeEmbedding, control: Control) -> Generator[Report, None, EmbeddingDecoded]:
    """A picture of one grey, which the embedding tells; sface has no decoder."""
    yield Progress("decoding")
    if request.encoder == "sface":
        return EmbeddingDecoded(request.vector, None, "no decoder for sface")
    grey = int(abs(float(request.vector[0])) * 1000) % 255
    return EmbeddingDecoded(request.vector, np.full((4, 4, 3), grey, np.uint8))


def protect(request: ProtectVectors, control: Control) -> Generator[Report, None, VectorsProtected]:
    """A file that says how many there are."""
    yield Progress("writing")
    request.path.write_text(f"{len(request.vectors)} without {request.choice.attribute}")
    return VectorsProtected((request.path,), request.choice.attribute, np.ones(len(request.vectors), np.float32))


LAB_HANDLERS: dict[type, Handler] = {
    RunLaboratory: run_laboratory,
    ExportLaboratory: export,
    DecodeEmbedding: decode,
    ProtectVectors: protect,
}
