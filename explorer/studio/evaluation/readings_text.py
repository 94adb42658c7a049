"""Readings three ways as text and as the rows of tables."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.readout import CHANCE_IS, MetricValue
from explorer.studio.evaluation.readings_judged import HAND, WAYS, Answer, AttributeQuality, ReadingsRecord, SetReadings
from explorer.studio.export.tables import Row, Value

TITLES = {"vector": "vector probe", "reconstruction": "reconstruction", "photograph": "photograph itself"}
_NOTE = (
    "Balanced accuracy, or the mean distance from the middle of the age band; in brackets 95 % intervals by person.",
    "Probes as calibrated on generated faces; reconstructions and photographs by the image labellers' own word.",
    CHANCE_IS,
)


def as_text(record: ReadingsRecord) -> str:
    """A table a set, in aligned columns."""
    head = f"Readings of vectors of {record.encoder}\n" + "\n".join(f"  {line}" for line in _NOTE)
    return "\n\n".join([head, *(_table(one) for one in record.sets)])


def _table(one: SetReadings) -> str:
    runs = f"{one.runs} run{'' if one.runs == 1 else 's'} a vector"
    people = f"{one.people} {'person' if one.people == 1 else 'people'}"
    lines = [f"{one.set}: {one.photographs} photographs of {people}, {runs}"]
    lines += [f"  {remark}" for remark in (one.credit, *one.remarks) if remark]
    if one.without_face:
        lines.append(f"  results without a face, left out: {one.without_face}")
    by = {attribute.truth_by for attribute in one.attributes} - {HAND}
    if by:
        lines.append(f"  not labelled by hand: held against what {', '.join(sorted(by))} say of the photographs")
    cells = [("", "faces", "chance", *(TITLES[way] for way in WAYS))]
    cells += [_cells(attribute) for attribute in one.attributes]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join(lines)


def _cells(one: AttributeQuality) -> tuple[str, ...]:
    known = _known(one)
    first = known[0] if known else None
    title = one.title if first is None or not first.of_one_class else f"{one.title}, {first.measure.split(', ')[-1]}"
    if first is None or first.chance is None:
        return title, "", "", *("–" for _ in WAYS)
    chance = f"{first.chance:.1f} {first.unit}" if first.unit else f"{first.chance:.2f}"
    return title, str(first.faces), chance, *(_quality(getattr(one, way)) for way in WAYS)


def _known(one: AttributeQuality) -> list[MetricValue]:
    return [quality for way in WAYS if (quality := getattr(one, way)) is not None]


def _quality(one: MetricValue | None) -> str:
    if one is None:
        return "–"
    digits = 1 if one.unit else 2
    return f"{one.value:.{digits}f} [{one.low:.{digits}f}, {one.high:.{digits}f}]"


def rows_of(record: ReadingsRecord) -> list[Row]:
    """A row a set and attribute, every number with its interval."""
    return [_row(record, one, attribute) for one in record.sets for attribute in one.attributes]


def _row(record: ReadingsRecord, one: SetReadings, attribute: AttributeQuality) -> Row:
    row: dict[str, Value] = {
        "set": one.set,
        "encoder": record.encoder,
        "probe": attribute.probe,
        "truth_by": attribute.truth_by,
        "people": one.people,
        "photographs": one.photographs,
        "runs": one.runs,
        "without_face": one.without_face,
    }
    known = _known(attribute)
    row |= {"measure": known[0].measure, "unit": known[0].unit or None, "chance": known[0].chance} if known else {}
    for way in WAYS:
        quality = getattr(attribute, way)
        values = (None,) * 4 if quality is None else (quality.value, quality.low, quality.high, quality.faces)
        row |= dict(zip((way, f"{way}_low", f"{way}_high", f"{way}_faces"), values, strict=True))
    return row


def answer_rows(name: str, answers: Sequence[Answer]) -> list[Row]:
    """A row a photograph and attribute of a set: what is so, and what each way says."""
    rows = list[Row]()
    for one in answers:
        photograph = one.known.photograph
        row: dict[str, Value] = {"set": name, "person": photograph.person, "name": photograph.name, "probe": one.probe}
        row["truth"] = _word(one.probe, one.truth)
        for way in WAYS:
            row[way] = _word(one.probe, one.said[way]) if way in one.said else None
            row[f"{way}_right"] = one.right(way)
            row[f"{way}_probability"] = one.probabilities.get(way)
        rows.append(row)
    return rows


def _word(probe: str, value: float) -> Value:
    """A class by its name, a number as it is written in a column of words."""
    spec = PROBES[probe]
    return f"{value:.1f}" if spec.kind == "regression" else spec.classes[int(value)]
