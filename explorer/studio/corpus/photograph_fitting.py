"""Probes of an encoder from photographs of known people: what was seen of them, who judges, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.names import name_of, shown
from explorer.science.training.folders import FolderListing
from explorer.science.training.photograph_probes import PhotographsError, fit_photograph_probe, people_apart
from explorer.studio.corpus.folders import with_own_labels
from explorer.studio.corpus.photographs_seen import SeenPhotographs
from explorer.studio.errors import UserError


@dataclass(frozen=True, eq=False)
class PeopleSeen:
    """Photographs of people as probes are fitted and judged on them.

    apart: (N,) bool, the photographs of those who only judge. without_face: how many were left out.
    """

    judged: JudgedSet
    apart: Tensor
    without_face: int

    @property
    def words(self) -> str:
        """How many photographs of how many people there are, and what was left out."""
        assert self.judged.people is not None
        people = len(self.judged.people.unique())
        left = f"; {self.without_face} more show no usable face" if self.without_face else ""
        return f"{len(self.apart):,} photographs of {people:,} people{left}"


def people_seen(
    listing: FolderListing, root: Path, seen: SeenPhotographs, keys: Sequence[bytes], encoders: Sequence[str]
) -> PeopleSeen:
    """What is known of a listing's photographs, all of which were looked at.

    Those who judge are the set's own test people where it names enough of them.

    Raises:
        UserError: no photograph shows a face. PhotographsError: they show too few people.
    """
    places = seen.with_a_face(keys)
    if not places:
        raise UserError(f"no usable face is found in the {len(keys)} photographs of {shown(root)}")
    faces, known = [listing.faces[place] for place in places], [keys[place] for place in places]
    labels = with_own_labels(faces, listing.attributes, seen.labels(known))
    every = torch.arange(len(faces))
    numbers = listing.identities()
    judge = people_apart([face.identity for face in faces])
    testing = {face.identity for face in faces if face.split == "test"}
    if listing.published_split and len(testing) >= len(judge):
        judge = testing
    judged = JudgedSet(
        name_of(root.absolute()),
        {encoder: seen.embeddings(known, encoder) for encoder in encoders},
        {name: Truth(every, spec.target(labels[spec.label])) for name, spec in PROBES.items() if spec.label in labels},
        {},
        torch.tensor([numbers[face.identity] for face in faces]),
    )
    apart = torch.tensor([face.identity in judge for face in faces])
    if int((~apart).sum()) == 0:
        raise PhotographsError(f"all people of {shown(root)} are test people: give its training part too")
    return PeopleSeen(judged, apart, len(keys) - len(places))


def fit_encoder(
    people: PeopleSeen, encoder: str, specs: Sequence[ProbeSpec]
) -> Iterator[FittedProbe | PhotographsError]:
    """Each probe of an encoder, or why there is none."""
    for spec in specs:
        try:
            yield fit_photograph_probe(people.judged, encoder, spec, people.apart)
        except PhotographsError as error:
            yield error
