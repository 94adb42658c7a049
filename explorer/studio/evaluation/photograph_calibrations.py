"""Calibrations of an encoder's probes on photographs: which sets each attribute is fitted on, and the fit itself.

Smile, eyeglasses and gender are fitted on openpeople and ORL by their hand labels, age and expression on openpeople
alone; yaw and pitch on both, where nobody labelled them by hand, by what the image labellers say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from explorer.science.evaluation.calibrating import KnownAnswers, calibrated_on_photographs
from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.photograph_calibration import PhotographCalibration
from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.probe_scores import ranked

_TITLES = {openpeople.NAME: "openpeople", orl.NAME: "ORL"}


def calibrations_of(
    sets: Sequence[JudgedSet], encoder: str, probes: Mapping[str, FittedProbe]
) -> dict[str, PhotographCalibration]:
    """Fit and judge every probe that has classes or numbers, by name; without those that the sets say nothing of."""
    found = {}
    for name, fitted in probes.items():
        chosen = [one for one in sets if name in one.by_hand] or list(sets)
        known = known_answers(chosen, encoder, fitted)
        by_hand = name in chosen[0].by_hand
        words = _words(chosen, known, "hand" if by_hand else fitted.spec.labeller)
        calibration = calibrated_on_photographs(fitted.spec, known, words)
        if calibration is not None:
            found[name] = calibration
    return found


def known_answers(sets: Sequence[JudgedSet], encoder: str, fitted: FittedProbe) -> KnownAnswers:
    """What a probe gives for the labelled photographs of several sets, whose people are different ones."""
    parts, people, before = [ranked(one, encoder, fitted) for one in sets], [], 0
    for part in parts:
        people.append(part.people + before)
        before += int(part.people.max()) + 1
    return KnownAnswers(torch.cat([p.scores for p in parts]), torch.cat([p.truth for p in parts]), torch.cat(people))


def _words(sets: Sequence[JudgedSet], known: KnownAnswers, by: str) -> str:
    titles = " and ".join(_TITLES.get(one.name, one.name) for one in sets)
    people = len(known.people.unique())
    return f"{len(known.people)} photographs of {people} people ({titles}), labelled by {by}"
