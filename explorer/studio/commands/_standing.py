"""What is said below scores: of whom their thresholds speak, and what strangers on photographs do at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.science.evaluation.score import EncoderScore

# The program's own encoders have names of at most so many letters.
_NAMES = 12


def threshold_lines(scores: Iterable[EncoderScore], rank: bool = False) -> list[str]:
    """A line that names the population of thresholds and FMR, and one an encoder with the photographs' strangers.

    Args:
        scores: one an encoder; of those without statistics it is said what makes them.
        rank: whether a rank stands beside them.
    """
    from explorer.science.evaluation.score import statistics_command

    given = list(scores)
    known = [score for score in given if score.standing is not None]
    unknown = [score.encoder for score in given if score.standing is None]
    made_by = statistics_command("NAME" if len(unknown) > 1 else "".join(unknown))
    missing = [f"  Impostor statistics of {', '.join(unknown)} are made by {made_by}"] if unknown else []
    return [*_known_lines(known, rank), *missing]


def name_width(scores: Iterable[EncoderScore]) -> int:
    """Columns that the longest encoder's name takes."""
    return max((_NAMES, *(len(score.encoder) for score in scores)))


def _known_lines(known: list[EncoderScore], rank: bool) -> list[str]:
    from explorer.science.evaluation.score import strangers_words

    if not known:
        return []
    what = "Threshold (at FMR 1e-3), FMR and rank are" if rank else "Threshold (at FMR 1e-3) and FMR are"
    measured = [score for score in known if score.photographs]
    if not measured:
        return [f"  {what} among generated faces."]
    lines = [f"  {what} among generated faces. Strangers on photographs who pass the threshold:"]
    width = name_width(measured)
    return lines + [f"    {score.encoder:<{width}} {strangers_words(score.photographs)}" for score in measured]
