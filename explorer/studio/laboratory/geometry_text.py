"""The table of altered faces as text, and as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.score import population_title
from explorer.studio.evaluation.columns import aligned, wrapped
from explorer.studio.export.tables import Row, Value
from explorer.studio.laboratory.geometry_judged import AlterationRow, EncoderTable, GeometryRecord, Share

WIDTH = 100
MODES = {"template": "without realignment: the encoder sees the altered template",
         "realigned": "with realignment: the altered photograph is searched and aligned again"}  # fmt: skip
_NOTE = (
    "TAR: share of pairs of one person that pass, the second photograph of each pair being altered; at FAR: the "
    "threshold that this share of the same comparison's strangers passes. In brackets: 95 % intervals by person. "
    "cosine: of the altered embedding, or the mapped one, with the upright one of the same photograph. A map is not "
    "judged by people on whom it was fitted."
)


def as_text(record: GeometryRecord, width: int = WIDTH) -> str:
    """The record in aligned columns, an encoder and a mode after the other.

    Args:
        width: of a line at most, in characters; what has no room goes on below.
    """
    head = (
        f"{population_title(record.set)}: {record.photographs} photographs of {record.people} people, "
        f"{record.genuine:,} pairs of one person, {record.impostors:,} of strangers ({record.protocol})"
    )
    lines = [*wrapped(head, width), *wrapped(_NOTE, width, "  ")]
    for remark in _remarks(record):
        lines += wrapped(remark, width, "  ")
    for table in record.encoders:
        lines += ["", *_encoder(record, table, width)]
    return "\n".join(lines)


def _remarks(record: GeometryRecord) -> Iterator[str]:
    if record.roughly:
        allowed = int(record.far * record.impostors)
        yield f"So few pairs of strangers tell a FAR of {record.far:g} roughly alone: {allowed} may pass."
    if record.unpaired:
        yield f"Listed pairs without a usable face, left out: {record.unpaired}."
    yield from record.remarks
    yield from ([f"{record.credit}."] if record.credit else ())


def _encoder(record: GeometryRecord, table: EncoderTable, width: int) -> Iterator[str]:
    yield f"{table.encoder}: TAR at FAR {100 * record.far:g} % upright {_with_interval(table.upright.tar)}"
    for mode, title in MODES.items():
        rows = [row for row in table.rows if row.mode == mode]
        if not rows:
            continue
        yield from wrapped(title, width, "  ")
        heads = ["", "without", "generated", "gained", "others", "gained", "cosine without, generated, others"]
        heads += ["found again"] if mode == "realigned" else []
        yield from aligned([heads, *([*_cells(row), *_found(row, mode)] for row in rows)], width)
        yield from wrapped(_maps(rows[0]), width, "  ")


def _cells(row: AlterationRow) -> list[str]:
    generated, others = row.generated, row.photographs
    cosines = " > ".join("–" if one is None or one.cosine is None else f"{one.cosine.value:.3f}" for one in _ways(row))
    return [
        row.alteration,
        _with_interval(row.without.tar),
        "–" if generated is None else _with_interval(generated.tar),
        "–" if generated is None else _signed(generated.gained),
        "–" if others is None else _with_interval(others.tar),
        "–" if others is None else _signed(others.gained),
        cosines,
    ]


def _ways(row: AlterationRow) -> tuple[Share | None, ...]:
    return row.without, row.generated, row.photographs


def _found(row: AlterationRow, mode: str) -> list[str]:
    return [f"{100 * row.found:.0f} %"] if mode == "realigned" else []


def _maps(row: AlterationRow) -> str:
    said = [
        f"{name}: map {one.fitted_on.words}"
        for name, one in (("generated", row.generated), ("others", row.photographs))
        if one is not None
    ]
    return "; ".join(said)


def _with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _signed(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.3f}"
    return f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


def rows_of(record: GeometryRecord) -> list[Row]:
    """A row an encoder, mode, alteration and way of comparing: every number with its interval."""
    rows: list[Row] = []
    for table in record.encoders:
        rows.append(_row(record, table, "upright", "", 1.0, "none", table.upright))
        for one in table.rows:
            for which, share in zip(("none", "generated", "photographs"), _ways(one), strict=True):
                if share is not None:
                    rows.append(_row(record, table, one.alteration, one.mode, one.found, which, share))
    return rows


def _row(
    record: GeometryRecord, table: EncoderTable, alteration: str, mode: str, found: float, which: str, share: Share
) -> Row:
    fitted_on = getattr(share, "fitted_on", None)
    return {
        "set": record.set,
        "encoder": table.encoder,
        "measure": table.measure,
        "alteration": alteration,
        "mode": mode or None,
        "map": which,
        **_numbers("tar", share.tar),
        **_numbers("gained", share.gained),
        **_numbers("cosine", share.cosine),
        "far": record.far,
        "threshold": share.threshold,
        "strangers_passing": share.passing,
        "found_again": found,
        "fitted_on": None if fitted_on is None else fitted_on.words,
        "penalty": None if fitted_on is None else fitted_on.penalty,
        "towards": None if fitted_on is None else fitted_on.towards,
        "genuine": record.genuine,
        "impostors": record.impostors,
        "people": record.people,
        "photographs": record.photographs,
    }


def _numbers(name: str, estimate: Estimate | None) -> dict[str, Value]:
    ends = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
