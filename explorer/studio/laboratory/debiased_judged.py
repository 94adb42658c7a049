"""Whether a debiased encoder's leak is closed, and what it is worth: the encoder as it was and debiased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from explorer.science.debiasing.record import DebiasedRecord, Leak, Verified
from explorer.science.evaluation.accepting import Accepted
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.laboratory.degradations import DEGRADATIONS, degraded
from explorer.science.laboratory.modification import ModificationError
from explorer.science.recognition.base import Encoder
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
# Behind a set's name, how its photographs are made worse: "orl+noise".
_WORSE = "+"
UNSEEN = ("calibration", "test")


def leaks_of(
    bodies: Mapping[str, nn.Module],
    material: PeopleMaterial,
    record: DebiasedRecord,
    left_out: Callable[[str], object],
    epochs: int | None = None,
) -> tuple[Leak, ...]:
    """What probes trained afresh tell, before and after, of people of a set of whom the encoder has learnt nothing.

    The probes learn once on the set's people for training, whom the encoder may have learnt, and once on other people
    whom it has not seen either: what an encoder does to those whom it knows says little of a probe on others.

    Args:
        bodies: networks by `BEFORE` and `AFTER`. left_out: is told of what cannot be judged. epochs: of the probes.
    """
    attributes = [one.name for one in record.attributes]
    medians = {one.name: one.median for one in record.attributes if one.median is not None}
    sides = {"train": material.only("train"), "unseen": material.only(*UNSEEN)}
    faces = {side: labelled(material, rows, attributes, medians) for side, rows in sides.items() if len(rows)}
    seen = {(side, when): embeddings_of(body, its) for side, its in faces.items() for when, body in bodies.items()}
    found = list[Leak]()
    for name in attributes:

        def of(side: str, when: str, name: str = name) -> AttributeFaces:
            its = faces[side]
            return AttributeFaces(seen[side, when], its.classes[name], its.people, its.names[name])

        for learnt_from in (ITS_PEOPLE, OTHERS):
            try:
                if "unseen" not in faces or (learnt_from == ITS_PEOPLE and "train" not in faces):
                    raise ModificationError("there are no such people in the set")
                told = {
                    when: fresh_probes(of("train", when), of("unseen", when), epochs=epochs)
                    if learnt_from == ITS_PEOPLE
                    else crossed_probes(of("unseen", when), epochs=epochs)
                    for when in (BEFORE, AFTER)
                }
            except ModificationError as error:
                left_out(f"{name}, probes learning on {learnt_from}: {error}")
                continue
            found.append(Leak(attribute=name, learnt_from=learnt_from, **told))
    return tuple(found)


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
    passing = dict[str, Accepted]()
    for when, its in vectors.items():
        measure, stacked = encoders[when].spec.measure, torch.stack(its).float()
        passing[when] = pairs.accepted(pairs.scores(stacked, stacked, measure), measure)
    return Verified(
        set=name,
        people=len({one.person for one in found}),
        pairs=chosen.protocol,
        before=passing[BEFORE].tar,
        after=passing[AFTER].tar,
        gained=passing[AFTER].gained_over(passing[BEFORE]),
    )


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
