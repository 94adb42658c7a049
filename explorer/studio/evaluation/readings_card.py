"""The card beside the calibrations of readings by reconstruction: what they do, how they were made, what they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.science.leakage.picture_calibration import PictureCalibration
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.readout import CANNOT_TELL
from explorer.studio.evaluation.calibration_rows import HEAD, calibration_row, with_interval
from explorer.studio.evaluation.readings_judged import ReadingsRecord

_CARD = """# reconstruction-{encoder}: what readings off reconstructions are worth on photographs

What they do: rescale what the image labellers say of faces that were made from a vector alone, to what photographs of
known people bear out (`explorer/science/leakage/picture_calibration.py`). A vector's answer is the mean over its runs.

| | |
|---|---|
| file | `reconstruction-{encoder}.json` |
| command | `{command}`; the runs' seeds follow from the settings |
| data | {data} |
| settings | inversions of {encoder} with {steps} steps, {starts} starts, seed {seed} |
| labels | by hand (`openpeople-labels.md`, `orl-labels.md`); what is read: MediaPipe, dlib's networks, face parsing |
| fitted | a slope and an intercept (of classes an intercept each), every person counting the same: maximum |
| | likelihood under a normal prior of one standard deviation; numbers by least squares |
| judged | each person by a fit on all others; intervals of 95 % by drawing people again (1,000 times) |
| time | {time} |
| terms | numbers only; the terms of the encoder, the generator and the labellers apply |

Skill: the share of the base rate's error (Brier's score; the mean absolute error of numbers) that is gone. Exact: the
calibration error that the same probabilities would show if they were exact, with the same people and faces; the excess
is what lies beyond that. Shown as an answer is only what beats the base rate with its whole interval; all else says
“{cannot_tell}”.

{rows}

The labellers' own word on the reconstructions, nothing fitted: balanced accuracy, or the mean distance from the middle
of the age band.

| probe | on | reconstructions | chance |
|---|---|---|---|
{own}
"""


def readings_card(
    record: ReadingsRecord, calibrations: Mapping[str, PictureCalibration], command: str, inversions: Sequence[float]
) -> str:
    """Write the card as Markdown.

    Args:
        record: the readings that the calibrations were fitted on. command: that made them.
        inversions: seconds that each took.
    """
    data = list[str]()
    for one in record.sets:
        runs = f"{one.runs} run{'' if one.runs == 1 else 's'} a vector"
        credit = f"; {one.credit}" if one.credit else ""
        data.append(f"{one.set}: {one.photographs} photographs of {one.people} people, {runs}{credit}")
    own = [
        f"| {PROBES[name].title} | {one.calibrated_on.partition(', labelled')[0]} | {with_interval(one.portraits)} "
        f"| {'' if one.portraits is None or one.portraits.chance is None else f'{one.portraits.chance:.2f}'} |"
        for name, one in calibrations.items()
    ]
    return _CARD.format(
        encoder=record.encoder,
        command=command,
        data=" |\n| | ".join(data),
        steps=record.settings.steps,
        starts=record.settings.starts,
        seed=record.settings.seed,
        time=f"{len(inversions)} inversions, {sum(inversions) / 60:.0f} minutes summed over them",
        cannot_tell=CANNOT_TELL,
        rows=HEAD + "\n".join(calibration_row(record.encoder, name, one) for name, one in calibrations.items()),
        own="\n".join(own),
    )
