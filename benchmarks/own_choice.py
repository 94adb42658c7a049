"""Which settings attack the optional encoders best, chosen on people of ORL's, who are none of the twenty portraits'.

Each way is a whole inversion of the first photograph of so many people, spread over ORL's forty; all ways have the same
starts, so that differences to the default settings are paired by person.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Part
from benchmarks.own_attacks import ATTACKED, COSINE, DISTANCE
from benchmarks.own_blackbox import Plan
from explorer.science.faces.choosing import choose_face
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.inversion.running import run_inversion
from explorer.studio.inversion.targets import OpenedTarget, photograph_target

# In this order, so that a contest of starts is held once for all of a person's.
WAYS: dict[str, dict[str, Any]] = {"default": {}, "framings 3": {"framings": 3}, "framings 5": {"framings": 5}}
PEOPLE = 10
Row = dict[str, Any]


def measure_choice(plan: Plan) -> Part:
    """Cosines and distances by way; what the journal in `plan.work` holds is not made again."""
    networks, journal = Networks("cpu"), plan.work / "choice.jsonl"
    found = {}
    for encoder in ATTACKED:
        rows = list[Row]()
        for one in chosen_people(plan.people or PEOPLE):
            rows += _of_person(networks, one, encoder, journal, plan.steps)
        found[encoder] = summary(rows)
        print(encoder, json.dumps(found[encoder], indent=1), flush=True)
    return Part({}, {"choice": found})


def chosen_people(count: int) -> list[SetPhotograph]:
    """The first photograph of people spread over the set."""
    orl = photograph_set("orl")
    return [orl.of(person)[0] for person in orl.people[:: max(1, len(orl.people) // count)][:count]]


def _of_person(networks: Networks, one: SetPhotograph, encoder: str, journal: Path, steps: int | None) -> list[Row]:
    known = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    opened, memory, rows = None, StartCache(), list[Row]()
    for way, changes in WAYS.items():
        settings = InversionSettings(encoder=encoder, **changes, **({} if steps is None else {"steps": steps}))
        key = {"person": one.person, "way": way, "settings": settings.model_dump_json()}
        row = next((row for row in known if row.items() >= key.items()), None)
        if row is None:
            opened = opened or _opened(networks, one, encoder)
            row = key | _scores(networks, opened, settings, memory)
            with journal.open("a") as file:
                file.write(json.dumps(row) + "\n")
        rows.append(row)
        print(encoder, one.person, way, row["scores"], flush=True)
    return rows


def _opened(networks: Networks, one: SetPhotograph, encoder: str) -> OpenedTarget:
    photograph = one.read()
    face = choose_face(photograph, networks.detector().detect(photograph.pixels))
    return photograph_target(networks, photograph, face, encoder)


def _scores(networks: Networks, opened: OpenedTarget, settings: InversionSettings, memory: StartCache) -> Row:
    finished = Steps(run_inversion(networks, opened.target, settings, memory=memory)).result
    assert finished is not None, "nobody stops it"
    scores = {score.encoder: round(score.score, 4) for score in finished.run.scores}
    return {"scores": scores, "seconds": round(finished.run.seconds, 1)}


def summary(rows: list[Row]) -> dict[str, dict[str, float]]:
    """By way the judges' means, and how far they lie from the default's, with the error of that mean by person.

    A result without a face counts as a cosine of 0 and a distance of 1.
    """
    found = dict[str, dict[str, float]]()
    for way in WAYS:
        found[way] = {"people": float(sum(row["way"] == way for row in rows))}
        for judge, missing in ((COSINE, 0.0), ("edgeface-s", 0.0), ("arcface-mbf", 0.0), (DISTANCE, 1.0)):
            ours, usual = _column(rows, way, judge, missing), _column(rows, "default", judge, missing)
            apart = ours - usual
            found[way][judge] = round(float(ours.mean()), 4)
            found[way][f"{judge} over default"] = round(float(apart.mean()), 4)
            error = apart.std(ddof=1) / len(apart) ** 0.5 if len(apart) > 1 else 0.0
            found[way][f"{judge} error"] = round(float(error), 4)
    return found


def _column(rows: list[Row], way: str, judge: str, missing: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row["scores"].get(judge, missing) for row in rows if row["way"] == way])
