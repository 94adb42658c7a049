"""Whether a debiased encoder's leak is closed, and what it is worth: the encoder as it was and debiased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.science.debiasing.faces import LabelledFaces
from explorer.science.debiasing.record import DebiasedRecord, Leak, Verified
from explorer.science.evaluation.accepting import Pairs
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.laboratory.degradations import DEGRADATIONS, degraded
from explorer.science.laboratory.modification import ModificationError
from explorer.science.laboratory.modifier import FreshProbes
from explorer.science.recognition.base import Encoder, Metric
from explorer.science.training.corpus import embed
from explorer.science.training.debiasing import embeddings_of
from explorer.science.training.fresh_probes import crossed_probes, fresh_probes
from explorer.science.training.modification import AttributeFaces
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.laboratory.paired_sets import paired_set
from explorer.studio.populations.debiasing_material import PeopleMaterial, labelled

Step = Callable[[int, int], None]
BEFORE, AFTER = "before", "after"
ITS_PEOPLE, OTHERS = "the encoder's", "others"
# What the unseen people of a set are called where they are verified.
AMONG = "the set's other people"
# Behind a set's name, how its photographs are made worse: "orl+noise".
_WORSE = "+"
UNSEEN = ("calibration", "test")


@dataclass(frozen=True, eq=False)
class SeenPeople:
    """People of a set under an encoder as it was and debiased.

    rows: of the material, of "train", whom the encoder may have learnt, and "unseen", whom it has not.
    embeddings: (N, D) of them, by side and by `BEFORE` and `AFTER`.
    """

    material: PeopleMaterial
    rows: Mapping[str, Tensor]
    embeddings: Mapping[tuple[str, str], Tensor]


def see_people(bodies: Mapping[str, nn.Module], material: PeopleMaterial, record: DebiasedRecord) -> SeenPeople:
    """Embed a set's people by networks by `BEFORE` and `AFTER`."""
    sides = {"train": material.only("train"), "unseen": material.only(*UNSEEN)}
    rows = {side: its for side, its in sides.items() if len(its)}
    faces = {side: _labelled(material, its, record) for side, its in rows.items()}
    found = {(side, when): embeddings_of(body, its) for side, its in faces.items() for when, body in bodies.items()}
    return SeenPeople(material, rows, found)


def leaks_of(
    seen: SeenPeople, record: DebiasedRecord, left_out: Callable[[str], object], epochs: int | None = None
) -> tuple[Leak, ...]:
    """What probes trained afresh tell, before and after, of people of whom the encoder has learnt nothing.

    The probes learn once on the set's people for training, whom the encoder may have learnt, and once on other people
    whom it has not seen either: what an encoder does to those whom it knows says little of a probe on others.

    Args:
        left_out: is told of what cannot be judged. epochs: of the probes.
    """
    faces = {side: _labelled(seen.material, rows, record) for side, rows in seen.rows.items()}
    found = list[Leak]()
    for attribute in record.attributes:
        for learnt_from in (ITS_PEOPLE, OTHERS):

            def told(
                when: str,
                name: str = attribute.name,
                classes: tuple[str, ...] = attribute.classes,
                learnt_from: str = learnt_from,
            ) -> FreshProbes:
                if not faces.keys() >= {"unseen", *(["train"] if learnt_from == ITS_PEOPLE else [])}:
                    raise ModificationError("the set has no such people")
                of = {side: _of_classes(its, seen.embeddings[side, when], name, classes) for side, its in faces.items()}
                if learnt_from == OTHERS:
                    return crossed_probes(of["unseen"], epochs=epochs)
                return fresh_probes(of["train"], of["unseen"], epochs=epochs)

            try:
                before, after = told(BEFORE), told(AFTER)
            except ModificationError as error:
                left_out(f"{attribute.name}, probes learning on {learnt_from}: {error}")
                continue
            found.append(Leak(attribute=attribute.name, learnt_from=learnt_from, before=before, after=after))
    return tuple(found)


def _of_classes(faces: LabelledFaces, embeddings: Tensor, name: str, classes: tuple[str, ...]) -> AttributeFaces:
    """Faces of the classes that were hidden; those that hardly any face has took no part."""
    numbers = torch.tensor([faces.names[name].index(one) for one in classes])
    rows = torch.isin(faces.classes[name], numbers).nonzero().flatten()
    its = (faces.classes[name][rows, None] == numbers).long().argmax(1)
    return AttributeFaces(embeddings[rows], its, faces.people[rows], classes)


