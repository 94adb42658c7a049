"""Generators from vectors to faces: replaced-pair verification on unseen photoreal people, and the time of a pass."""

from __future__ import annotations

import contextlib
import io
import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.common import Part
from benchmarks.vec2face_students import Plan
from explorer.studio.app import cli
from explorer.studio.catalogue.vec2face import read_vec2face
from explorer.studio.vec2face.replaced import DECODER, REAL
from explorer.studio.vec2face.sources import DRAWN

ATTACKED = "arcface-mbf"
# It only judges: in no loss, choice or filter.
JUDGE = "mobilefacenet-192"
# What is trained, by its headline: the configuration of table II, and whether the encoder is a black box.
TRAINED = {
    "verification_plain": ("A", False),
    "verification_distill": ("E", False),
    "verification_biject": ("F", False),
    "verification_blackbox": ("F", True),
}
FIGURES = ("verification_real", "verification_decoder", *TRAINED, "forward_ms")
_SETS = (DRAWN, "openpeople", "orl")
_PASSES = 30


def measure_generators(plan: Plan) -> Part:
    """Train metric, student and generators, verify people by replaced pairs, and take the time of a pass.

    With people, steps or training of the plan given, all is as much smaller.
    """
    work = plan.work
    people = [] if plan.people is None else ["--people", plan.people, "--pictures", 4]
    small = [] if plan.training is None else ["--steps", plan.training]
    sized = [] if plan.training is None else ["--width", 1 / 32, "--resolution", 16]
    # The encoder's own weights would be no black box's: the student begins from nothing.
    student = ["--teacher", ATTACKED, "--network", "mobilefacenet"]
    asked = [] if plan.people is None else ["--faces", 20, "--batch", 4]
    _told("train", "metric", "people", "--work", work, *people, *small)
    _told("train", "student", "--work", work, *student, *asked, *small)
    for letter, black in TRAINED.values():
        box = ["--black-box"] if black else []
        _told("train", "vec2face", DRAWN, "--work", work, "--configuration", letter, *box, *people, *small, *sized)
    files = [word for one in TRAINED for word in ("--file", _file(work, one))]
    pairs = [] if plan.people is None else ["--similar", 4]
    sets = _SETS if plan.whole else _SETS[:1]
    said = _told("evaluate", "vec2face", *sets, "--work", work, *files, *people, *pairs, "--json")
    tables = json.loads(said)
    found = headline(tables[0]) | {"forward_ms": _forward(_file(work, "verification_biject"))}
    return Part({name: found[name] for name in FIGURES}, {"replaced_pairs": tables})


def headline(table: Mapping[str, Any]) -> dict[str, float]:
    """The accuracies of a table by the judge, by headline."""
    by_name = {row["name"]: row["accuracy"][JUDGE]["value"] for row in table["rows"]}
    names = {"verification_real": REAL, "verification_decoder": DECODER}
    names |= {one: _stem(*TRAINED[one]) for one in TRAINED}
    return {figure: by_name[name] for figure, name in names.items()}


def _forward(file: Path) -> float:
    """Milliseconds of one vector's pass, the median of 30."""
    generator, record = read_vec2face(file)
    vector, taken = torch.randn(record.dimension, generator=torch.Generator().manual_seed(0)), list[float]()
    for _ in range(_PASSES + 3):
        began = time.perf_counter()
        generator.picture(vector)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken[3:])


def _stem(letter: str, black: bool) -> str:
    return f"vec2face-{ATTACKED}-{letter}{'-black-box' if black else ''}"


def _file(work: Path, figure: str) -> Path:
    return work / f"{_stem(*TRAINED[figure])}.safetensors"


def _told(*words: object) -> str:
    """What a command says.

    Raises:
        RuntimeError: it fails.
    """
    given, said = [str(word) for word in words], io.StringIO()
    print("likeness", *given, flush=True)
    with contextlib.redirect_stdout(said):
        code = cli.main(given)
    if code:
        raise RuntimeError(f"likeness {' '.join(given)} ended with {code}")
    return said.getvalue()
