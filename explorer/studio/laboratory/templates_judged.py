"""How well templates of several photographs verify people: a set, encoder by encoder and condition by condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.accepting import FAR
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.degradations import DEGRADATIONS, MIXED
from explorer.science.laboratory.template_verification import (
    ORDERS,
    SEED,
    Drawn,
    PeopleVectors,
    TemplateCurve,
    TooFewPhotographs,
    curve_of,
    curves_by_quality,
    draw_photographs,
)
from explorer.science.laboratory.templates import Averaging
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.evaluation.people_text import WIDTH
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.export.tables import Row
from explorer.studio.laboratory.templates_seen import SeenPhotographs

MOST: Mapping[str, int] = {"orl": 8, "openpeople": 10}
_MOST_ASKED = 10
Weighting = Literal["equal", "quality", "equal on the same pairs"]


class TemplatesRow(BaseModel):
    """One encoder in one condition.

    weighting: "equal" over all people; "quality", and "equal on the same pairs" as what that is compared with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    measure: str
    condition: str
    weighting: Weighting
    curve: TemplateCurve


class TemplatesRecord(BaseModel):
    """Verification over the photographs in a template.

    most: photographs of the largest templates. orders: how often photographs were drawn, by `seed`.
    conditions: what was done to photographs, in words. left_out: people with too few photographs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    credit: str
    people: int
    photographs: int
    most: int
    orders: int = ORDERS
    seed: int = SEED
    far: float = FAR
    conditions: Mapping[str, str]
    rows: tuple[TemplatesRow, ...]
    remarks: tuple[str, ...] = ()

    def of(self, encoder: str, condition: str, weighting: Weighting = "equal") -> TemplatesRow | None:
        """The row of an encoder in a condition."""
        wanted = (encoder, condition, weighting)
        return next((row for row in self.rows if (row.encoder, row.condition, row.weighting) == wanted), None)


def judge_templates(
    chosen: PhotographSet,
    seen: SeenPhotographs,
    encoders: Sequence[str],
    conditions: Sequence[str],
    most: int | None = None,
    averaging: Averaging | None = None,
) -> TemplatesRecord:
    """Draw templates and compare them with what is left.

    Args:
        most: photographs of the largest templates; of ORL 8, of openpeople 10, else one fewer than most people have,
            10 at most, where None. averaging: as each encoder's measure has it where None.

    Raises:
        TooFewPhotographs: fewer than two people have so many photographs.
    """
    largest = most or min(MOST.get(chosen.name, _MOST_ASKED), _usual(seen) - 1)
    drawn = draw_photographs(seen.people, max(1, largest))
    rows, remarks = list[TemplatesRow](), [*chosen.remarks, *seen.left_out]
    for encoder in encoders:
        for condition in conditions:
            found, remark = _rows(seen.under(encoder, condition), drawn, encoder, condition, averaging)
            rows += found
            remarks += [remark] if remark and remark not in remarks else []
    few = len(np.unique(seen.people)) - drawn.taken.shape[1]
    remarks += [f"people with fewer than {largest + 1} photographs, who are left out: {few}"] if few else []
    return TemplatesRecord(
        set=chosen.name,
        credit=chosen.credit,
        people=drawn.taken.shape[1],
        photographs=len(seen.people),
        most=largest,
        conditions={name: _condition_words(name) for name in conditions},
        rows=tuple(rows),
        remarks=tuple(remarks),
    )


def as_text(record: TemplatesRecord, width: int = WIDTH) -> str:
    """The record as text: TAR over the photographs in a template, and what weights by quality gain."""
    shown = [number for number in (1, 2, 3, 5, 8, 10) if number <= record.most]
    lines = [
        f"{record.set}: templates of 1 to {record.most} photographs against what is left, {record.people} people, "
        f"{record.photographs} photographs drawn {record.orders} times",
        f"  TAR at FAR {100 * record.far:g} %; in brackets the 95 % interval by person.",
        "  " + "; ".join(f"{name}: {words}" for name, words in record.conditions.items()),
        "",
        f"  {'encoder':<14} {'photographs':<11} " + " ".join(f"{f'N = {number}':<19}" for number in shown),
    ]
    for row in record.rows:
        if row.weighting == "equal":
            cells = [_words(row.curve.points[number - 1].tar) for number in shown]
            lines.append(f"  {row.encoder:<14} {row.condition:<11} " + " ".join(f"{cell:<19}" for cell in cells))
    lines += ["", *_falls(record), *_by_quality(record)]
    return "\n".join(
        [*lines, *(f"  {remark}." for remark in record.remarks[:5]), *([f"  {record.credit}."] * bool(record.credit))]
    )


def rows_of(record: TemplatesRecord) -> list[Row]:
    """A row an encoder, condition, weighting and number of photographs."""
    return [
        {
            "set": record.set,
            "encoder": row.encoder,
            "measure": row.measure,
            "condition": row.condition,
            "weighting": row.weighting,
            "rules": ", ".join("equal" if rule is None else rule.words() for rule in row.curve.rules),
            "averaging": row.curve.averaging,
            "photographs_in_template": point.photographs,
            "far": record.far,
            "tar": point.tar.value,
            "tar_low": point.tar.low,
            "tar_high": point.tar.high,
            "gain": None if point.gain is None else point.gain.value,
            "gain_low": None if point.gain is None else point.gain.low,
            "gain_high": None if point.gain is None else point.gain.high,
            "impostors_passing": point.passing,
            "people": row.curve.people,
            "genuine_pairs": row.curve.genuine,
            "impostor_pairs": row.curve.impostors,
        }
        for row in record.rows
        for point in row.curve.points
    ]


def _rows(
    seen: PeopleVectors, drawn: Drawn, encoder: str, condition: str, averaging: Averaging | None
) -> tuple[list[TemplatesRow], str]:
    def row(weighting: Weighting, curve: TemplateCurve) -> TemplatesRow:
        measure = encoder_spec(encoder).measure
        return TemplatesRow(encoder=encoder, measure=measure, condition=condition, weighting=weighting, curve=curve)

    rows = [row("equal", curve_of(seen, drawn, averaging))]
    try:
        weighted, same = curves_by_quality(seen, drawn, averaging)
    except TooFewPhotographs as error:
        return rows, str(error)
    return [*rows, row("quality", weighted), row("equal on the same pairs", same)], ""


def _usual(seen: SeenPhotographs) -> int:
    return int(np.median(np.unique(seen.people, return_counts=True)[1]))


def _condition_words(name: str) -> str:
    return "each photograph of a person another of these" if name == MIXED else DEGRADATIONS[name].words()


def _falls(record: TemplatesRecord) -> list[str]:
    """Whether any curve falls by more than its interval allows."""
    found = [
        f"  {row.encoder}, {row.condition}: falls at N = {', '.join(map(str, row.curve.falls))}"
        for row in record.rows
        if row.weighting == "equal" and row.curve.falls
    ]
    return found or ["  No curve falls with more photographs by more than its interval by person."]


def _by_quality(record: TemplatesRecord) -> list[str]:
    lines = list[str]()
    for row in record.rows:
        same = record.of(row.encoder, row.condition, "equal on the same pairs")
        if row.weighting == "quality" and same is not None:
            rules = " and ".join("equal weights" if rule is None else rule.words() for rule in row.curve.rules)
            at = min(3, record.most) - 1
            weighted, equal = (_words(one.curve.points[at].tar) for one in (row, same))
            lines.append(f"  {row.encoder:<14} {row.condition:<11} {weighted:<19} {equal:<19} {rules}")
    if not lines:
        return []
    head = f"  Weights by quality, chosen by either half of the people for the other, N = {min(3, record.most)}:"
    return ["", head, f"  {'':<14} {'':<11} {'by quality':<19} {'equal':<19} rules of both halves", *lines, ""]


def _words(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
