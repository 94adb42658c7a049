"""The 20 openpeople portraits from the vectors of the optional encoders alone, judged by encoders that took no part."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Part
from benchmarks.own_blackbox import Plan
from benchmarks.paired_runs import DLIB_THRESHOLD
from benchmarks.portraits import Portrait, portraits
from explorer.science.faces.choosing import choose_face
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.inversion.running import FinishedInversion, run_inversion, score_result
from explorer.studio.inversion.targets import OpenedTarget, photograph_target

# By the encoder that is attacked.
_HEADLINES = {"facenet-irv1": "facenet_attack_same_person", "hse-mobilenet": "hse_attack_same_person"}
ATTACKED = tuple(_HEADLINES)
DISTANCE, COSINE = "dlib-resnet", "sface"

Row = dict[str, Any]
Attack = Callable[[OpenedTarget, OpenedTarget, InversionSettings], Row]


def measure_attack(plan: Plan, encoder: str) -> Part:
    """Attack one of them; what the journal in `plan.work` holds is not made again."""
    networks = Networks("cpu")
    settings = InversionSettings(encoder=encoder, **({} if plan.steps is None else {"steps": plan.steps}))
    rows = attacked(
        list(portraits())[: None if plan.people is None else 2 * plan.people],
        settings,
        plan.work / f"{encoder}.jsonl",
        lambda portrait: opened(networks, portrait, encoder),
        lambda own, other, settings: attack(networks, own, other, settings),
    )
    found = summary(rows)
    return Part({_HEADLINES[encoder]: float(found["same_person"])}, {f"attack_{encoder}": found})


def attacked(
    chosen: Sequence[Portrait],
    settings: InversionSettings,
    journal: Path,
    opened: Callable[[Portrait], OpenedTarget],
    attack: Attack,
) -> list[Row]:
    """One row for each portrait, from the journal where the same settings made it before.

    Each result is also held against the next person's portrait of the same kind, the last against the first's.
    """
    key = settings.model_dump_json()
    known = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    made = {(one["person"], one["kind"]): one for one in known if one.pop("settings") == key}
    rows = []
    for portrait, other in _with_next_person(chosen):
        name = {"person": portrait.person, "kind": portrait.kind}
        row = made.get((portrait.person, portrait.kind))
        if row is None:
            row = name | attack(opened(portrait), opened(other), settings)
            with journal.open("a") as file:
                file.write(json.dumps(row | {"settings": key}) + "\n")
        rows.append(row)
        print(settings.encoder, row, flush=True)
    return rows


def _with_next_person(chosen: Sequence[Portrait]) -> list[tuple[Portrait, Portrait]]:
    kinds = dict.fromkeys(one.kind for one in chosen)
    following = dict[tuple[str, str], Portrait]()
    for kind in kinds:
        same = [one for one in chosen if one.kind == kind]
        following |= {(one.person, kind): other for one, other in pairwise([*same, same[0]])}
    return [(one, following[one.person, one.kind]) for one in chosen]


def opened(networks: Networks, portrait: Portrait, encoder: str) -> OpenedTarget:
    """The portrait's largest face as a target."""
    face = choose_face(portrait.photograph, networks.detector().detect(portrait.photograph.pixels))
    return photograph_target(networks, portrait.photograph, face, encoder)


def attack(networks: Networks, own: OpenedTarget, other: OpenedTarget, settings: InversionSettings) -> Row:
    """Invert one portrait's vector; scores of the result against it, and against the other person's portrait."""
    finished: FinishedInversion | None = Steps(run_inversion(networks, own.target, settings)).result
    assert finished is not None, "nobody stops it"
    against = score_result(networks, other.target, settings, finished.native)
    return {
        "seconds": round(finished.run.seconds, 1),
        "scores": {score.encoder: round(score.score, 4) for score in finished.run.scores},
        "against_another": {score.encoder: round(score.score, 4) for score in against},
    }


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Means and counts over all portraits; a result without a face counts as 0, and as another person."""

    def near(kind: str) -> int:
        return sum(row[kind].get(DISTANCE, 9.0) < DLIB_THRESHOLD for row in rows)

    judges = sorted({name for row in rows for name in row["scores"]})
    return {
        "portraits": len(rows),
        "sface_mean": round(float(np.mean([row["scores"].get(COSINE, 0.0) for row in rows])), 4),
        "same_person": near("scores"),
        "another_person": near("against_another"),
        "means": {name: round(float(np.mean([row["scores"].get(name, np.nan) for row in rows])), 4) for name in judges},
        "rows": list(rows),
    }
