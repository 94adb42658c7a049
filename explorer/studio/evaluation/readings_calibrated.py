"""Calibrations of what labellers say of reconstructions, fitted on readings that were made, by person."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from explorer.science.evaluation.calibrating import KnownAnswers, calibrated_on_photographs
from explorer.science.evaluation.leakage import judge
from explorer.science.leakage.picture_calibration import PictureCalibration
from explorer.science.leakage.pictures import logits_of
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.studio.evaluation.reading_sets import KnownPhotograph, ReadingSet
from explorer.studio.evaluation.readings_judged import JUDGED
from explorer.studio.evaluation.readings_made import ReadPhotograph

Made = tuple[ReadingSet, Sequence[tuple[KnownPhotograph, ReadPhotograph]]]


def picture_calibrations(sets: Sequence[Made]) -> dict[str, PictureCalibration]:
    """A slope and shifts an attribute, of the sets where it is labelled by hand, and how good they are on others.

    Left out is what too few people differ in, and numbers whose best slope is 0.
    """
    found = {}
    for probe in JUDGED:
        spec = PROBES[probe]
        chosen = [one for one in sets if probe in one[0].by_hand]
        known = _known(spec, chosen)
        if known is None:
            continue
        words = f"reconstructions of {len(known.people)} photographs of {len(known.people.unique())} people ("
        words += f"{' and '.join(one.name for one, _ in chosen)}), labelled by hand"
        fitted = calibrated_on_photographs(spec, known, words)
        if fitted is None or fitted.slope == 0:
            continue
        said = known.outputs
        if spec.kind != "regression":
            said = (said >= 0).long() if spec.kind == "binary" else said.argmax(-1)
        blind = fitted.usual
        found[probe] = PictureCalibration(
            slope=fitted.slope,
            shifts=fitted.shifts,
            calibrated_on=words,
            portraits=judge(spec, said, blind, known.truth, None, known.people)[0],
            skill=fitted.skill,
            error=fitted.error,
        )
    return found


def _known(spec: ProbeSpec, sets: Sequence[Made]) -> KnownAnswers | None:
    outputs, truths, people, names = [], [], [], dict[tuple[str, str], int]()
    for chosen, read in sets:
        for known, one in read:
            if spec.name not in known.truths or not one.made:
                continue
            labels = torch.from_numpy(one.made[spec.label])
            numbers = spec.kind == "regression"
            outputs.append(spec.target(labels).double().mean() if numbers else logits_of(spec, labels))
            truths.append(known.truths[spec.name])
            people.append(names.setdefault((chosen.name, known.photograph.person), len(names)))
    if not outputs:
        return None
    truth = torch.tensor(truths)
    whole = truth.long() if spec.kind == "categorical" else truth
    return KnownAnswers(torch.stack(outputs), whole, torch.tensor(people))
