"""How often probes, reconstructions and photographs are read rightly, attribute by attribute and by person.

Of an attribute a photograph counts where its truth is known, and of reconstructions where a result shows a face.
Nothing is fitted on what is judged: probes answer by their calibrations on generated faces, each class weighed against
its share there, and labellers by their own word, the mean over the runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.leakage import judge
from explorer.science.inversion.settings import RecordedSettings
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.pictures import read_pictures
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.leakage.readout import MetricValue
from explorer.studio.evaluation.reading_sets import KnownPhotograph, ReadingSet
from explorer.studio.evaluation.readings_made import LabelArrays, ReadPhotograph

HAND = "hand"
WAYS = ("vector", "reconstruction", "photograph")
JUDGED = tuple(name for name, spec in PROBES.items() if spec.kind in ("binary", "categorical", "regression"))


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AttributeQuality(_Record):
    """How well one attribute is read of one set, three ways; None where a way reads nothing, or is the truth itself.

    truth_by: hand, or whose word on the photographs is the truth.
    """

    probe: str
    title: str
    truth_by: str
    vector: MetricValue | None = None
    reconstruction: MetricValue | None = None
    photograph: MetricValue | None = None


class Failed(_Record):
    """A photograph that could not be used, and why."""

    photograph: str
    reason: str


class SetReadings(_Record):
    """What was measured on one set. runs: inversions of each vector; without_face: results that show none."""

    set: str
    credit: str
    people: int
    photographs: int
    runs: int
    without_face: int
    attributes: tuple[AttributeQuality, ...]
    failed: tuple[Failed, ...] = ()
    remarks: tuple[str, ...] = ()


class ReadingsRecord(_Record):
    """What `likeness evaluate readings` measured."""

    encoder: str
    settings: RecordedSettings
    sets: tuple[SetReadings, ...]
    device: str
    versions: dict[str, str]
    networks: dict[str, str]


@dataclass(frozen=True, eq=False)
class Answer:
    """What one photograph's attribute is, and what each way says: class numbers, or numbers in the probe's unit.

    probabilities: of the second class of an attribute, by the ways that give one.
    """

    known: KnownPhotograph
    probe: str
    truth: float
    said: Mapping[str, float]
    probabilities: Mapping[str, float]

    def right(self, way: str) -> bool | None:
        """Whether a way says so; None of numbers, and where it says nothing."""
        if way not in self.said or PROBES[self.probe].kind == "regression":
            return None
        return self.said[way] == self.truth


@torch.no_grad()
def answers_of(
    chosen: ReadingSet, read: Sequence[tuple[KnownPhotograph, ReadPhotograph]], probes: Mapping[str, FittedProbe]
) -> list[Answer]:
    """What is so and what is said, a photograph and attribute each, of those whose truth is known."""
    found = []
    for known, one in read:
        seen, made = _said_of(one.seen), _said_of(one.made)
        for probe in JUDGED:
            truth = known.truths.get(probe) if chosen.by_hand else seen[probe][0]
            if truth is None:
                continue
            ways = {"vector": _of_probe(probes[probe], one.vector)} if probe in probes else {}
            ways |= {"reconstruction": made[probe]} if probe in made else {}
            ways |= {"photograph": seen[probe]} if chosen.by_hand and probe in seen else {}
            said = {way: value for way, (value, _) in ways.items()}
            shares = {way: share for way, (_, share) in ways.items() if share is not None}
            found.append(Answer(known, probe, float(truth), said, shares))
    return found


def _said_of(labels: LabelArrays) -> dict[str, tuple[float, float | None]]:
    """What pictures of one face show, by probe: the class number or the number, and the probability."""
    said = {}
    for one in read_pictures(labels) if labels else []:
        spec = PROBES[one.probe]
        if isinstance(one.value, str):
            share = one.probabilities[spec.classes[1]] if spec.kind == "binary" else one.probability
            said[one.probe] = float(spec.classes.index(one.value)), share
        elif isinstance(one.value, float):
            said[one.probe] = one.value, None
    return said


def _of_probe(fitted: FittedProbe, vector: Tensor) -> tuple[float, float | None]:
    answers = fitted.answers(vector[None].float())
    if fitted.spec.kind == "regression":
        return float(answers[0]), None
    place = int(fitted.decide(answers)[0])
    return float(place), float(answers[0] if fitted.spec.kind == "binary" else answers[0, place])


def judged_readings(
    chosen: ReadingSet,
    read: Sequence[tuple[KnownPhotograph, ReadPhotograph]],
    probes: Mapping[str, FittedProbe],
    runs: int,
    failed: Sequence[Failed] = (),
) -> tuple[SetReadings, list[Answer]]:
    """Judge every attribute of a set."""
    answers = answers_of(chosen, read, probes)
    names = sorted({known.photograph.person for known, _ in read})
    attributes = []
    for probe in JUDGED:
        mine = [one for one in answers if one.probe == probe]
        if not mine:
            continue
        spec = PROBES[probe]
        # Without looking, the mean or the commonest of the probe's own calibration faces is said; of the truths where
        # there is no probe.
        blind = probes[probe].record.baseline if probe in probes else _blind(spec, mine)
        judged = {way: _judged(spec, mine, way, blind, names) for way in WAYS}
        by = HAND if chosen.by_hand else spec.labeller
        attributes.append(AttributeQuality(probe=probe, title=spec.title, truth_by=by, **judged))
    record = SetReadings(
        set=chosen.name,
        credit=chosen.credit,
        people=len(names),
        photographs=len(read),
        runs=runs,
        without_face=sum(one.without_face for _, one in read),
        attributes=tuple(attributes),
        failed=tuple(failed),
        remarks=chosen.remarks,
    )
    return record, answers


def _blind(spec: ProbeSpec, mine: Sequence[Answer]) -> tuple[float, ...]:
    truths = torch.tensor([one.truth for one in mine])
    if spec.kind != "categorical":
        return (float(truths.mean()),)
    return tuple(torch.bincount(truths.long(), minlength=len(spec.classes)).double().div(len(mine)).tolist())


def _judged(
    spec: ProbeSpec, mine: Sequence[Answer], way: str, blind: tuple[float, ...], names: Sequence[str]
) -> MetricValue | None:
    known = [one for one in mine if way in one.said]
    if not known:
        return None
    said, truth = (torch.tensor(values) for values in zip(*((one.said[way], one.truth) for one in known), strict=True))
    people = torch.tensor([names.index(one.known.photograph.person) for one in known])
    if spec.kind != "regression":
        said, truth = said.long(), truth.long()
    return judge(spec, said, blind, truth, None, people)[0]
