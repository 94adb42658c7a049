"""What attacks on a black box come to by the number of queries, on photographs of known people: one attack for each
photograph and each budget, kept, so that what was stopped goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.faces.choosing import choose_face
from explorer.studio.blackbox.attacking import FinishedAttack
from explorer.studio.blackbox.record import AttackSettings, BlackBoxRun
from explorer.studio.blackbox.targets import BlackBoxTarget, photograph_target
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.people_inverted import title_of
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.export.tables import Row
from explorer.studio.files import fitting_name

RUN = "run.json"
BLACK_BOX = "black box"
_LARGEST_RUN = 2**20


class CurveRow(BaseModel):
    """One encoder's word on the results with so many queries.

    role: "black box", "stands in" or "held out". measure: "cosine", or "euclidean": then less is nearer.
    photographs: with a result in which a face was found; without_face: the others. people: whose they are.
    mean: score of the results against their photographs. low, high: its 95 % interval by person; None of one person.
    nearest: mean of the nearest face of the same queries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attack: str
    queries: int
    encoder: str
    role: str
    measure: str
    photographs: int
    without_face: int
    people: int
    mean: float
    low: float | None
    high: float | None
    nearest: float


def attacked_photographs(chosen: PhotographSet, each: int) -> list[SetPhotograph]:
    """The first so many photographs of each person."""
    return [one for person in chosen.people for one in chosen.of(person)[:each]]


def target_of(networks: Networks, one: SetPhotograph) -> BlackBoxTarget:
    """The most prominent face of a photograph as a target.

    Raises:
        FaceError: the photograph cannot be read, or shows no face.
    """
    photograph = one.read()
    return photograph_target(
        networks, photograph, choose_face(photograph, networks.detector().detect(photograph.pixels))
    )


def attack_folder(out: Path, one: SetPhotograph, queries: int) -> Path:
    """Where what comes of an attack lies."""
    name = one.name.replace("/", "%2F").replace("\\", "%5C")
    return out / "people" / fitting_name(one.person) / fitting_name(name) / f"{queries} queries"


def attack_of(
    one: SetPhotograph,
    settings: AttackSettings,
    blackbox: str,
    folder: Path,
    run: Callable[[], FinishedAttack],
    write: Callable[[FinishedAttack, Path], object],
) -> tuple[BlackBoxRun, bool]:
    """The attack on a photograph, and whether it had been made before.

    Args:
        folder: where it lies, or is written to. run: makes it. write: writes what it came to.
    """
    known = kept_run(folder)
    same = known is not None and (known.settings, known.blackbox) == (settings, blackbox)
    if known is not None and same and known.target.sha256 == one.read().sha256:
        return known, True
    finished = run()
    write(finished, folder)
    return finished.run, False


def kept_run(folder: Path) -> BlackBoxRun | None:
    """The record of an attack in a folder; None where there is none that can be used."""
    try:
        with (folder / RUN).open("rb") as file:
            return BlackBoxRun.model_validate_json(file.read(_LARGEST_RUN))
    except (OSError, ValidationError):
        return None


def curve_rows(runs: Sequence[tuple[SetPhotograph, BlackBoxRun]]) -> list[CurveRow]:
    """A row for each attack, number of queries and encoder, the black box itself first."""
    rows = []
    for attack, queries in sorted({(run.settings.attack, run.settings.queries) for _, run in runs}):
        chosen = [(one, run) for one, run in runs if (run.settings.attack, run.settings.queries) == (attack, queries)]
        encoders = dict.fromkeys(score.encoder for _, run in chosen for score in run.scores)
        for encoder in (BLACK_BOX, *encoders):
            row = _row(attack, queries, encoder, chosen)
            if row is not None:
                rows.append(row)
    return rows


def _row(attack: str, queries: int, encoder: str, runs: Sequence[tuple[SetPhotograph, BlackBoxRun]]) -> CurveRow | None:
    scores, nearest, people = list[float](), list[float](), list[str]()
    for one, run in runs:
        score, near = _pair(run, encoder)
        if score is not None and near is not None:
            scores.append(score)
            nearest.append(near)
            people.append(one.person)
    if not scores:
        return None
    names, values = sorted(set(people)), torch.tensor(scores)
    ends = interval_of_people(torch.tensor([names.index(person) for person in people]), _mean_of(values))
    first = runs[0][1]
    measures = {score.encoder: score.measure for _, run in runs for score in run.scores}
    role = "stands in" if encoder in first.settings.whites else "held out"
    return CurveRow(
        attack=attack,
        queries=queries,
        encoder=encoder,
        role=BLACK_BOX if encoder == BLACK_BOX else role,
        measure=first.settings.measure if encoder == BLACK_BOX else measures[encoder],
        photographs=len(scores),
        without_face=len(runs) - len(scores),
        people=len(names),
        mean=float(values.mean()),
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
        nearest=sum(nearest) / len(nearest),
    )


def _pair(run: BlackBoxRun, encoder: str) -> tuple[float | None, float | None]:
    """The score of the result and that of the nearest face under an encoder."""
    if encoder == BLACK_BOX:
        return run.nearness, run.nearest
    found = next((score.score for score in run.scores if score.encoder == encoder), None)
    return found, run.nearest_scores.get(encoder)


def _mean_of(values: Tensor) -> Callable[[Tensor], float]:
    return lambda rows: float(values[rows].mean())


def table_rows(rows: Sequence[CurveRow]) -> list[Row]:
    """The rows as a table has them."""
    return [row.model_dump() for row in rows]


def as_text(rows: Sequence[CurveRow]) -> str:
    """A line for each row, under a title for each number of queries."""
    lines, width = list[str](), max((12, *(len(row.encoder) for row in rows)))
    for row in rows:
        title = f"{row.attack}, {row.queries:,} queries, {row.photographs} photographs of {row.people} people"
        if row.role == BLACK_BOX:
            lines.append(title)
        word = "cosine" if row.measure == "cosine" else "distance"
        interval = "" if row.low is None or row.high is None else f" ({row.low:.3f} to {row.high:.3f} by person)"
        missing = f"; no face in {row.without_face}" if row.without_face else ""
        said = f"{word:8} {row.mean:6.3f}{interval}, nearest face {row.nearest:.3f}{missing}"
        lines.append(f"  {row.encoder:{width}} {row.role:9}  {said}")
    return "\n".join(lines)


def titled(one: SetPhotograph, queries: int) -> str:
    """An attack as texts call it."""
    return f"{title_of(one)}, {queries:,} queries"
