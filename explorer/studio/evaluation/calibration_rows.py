"""Calibrations as rows of a card: how good their answers are on people that they were not fitted on."""

from __future__ import annotations

from explorer.science.leakage.photograph_calibration import PhotographCalibration
from explorer.science.leakage.picture_calibration import PictureCalibration
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.readout import CANNOT_TELL, MetricValue

HEAD = (
    "| encoder | probe | on | skill beyond the base rate | calibration error, beside exact | excess | slope; shifts "
    "| shown |\n|---|---|---|---|---|---|---|---|\n"
)


def calibration_row(encoder: str, probe: str, one: PhotographCalibration | PictureCalibration) -> str:
    """A calibration as a row under `HEAD`; an answer that does not beat the base rate is not shown."""
    skill, error = one.skill, one.error
    judged = excess = ""
    if error is not None and error.floor is not None:
        judged, excess = f"{error.value:.3f}, {error.floor:.3f}", f"{error.value - error.floor:+.3f}"
    cells = (
        encoder,
        PROBES[probe].title,
        one.calibrated_on.partition(", labelled")[0],
        with_interval(skill),
        judged,
        excess,
        f"{one.slope:.3f}; {', '.join(f'{shift:.2f}' for shift in one.shifts)}",
        "yes" if skill is not None and skill.beats_chance else CANNOT_TELL,
    )
    return f"| {' | '.join(cells)} |"


def with_interval(value: MetricValue | None) -> str:
    """A number and its interval; empty where it was not measured."""
    return "" if value is None else f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"
