"""What is said below scores: of whom their thresholds speak, and what strangers on photographs do at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.science.evaluation.score import EncoderScore


def threshold_lines(scores: Iterable[EncoderScore], rank: bool = False) -> list[str]:
    """A line that names the population of thresholds and FMR, and one an encoder with the photographs' strangers.

    Args:
        scores: one an encoder; those without statistics are passed over, and of none nothing is said.
        rank: whether a rank stands beside them.
    """
    from explorer.science.evaluation.score import strangers_words

    known = [score for score in scores if score.standing is not None]
    if not known:
        return []
    what = "Threshold (at FMR 1e-3), FMR and rank are" if rank else "Threshold (at FMR 1e-3) and FMR are"
    measured = [score for score in known if score.photographs]
    if not measured:
        return [f"  {what} among generated faces."]
    lines = [f"  {what} among generated faces. Strangers on photographs who pass the threshold:"]
    return lines + [f"    {score.encoder:<12} {strangers_words(score.photographs)}" for score in measured]
