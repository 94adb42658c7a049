"""Leak against accuracy by lambda: what a sweep has measured, kept in a file, and its curve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, ValidationError

from explorer.science.debiasing.record import DebiasedRecord
from explorer.science.evaluation.same_person import Estimate
from explorer.science.leakage.readout import MetricValue
from explorer.studio.export.page import ATTACKED, GREY, INK, RULE, SMALL, Page, house_style, plain_axes, typeface
from explorer.studio.files import atomic_write

_WIDTH, _HEIGHT, _TOP, _SCALE, _FOOT = 100.0, 60.0, 8.0, 12.0, 11.0


class SweepPoint(BaseModel):
    """One training of a sweep, judged. key: of all that it follows from. adversarial: its lambda."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    adversarial: float
    record: DebiasedRecord

    def leak(self, when: str = "after") -> MetricValue | None:
        """What the best fresh probe tells of the first attribute, of all that learnt on whomever."""
        told = [
            (one.before if when == "before" else one.after).best
            for one in self.record.leaks
            if one.attribute == self.record.attributes[0].name
        ]
        return max(told, key=lambda one: one.value, default=None)

    def accuracy(self, when: str = "after") -> Estimate | None:
        """TPR at FPR 1e-3 on the last set that was verified: the one that was named, where it is here."""
        first = self.record.verified[-1:]
        return (first[0].before if when == "before" else first[0].after) if first else None


class SweepFile:
    """The points that a sweep has measured; one that cannot be read is measured again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> SweepPoint | None:
        """The point of a key."""
        try:
            return SweepPoint.model_validate_json((self._folder / f"point-{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, point: SweepPoint) -> None:
        """Write a point."""
        atomic_write(self._folder / f"point-{point.key}.json", point.model_dump_json(indent=2).encode(), mode=0o600)


def sweep_lines(points: Sequence[SweepPoint]) -> list[str]:
    """The points in a line each, the encoder as it was first."""
    lines = []
    whole = [("as it was", "before", points[0]), *((f"{one.adversarial:g}", "after", one) for one in points)]
    for name, when, point in whole:
        leak, accuracy = point.leak(when), point.accuracy(when)
        told = "not judged" if leak is None else leak.words()
        rate = "not verified" if accuracy is None else f"TPR at FPR 0.001 {accuracy.value:.3f}"
        lines.append(f"lambda {name}: {told}; {rate}")
    return lines


def sweep_figure(points: Sequence[SweepPoint]) -> Figure:
    """What fresh probes tell against TPR at FPR 1e-3, a point a lambda, with 95 % intervals by person.

    Raises:
        ValueError: no point has both, or only the encoder as it was.
    """
    ends = [(points[0].leak("before"), points[0].accuracy("before"), "as it was")]
    ends += [(one.leak(), one.accuracy(), f"λ = {one.adversarial:g}") for one in sorted(points, key=_lambda)]
    known = [(leak, rate, name) for leak, rate, name in ends if leak is not None and rate is not None]
    if len(known) < 2:
        raise ValueError("no point has both a leak and an accuracy: give more people, and a set to verify")
    with house_style():
        page = Page(_WIDTH, _TOP + _HEIGHT + _FOOT, 300)
        axes = page.axes(_SCALE, _TOP, _WIDTH - _SCALE - 12, _HEIGHT)
        axes.plot(*zip(*[(leak.value, rate.value) for leak, rate, _ in known[1:]], strict=True), color=ATTACKED, lw=0.8)
        for leak, rate, name in known:
            low, high = (rate.value if end is None else end for end in (rate.low, rate.high))
            axes.plot([leak.low, leak.high], [rate.value, rate.value], color=GREY, lw=0.5)
            axes.plot([leak.value, leak.value], [low, high], color=GREY, lw=0.5)
            axes.plot(leak.value, rate.value, "o", ms=2.5, mew=0, color=ATTACKED if "λ" in name else INK)
            axes.annotate(
                name,
                (leak.value, rate.value),
                textcoords="offset points",
                xytext=(3, 3),
                fontproperties=typeface(SMALL),
            )
        chance = known[0][0].chance
        if chance is not None:
            axes.axvline(chance, color=RULE, lw=0.6, ls=":")
        plain_axes(axes)
        first = points[0].record
        page.text(0, _TOP - 2, f"TPR at FPR 0.001, {first.verified[-1].set}", size=SMALL)
        words = f"Balanced accuracy at which {first.attributes[0].name} is told afresh; dotted: chance."
        page.text(0, page.height - 1.2, f"{words} Lines: 95 % intervals by person.", size=SMALL)
        return page.figure


def _lambda(point: SweepPoint) -> float:
    return point.adversarial