def verified_among(seen: SeenPeople, measure: Metric) -> Verified:
    """TPR at FPR 1e-3 of all pairs of a set's people of whom the encoder has learnt nothing, before and after.

    Raises:
        PairsError: there are no such pairs.
    """
    whose = seen.material.people[seen.rows.get("unseen", torch.zeros(0, dtype=torch.int64))]
    pairs = Pairs(whose.tolist())
    vectors = {when: seen.embeddings["unseen", when] for when in (BEFORE, AFTER)}
    return _verified(AMONG, len(whose.unique()), "all pairs", pairs, vectors, measure)


def _labelled(material: PeopleMaterial, rows: Tensor, record: DebiasedRecord) -> LabelledFaces:
    medians = {one.name: one.median for one in record.attributes if one.median is not None}
    return labelled(material, rows, [one.name for one in record.attributes], medians)


def _verified(
    name: str, people: int, protocol: str, pairs: Pairs, vectors: Mapping[str, Tensor], measure: Metric
) -> Verified:
    passing = {when: pairs.accepted(pairs.scores(its, its, measure), measure) for when, its in vectors.items()}
    return Verified(
        set=name,
        people=people,
        pairs=protocol,
        before=passing[BEFORE].tar,
        after=passing[AFTER].tar,
        gained=passing[AFTER].gained_over(passing[BEFORE]),
    )


def verified_on(name: str, encoders: Mapping[str, Encoder], networks: Networks, step: Step) -> Verified:
    """TPR at FPR 1e-3 of a set's pairs, before and after.

    Args:
        name: orl, openpeople or a folder, whose `pairs.txt` is followed where it has one; with `+noise` or `+32px`
            behind it its photographs are made so much worse. encoders: by `BEFORE` and `AFTER`.

    Raises:
        UserError: there is no such set, or no photograph of it shows a usable face.
        MissingNetwork: the set, or the detector, is not in the cache. PairsError: it has no pairs.
    """
    called, worse = _parted(name)
    chosen = paired_set(called)
    found, vectors = list[SetPhotograph](), dict[str, list[Tensor]]({BEFORE: [], AFTER: []})
    detector, wanted = networks.detector(), chosen.photographs.photographs
    for done, one in enumerate(wanted):
        step(done, len(wanted))
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
            with torch.no_grad():
                seen = embed(encoders, *(degraded(photograph, face, worse) if worse else (photograph, face)))
        except FaceError:
            continue
        found.append(one)
        for when, vector in seen.items():
            vectors[when].append(vector)
    step(len(wanted), len(wanted))
    if not found:
        raise UserError(f"{name}: no usable face is found")
    pairs, _ = chosen.pairs(tuple(found))
    stacked = {when: torch.stack(its).float() for when, its in vectors.items()}
    people, measure = len({one.person for one in found}), encoders[BEFORE].spec.measure
    return _verified(name, people, chosen.protocol, pairs, stacked, measure)


def _parted(name: str) -> tuple[str, str]:
    """A set's name and how it is made worse, "" where it is not.

    Raises:
        UserError: there is no such way.
    """
    called, _, worse = name.rpartition(_WORSE)
    if not called or "/" in worse:
        return name, ""
    if worse not in DEGRADATIONS:
        raise UserError(f"{name}: photographs are made worse by {', '.join(DEGRADATIONS)}")
    return called, worse


def leak_lines(leaks: Sequence[Leak]) -> list[str]:
    """What is told, in a line each."""
    lines = []
    for one in leaks:
        lost = one.margin_lost
        words = "" if lost is None else f": {100 * lost:.0f} % of what lay above chance is gone"
        lines.append(f"{one.attribute}, probes learning on {one.learnt_from}{words}")
        lines += [f"  before: {one.before.words()}", f"  after:  {one.after.words()}"]
    return lines


def verified_line(one: Verified) -> str:
    """Such as "orl, 40 people, all pairs: TPR at FPR 0.001 0.98 -> 0.97 (-0.01, -0.02 to 0.00)"."""
    low, high = (one.gained.value if end is None else end for end in (one.gained.low, one.gained.high))
    rates = f"{one.before.value:.3f} -> {one.after.value:.3f} ({one.gained.value:+.3f}, {low:+.3f} to {high:+.3f})"
    return f"{one.set}, {one.people} people, {one.pairs}: TPR at FPR 0.001 {rates}"
