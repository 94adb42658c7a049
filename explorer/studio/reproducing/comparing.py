"""How what was made again compares with what its record says: numbers, words, networks, versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = float | str | None

# What a record of strangers makes the program say is bounded.
_MOST_LINES = 20


@dataclass(frozen=True)
class Deviation:
    """Numbers that were made twice.

    largest: absolute difference, and where it lies; None where no number was made both times. count: how many were.
    changed: a line each for words that differ and for what was there once only.
    """

    largest: float | None
    where: str
    count: int
    changed: tuple[str, ...] = ()

    def words(self) -> str:
        """Such as "largest difference 2.1e-06 (age), of 412 numbers"."""
        if self.largest is None:
            return "no numbers to compare"
        place = f" ({self.where})" if self.largest else ""
        return f"largest difference {self.largest:.1e}{place}, of {self.count} numbers"


def deviation(then: Mapping[str, Value], now: Mapping[str, Value]) -> Deviation:
    """Hold values against those of the same name."""
    largest, where, count, changed = None, "", 0, []
    for name in dict.fromkeys((*then, *now)):
        old, new = then.get(name), now.get(name)
        if isinstance(old, str) or isinstance(new, str) or old is None or new is None:
            if old != new:
                changed.append(f"{name[:100]}: {_said(old)} then, {_said(new)} now")
            continue
        count, apart = count + 1, abs(old - new)
        if largest is None or apart > largest:
            largest, where = apart, name[:100]
    more = len(changed) - _MOST_LINES
    lines = (*changed[:_MOST_LINES], f"and {more} more") if more > 0 else tuple(changed)
    return Deviation(largest, where, count, lines)


def _said(value: Value) -> str:
    return "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)[:100]


def changes(
    networks_then: Mapping[str, str],
    networks_now: Mapping[str, str],
    versions_then: Mapping[str, str],
    versions_now: Mapping[str, str],
) -> tuple[str, ...]:
    """Which networks, by their sha256, and which versions are not those of then, a line each."""
    lines = []
    for name in sorted({*networks_then, *networks_now}):
        then, now = networks_then.get(name), networks_now.get(name)
        if then != now:
            lines.append(f"network {name}: {_short(then)} then, {_short(now)} now")
    for name in sorted({*versions_then, *versions_now}):
        then, now = versions_then.get(name), versions_now.get(name)
        if then != now:
            lines.append(f"{name}: version {then or 'unknown'} then, {now or 'unknown'} now")
    return tuple(lines)


def _short(digest: str | None) -> str:
    return "not used" if digest is None else f"sha256 {digest[:12]}…"
