"""What a row of a batch's table says of an attribute: vector probe, reconstruction and photograph, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.science.leakage.readout import CANNOT_TELL
from explorer.studio.batch.job import Entry

if TYPE_CHECKING:
    from explorer.science.leakage.probes import ProbeSpec

RECONSTRUCTION, PHOTOGRAPH = "_reconstruction", "_photograph"
_TELLS = "_tells"


@dataclass(frozen=True)
class RowReading:
    """One attribute in words; empty where it was not read so. told: whether a reading of the vector can tell it."""

    title: str
    vector: str
    reconstruction: str
    photograph: str
    told: bool


def row_readings(entry: Entry) -> tuple[RowReading, ...]:
    """The attributes of a file whose embedding was read, those that nothing tells last; nothing of other files."""
    if not any(name.endswith(_TELLS) for name in entry.row):
        return ()
    from explorer.science.leakage.probes import PROBES  # brings torch, which the window's first paint does without

    names = {name.removesuffix(RECONSTRUCTION) for name in entry.row}
    return tuple(
        sorted(
            (_reading(entry, spec) for name, spec in PROBES.items() if name in names),
            key=lambda one: not one.told,
        )
    )


def _reading(entry: Entry, spec: ProbeSpec) -> RowReading:
    vector, made, seen = (_words(entry, spec, where) for where in ("", RECONSTRUCTION, PHOTOGRAPH))
    told = any(said and said != CANNOT_TELL for said in (vector, made))
    return RowReading(spec.title, vector, made, seen, told)


def _words(entry: Entry, spec: ProbeSpec, where: str) -> str:
    """Such as "smiling 91 %", "34 years (31 to 37)"; of two classes the second one's share, as in the Probe panel."""
    row, name = entry.row, spec.name + where
    value, probability = row.get(name), row.get(f"{name}_probability")
    if value is None:
        return ""
    if row.get(name + _TELLS) is False:
        return CANNOT_TELL
    edges = [edge for edge in (row.get(f"{name}_low"), row.get(f"{name}_high")) if isinstance(edge, int | float)]
    if isinstance(value, str) and isinstance(probability, int | float):
        other = len(spec.classes) == 2 and value != spec.classes[1]
        shares = [1 - share if other else share for share in (probability, *edges)]
        said = f"{spec.classes[1] if other else value} {100 * shares[0]:.0f} %"
        return said + _interval([100 * share for share in shares[1:]])
    if isinstance(value, int | float):
        return f"{value:.0f} {spec.unit}{_interval(edges)}"
    return str(value)


def _interval(edges: list[float]) -> str:
    """The 95 % interval by the runs; empty of one run."""
    return f" ({min(edges):.0f} to {max(edges):.0f})" if len(edges) == 2 else ""
