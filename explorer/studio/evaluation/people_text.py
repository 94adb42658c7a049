"""Faces made from photographs of known people, as text and as the rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from explorer.science.evaluation.same_person import Estimate, Success
from explorer.science.evaluation.score import AT_THRESHOLD, short_rate, without_statistics
from explorer.studio.evaluation.columns import aligned, wrapped
from explorer.studio.evaluation.people_judged import EncoderVerdict, PairRow, PeopleRecord
from explorer.studio.export.tables import Row, Value

_SHARES = {"type_1": "type I", "type_2": "type II", "original": "photograph", "of_original": "II of photograph"}
_FALSE = {"false_matches": "strangers", "false_matches_made": "made, strangers"}
_SCORES = {"type_1": "type I", "type_2": "type II", "original": "photograph", "different": "strangers"}
_NOTE = (
    "type I: faces that pass for the photograph they were made from; type II: for other photographs of the same "
    "person; photograph: what the photograph itself reaches there; strangers: pairs of different people that pass. "
    "Every person counts alike; false matches are shares of all pairs. In brackets: 95 % intervals by person."
)
_OWN = "own"
WIDTH = 100  # columns of a terminal


def as_text(record: PeopleRecord, width: int = WIDTH) -> str:
    """The record in aligned columns: the encoders' thresholds first, then the set's own, mean scores and searches.

    Args:
        width: of a line at most, in characters; tables that are wider go on below, under the same encoders. From 80 on
            every line fits.
    """
    attacked = record.settings.encoder
    heads = [
        *wrapped(
            f"{record.set}: {record.made} faces made from embeddings of {attacked}, {record.people} people, "
            f"{record.photographs} photographs",
            width,
        ),
        *wrapped(_NOTE, width, "  "),
    ]
    parts = ["\n".join([*heads, *(line for remark in _remarks(record) for line in wrapped(remark, width, "  "))])]
    parts.append(_success(record, f"At the {AT_THRESHOLD}", "generated", width))
    told = [short_rate(one.own_rate) for one in record.encoders if one.own_rate is not None]
    if told:
        pairs = f"{record.different_pairs:,} pairs of strangers"
        parts.append(_success(record, f"At the threshold at FMR {told[0]} of this set itself ({pairs})", _OWN, width))
    parts += [_scores(record, width), _searches(record, width)]
    return "\n\n".join(part for part in parts if part)


def rows_of(record: PeopleRecord) -> list[Row]:
    """A row an encoder and threshold, for a table: every number with its interval."""
    return [
        {
            "set": record.set,
            "encoder": one.encoder,
            "role": "attacked" if one.attacked else "held out",
            "measure": one.measure,
            "impostors": "this set" if which == _OWN else "generated",
            "nominal_fmr": one.own_rate if which == _OWN else 1e-3,
            **_numbers(one, judged),
            "people": record.people,
            "photographs": record.photographs,
            "made": record.made,
            "without_face": record.without_face,
        }
        for one in record.encoders
        for which, judged in (("generated", one.generated), (_OWN, one.own))
        if judged is not None or which == "generated"
    ]


def pair_rows(pairs: Sequence[PairRow]) -> list[Row]:
    """A row a comparison, for a table."""
    return [
        {
            "person": one.person,
            "source": one.source,
            "other": one.other,
            "encoder": one.encoder,
            "role": "attacked" if one.attacked else "held out",
            "kind": one.kind,
            "score": one.score,
            "passes": one.passes,
        }
        for one in pairs
    ]


def _numbers(one: EncoderVerdict, judged: Success | None) -> dict[str, Value]:
    numbers: dict[str, Value] = {"threshold": None if judged is None else judged.threshold}
    for name in (*_SHARES, *_FALSE):
        numbers |= _cells(name, None if judged is None else getattr(judged, name))
    for name in _SCORES:
        numbers |= _cells(f"score_{name}", getattr(one.closeness, name))
    found = one.identification
    numbers |= _cells("rank_1", found.made if found else None)
    numbers |= _cells("rank_1_original", found.original if found else None)
    return numbers | {"rank_1_by_chance": found.by_chance if found else None}


def _cells(name: str, estimate: Estimate | None) -> dict[str, Value]:
    ends = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))


def _remarks(record: PeopleRecord) -> Iterator[str]:
    if record.guided_by_photograph:
        yield "the faces were guided by more of their photographs than the embeddings"
    if record.without_face:
        yield f"in {record.without_face} of the faces none is found again: these pass for nobody, and have no score"
    if record.with_others < record.people:
        yield f"type II is of {record.with_others} people: of the others there is no other photograph"
    yield from record.remarks
    yield from ([record.credit] if record.credit else ())


def _success(record: PeopleRecord, title: str, which: str, width: int) -> str:
    rows, missing = [], []
    for one in _in_order(record):
        judged: Success | None = getattr(one, which)
        if judged is None:
            missing += wrapped(without_statistics(one.encoder), width, "  ") if which == "generated" else []
            continue
        shares = [_share(getattr(judged, name)) for name in _SHARES]
        false = [_rate(getattr(judged, name)) for name in _FALSE]
        rows.append([_name(one), f"{judged.threshold:.3f}", *shares, *false])
    if which == "generated" and (lowest := record.lowest()):
        known = [f"{lowest[name][0]:.3f} ({lowest[name][1]})" if name in lowest else "" for name in _SHARES]
        rows.append(["lowest of held out", "", *known, "", ""])
    table = aligned([["", "threshold", *_SHARES.values(), *_FALSE.values()], *rows], width)
    return "\n".join([*wrapped(title, width), *table, *missing])


def _scores(record: PeopleRecord, width: int) -> str:
    rows = [
        [_name(one), *(_share(getattr(one.closeness, name)) for name in _SCORES), _measure(one)]
        for one in _in_order(record)
    ]
    return "\n".join(["Mean scores", *aligned([["", *_SCORES.values(), ""], *rows], width)])


def _searches(record: PeopleRecord, width: int) -> str:
    rows = [
        [_name(one), _share(found.made), _share(found.original), f"{found.by_chance:.3f}"]
        for one in _in_order(record)
        if (found := one.identification) is not None
    ]
    if not rows:
        return ""
    title = "Rank 1: the nearest of all other photographs of the set shows the same person"
    return "\n".join([*wrapped(title, width), *aligned([["", "made", "photograph", "by chance"], *rows], width)])


def _in_order(record: PeopleRecord) -> list[EncoderVerdict]:
    """Those that judge, and then the one that was attacked, apart."""
    return [*record.held_out, *(one for one in record.encoders if one.attacked)]


def _name(one: EncoderVerdict) -> str:
    return f"{one.encoder} (attacked)" if one.attacked else one.encoder


def _measure(one: EncoderVerdict) -> str:
    return "distance" if one.measure == "euclidean" else "cosine"


def _share(estimate: Estimate | None) -> str:
    return _with_interval(estimate, lambda value: f"{value:.3f}")


def _rate(estimate: Estimate | None) -> str:
    return _with_interval(estimate, short_rate)


def _with_interval(estimate: Estimate | None, written: Callable[[float], str]) -> str:
    if estimate is None:
        return "–"
    value = written(estimate.value)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{written(estimate.low)}, {written(estimate.high)}]"
