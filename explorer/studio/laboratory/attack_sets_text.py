"""Attacks on a set of photographs, in words and in rows."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.score import AT_THRESHOLD, short_rate
from explorer.science.laboratory.attack_scores import AttackSuccess, Outcome, RocCurve
from explorer.science.laboratory.attack_settings import METHOD_TITLES
from explorer.science.names import shown
from explorer.studio.evaluation.people_text import WIDTH
from explorer.studio.export.tables import Row, Value
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, EncoderAttacks, SeenThrough

_COLUMNS = ("before", "attacked", "others", "strangers")
_WIDTH = 15


def as_text(record: AttackSetRecord) -> str:
    """The record in aligned columns: a block a threshold, a line an encoder and defence."""
    settings = record.settings
    bound = "" if settings.largest is None else f" within {settings.budget:g}/255"
    where = "away from themselves" if record.away else "towards another person"
    lines = [
        f"{shown(record.set)}: {METHOD_TITLES[settings.method]}{bound} on {settings.encoder}, {where}: "
        f"{record.attacked} of {record.photographs} photographs of {record.people} people",
        f"  The largest change is {record.largest}/255, the mean length {record.length.value:.3f}; "
        f"{record.reached} reached their goal before they were rounded; "
        f"no face is found again in {record.without_face}.",
        *(f"  {shown(remark)}." for remark in record.remarks),
    ]
    parts = ["\n".join(part for line in lines for part in wrap(line, WIDTH, subsequent_indent="  "))]
    parts.append(_block(record, f"At the {AT_THRESHOLD}", own=False))
    told = [one.own_rate for one in record.encoders if one.own_rate is not None]
    if told:
        parts.append(_block(record, f"At the threshold at FMR {short_rate(told[0])} of this set itself", own=True))
    parts.append(_recognised(record))
    success = "no longer pass for their own photograph" if record.away else "pass for the photograph aimed at"
    parts.append(
        f"  before, attacked: pictures that {success}; others: the same\n"
        "  for other photographs of that person; strangers: comparisons of different people that pass, not\n"
        "  attacked; own: comparisons with other photographs of the person attacked that pass, which a\n"
        "  defence should leave. Every person counts alike. In percent; in brackets: 95 % intervals by\n"
        "  person.\n"
        "  *: held out, whose gradients were not followed."
    )
    return "\n\n".join(part for part in [*parts, f"  {record.credit}." if record.credit else ""] if part)


def _block(record: AttackSetRecord, title: str, own: bool) -> str:
    heads = " ".join(f"{name:<{_WIDTH}}" for name in _COLUMNS).rstrip()
    lines = [title, f"  {'encoder':<28} {'at':>5}  {heads}"]
    for one, view, judged in _judged(record, own):
        cells = (judged.clean.aimed, judged.attacked.aimed, judged.attacked.others, judged.false_matches)
        told = " ".join(f"{_words(cell):<{_WIDTH}}" for cell in cells)
        lines.append(f"  {_seen_by(one, view):<28} {judged.threshold:>5.3f}  {told}".rstrip())
    return "\n".join(lines) if len(lines) > 2 else ""


def _recognised(record: AttackSetRecord) -> str:
    """Who is still recognised, a line an encoder and defence; "" where nobody has another photograph."""
    heads = " ".join(f"{name:<14}" for name in ("own: before", "attacked", "set's: before", "attacked"))
    lines = ["Who still passes for the person photographed, at both thresholds", f"  {'encoder':<33} {heads.rstrip()}"]
    for one in record.encoders:
        for view in one.views:
            judged = [view.generated, view.own]
            cells = [getattr(at, kind).own if at else None for at in judged for kind in ("clean", "attacked")]
            told = " ".join(f"{_words(cell):<14}" for cell in cells)
            lines += [f"  {_seen_by(one, view):<33} {told}".rstrip()] if any(cells) else []
    return "\n".join(lines) if len(lines) > 2 else ""


def _seen_by(one: EncoderAttacks, view: SeenThrough) -> str:
    """Such as "sface*, JPEG known"."""
    behind = f", {view.defence}{' known' if view.knowing else ''}" if view.defence else ""
    return one.encoder + ("" if one.attacked else "*") + behind


def _judged(record: AttackSetRecord, own: bool) -> Iterator[tuple[EncoderAttacks, SeenThrough, AttackSuccess]]:
    for one in record.encoders:
        for view in one.views:
            judged = view.own if own else view.generated
            if judged is not None:
                yield one, view, judged


def _words(estimate: Estimate | None) -> str:
    """In percent, such as "40 [10, 70]", below 10 with a decimal; a dash where nothing is known."""
    if estimate is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return _percent(estimate.value)
    return f"{_percent(estimate.value)} [{_percent(estimate.low)}, {_percent(estimate.high)}]"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if 0 < share < 0.1 else f"{100 * share:.0f}"


def rows_of(record: AttackSetRecord) -> list[Row]:
    """A row an encoder, defence and threshold, for a table: every number with its interval."""
    return [
        {
            "set": record.set,
            "method": record.settings.method,
            "objective": record.settings.objective,
            "goal": "away" if record.away else "towards",
            "budget_of_255": record.settings.largest,
            "encoder": one.encoder,
            "role": "attacked" if one.attacked else "held out",
            "measure": one.measure,
            "defence": view.defence or None,
            "defence_known": view.knowing,
            "impostors": "this set" if own else "generated",
            "nominal_fmr": one.own_rate if own else 1e-3,
            "threshold": judged.threshold,
            **_outcome("before", judged.clean),
            **_outcome("attacked", judged.attacked),
            **_numbers("false_matches", judged.false_matches),
            "people": record.people,
            "attacked_photographs": record.attacked,
        }
        for own in (False, True)
        for one, view, judged in _judged(record, own)
    ]


def _outcome(name: str, outcome: Outcome) -> dict[str, Value]:
    return {
        **_numbers(f"{name}_aimed", outcome.aimed),
        **_numbers(f"{name}_others", outcome.others),
        **_numbers(f"{name}_score", outcome.score),
        **_numbers(f"{name}_own", outcome.own),
    }


def _numbers(name: str, estimate: Estimate | None) -> dict[str, Value]:
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def curve_rows(record: AttackSetRecord) -> list[Row]:
    """A row a point of a curve of figure 13, for a table."""
    return [row for one in record.encoders for curve in one.curves for row in _points(one, curve)]


def _points(one: EncoderAttacks, curve: RocCurve) -> Iterator[Row]:
    for rate, share, low, high in zip(curve.rates, curve.shares, curve.low, curve.high, strict=True):
        yield {
            "encoder": one.encoder,
            "role": "attacked" if one.attacked else "held out",
            "curve": curve.name,
            "false_match_rate": rate,
            "share": share,
            "low": low,
            "high": high,
        }
