"""The card beside the calibrations on photographs: what they do, how they were made, which of them tell anything."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.science.leakage.photograph_calibration import PhotographCalibration
from explorer.science.leakage.readout import CANNOT_TELL
from explorer.studio.evaluation.calibration_rows import HEAD, calibration_row

_CARD = f"""# calibration-photographs: what probes' answers are worth on photographs

What they do: rescale what the probes of an encoder say of a photograph's vector, or of one of unknown source, to
what photographs of known people bear out (`explorer/science/leakage/photograph_calibration.py`). Of faces that the
generator drew the calibrations in the files of probes hold.

| | |
|---|---|
| files | `calibration-photographs-ENCODER.json`; each names by its sha256 the file of probes it was fitted to |
| command | `likeness train calibrations`; deterministic |
| data | openpeople (`openpeople-labels.md`): ten synthetic people, 200 faces |
| | ORL (`orl-labels.md`): forty people, 400 photographs; courtesy of AT&T Laboratories Cambridge |
| | (F. Samaria and A. Harter, 1994) |
| labels | by hand: smile, eyeglasses and gender (both sets), age and expression (openpeople alone) |
| | by MediaPipe, where nobody labelled by hand: yaw and pitch (both sets) |
| fitted | a slope and an intercept (of classes an intercept each), every person counting the same: maximum |
| | likelihood under a normal prior of one standard deviation; numbers by least squares |
| judged | each person by a fit on all others; intervals of 95 % by drawing people again (1,000 times) |
| terms | numbers only; the terms of the probes apply |

Skill: the share of the base rate's error (Brier's score; the mean absolute error of numbers) that is gone; the base
rate is that of the people fitted on. Exact: the calibration error that the same probabilities would show if they
were exact, with the same people and faces, a label that all photographs of a person share being drawn once; the
excess is what lies beyond that. Shown as an answer is only what beats the base rate with its whole interval; all else
says “{CANNOT_TELL}”. Of hats nothing is fitted, since nobody wears one here.

Fifty people are few: ten are synthetic, and forty were photographed at one laboratory from 1992 to 1994, four of them
women. A calibration says how far to trust an answer there, and no more.

{HEAD}"""


def calibration_card(encoders: Mapping[str, Mapping[str, PhotographCalibration]]) -> str:
    """Write the card as Markdown.

    Args:
        encoders: the calibrations of each encoder, by probe.
    """
    rows = [calibration_row(encoder, name, one) for encoder, known in encoders.items() for name, one in known.items()]
    return _CARD + "\n".join([*rows, ""])
