"""What the ways come to over several vectors: means of what each encoder says, seconds and queries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate
from explorer.studio.evaluation.columns import aligned
from explorer.studio.methods.comparing import MethodRow, MethodsCompared


class EncoderMean(BaseModel):
    """What an encoder says of a way's pictures.

    mean: of its measure, over those with a face. passing: the share of all that pass its threshold at FMR 1e-3 of
    generated impostors; rank_1: of all that lead to the vector in the gallery; None where it has no statistics.
    attacked: whether it is the one whose vectors are turned back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    measure: str
    attacked: bool
    mean: Estimate
    passing: float | None
    rank_1: float | None


class MethodSummary(BaseModel):
    """A way over several vectors. vectors: that it made a face of; without_face: of these, in which none is found.
    seconds, queries: the middle one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: str
    title: str
    vectors: int
    without_face: int
    seconds: float
    queries: float
    encoders: list[EncoderMean]


def summarised(compared: Sequence[MethodsCompared], people: Sequence[str] | None = None) -> list[MethodSummary]:
    """The ways over several vectors, in their order; those that made no face are left out.

    Args:
        people: whose each vector is, by whom intervals are; each somebody else's where None.
    """
    order = dict.fromkeys(row.way for one in compared for row in one.rows)
    whose = list(people or map(str, range(len(compared))))
    found = []
    for way in order:
        rows = [(row, of) for one, of in zip(compared, whose, strict=True) for row in one.rows if row.way == way]
        made = [(row, of) for row, of in rows if row.seconds is not None]
        if made:
            found.append(_summary([row for row, _ in made], [of for _, of in made]))
    return found


def summary_text(summaries: Sequence[MethodSummary], width: int = 100) -> str:
    """The ways as aligned columns: a line a way, an encoder a column; means, with 95 % by person."""
    names = list(dict.fromkeys(one.encoder for summary in summaries for one in summary.encoders))
    attacked = {one.encoder for summary in summaries for one in summary.encoders if one.attacked}
    head = ["", "s", "queries", *(f"{name}*" if name in attacked else name for name in names)]
    rows = [head]
    for summary in summaries:
        by = {one.encoder: one for one in summary.encoders}
        cells = [_cell(by[name]) if name in by else "–" for name in names]
        rows.append([summary.title, f"{summary.seconds:.2g}", f"{summary.queries:g}", *cells])
    lines = aligned(rows, width)
    distances = {one.encoder for summary in summaries for one in summary.encoders if one.measure == "euclidean"}
    said = f", distances of {', '.join(sorted(distances))}" if distances else ""
    lines.append(
        f"  * attacked. Mean cosines{said}; 95 % by person in brackets; then the share that passes at FMR 1e-3"
    )
    lines.append("  of generated impostors, of all vectors.")
    lost = {summary.title: summary.without_face for summary in summaries if summary.without_face}
    lines += [f"  {title}: {count} without a face." for title, count in lost.items()]
    return "\n".join(lines)


def _summary(rows: Sequence[MethodRow], whose: Sequence[str]) -> MethodSummary:
    seconds = torch.tensor([row.seconds or 0.0 for row in rows])
    queries = torch.tensor([float(row.queries) for row in rows])
    names = dict.fromkeys(score.encoder for row in rows for score in row.scores)
    return MethodSummary(
        way=rows[0].way,
        title=rows[0].title,
        vectors=len(rows),
        without_face=sum(not row.face_found for row in rows),
        seconds=float(seconds.median()),
        queries=float(queries.median()),
        encoders=[_mean(name, rows, whose) for name in names],
    )


def _mean(encoder: str, rows: Sequence[MethodRow], whose: Sequence[str]) -> EncoderMean:
    scores = [next((score for score in row.scores if score.encoder == encoder), None) for row in rows]
    known = [(score, of) for score, of in zip(scores, whose, strict=True) if score is not None]
    values = torch.tensor([score.score for score, _ in known], dtype=torch.float64)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(whose))}
    people = torch.tensor([numbers[of] for _, of in known])
    interval = interval_of_people(people, partial(_of, values))
    low, high = interval or (None, None)
    first = known[0][0]
    passes = [score.passes for score, _ in known]
    ranks = [score.rank for score, _ in known]
    return EncoderMean(
        encoder=encoder,
        measure=first.measure,
        attacked=first.attacked,
        mean=Estimate(value=float(values.mean()), low=low, high=high),
        passing=None if any(one is None for one in passes) else sum(map(bool, passes)) / len(rows),
        rank_1=None if any(one is None for one in ranks) else sum(rank == 1 for rank in ranks) / len(rows),
    )


def _of(values: Tensor, rows: Tensor) -> float:
    return float(values[rows].mean())


def _cell(one: EncoderMean) -> str:
    ends = "" if one.mean.low is None or one.mean.high is None else f" ({one.mean.low:.2f}, {one.mean.high:.2f})"
    return f"{one.mean.value:.3f}{ends}" + ("" if one.passing is None else f" {one.passing:.0%}")
