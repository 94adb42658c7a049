"""What is left of an attribute once it is taken out of embeddings, and what of verification.

Attackers learn probes afresh on embeddings as they are handed out. Those who learn on the people that the modifier
learnt from are misled: there the attribute is hidden far better than in other people, and what such probes look for
is not what is left in strangers. So the attackers also learn on people whom the modifier has not seen; what counts
is the better of both, probe by probe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.evaluation.accepting import Pairs
from explorer.science.laboratory.modifier import FreshProbes, Modifier, ModifierRecord, Verified
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.dataset import Dataset
from explorer.science.training.fresh_probes import fresh_probes, without
from explorer.science.training.modification import AttributeFaces, faces_of
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.strangers import EmbeddedSet, embed_set

SETS = ("orl", "openpeople")
STRANGERS_SEED = 3
Ways = dict[str, Callable[[Tensor], Tensor]]


@dataclass(frozen=True, eq=False)
class PartedFaces:
    """A corpus's faces by what they are for; nobody is in two parts.

    learnt: the modifier is trained on them, edits among them (`edited` many). strangers: attackers alone learn on
    them. held_out: choose. test: judge.
    """

    learnt: AttributeFaces
    strangers: AttributeFaces
    held_out: AttributeFaces
    test: AttributeFaces
    edited: int


def faces_by_part(data: Dataset, encoder: str, attribute: str) -> PartedFaces:
    """The faces of a corpus under an encoder, with their class of an attribute.

    Raises:
        ModificationError: the corpus does not know the attribute, or holds no embeddings of the encoder.
    """
    held_out, test = (faces_of(data, encoder, attribute, data.rows(split)) for split in ("calibration", "test"))
    rows = data.rows("train")
    # Nobody who chooses or judges takes part, as an edit either.
    rows = rows[~torch.isin(data.base[rows], torch.cat([held_out.base, test.base]))]
    apart = torch.isin(data.base[rows], strangers(data.base[rows]))
    learnt, others = (faces_of(data, encoder, attribute, some, both=True) for some in (rows[~apart], rows[apart]))
    return PartedFaces(learnt, others, held_out, test, int(data.edited[rows[~apart]].sum()))


def strangers(people: Tensor) -> Tensor:
    """The third of people (N,) on whom attackers alone learn; who they are does not depend on the order."""
    every = people.unique()
    order = torch.randperm(len(every), generator=torch.Generator().manual_seed(STRANGERS_SEED))
    chosen: Tensor = every[order[: len(every) // 3]]
    return chosen


def judged_modifier(
    modifier: Modifier,
    faces: PartedFaces,
    sets: Sequence[str],
    networks: Networks,
    left_out: Callable[[str], object],
) -> ModifierRecord:
    """The record of a modifier with what fresh probes tell on the test people, and with what is left of verification.

    Args:
        sets: of photographs, by name. left_out: is told of a set whose photographs are not here.
    """
    record = modifier.record
    ways: Ways = {
        "before": lambda vectors: vectors,
        "network": lambda vectors: modifier(vectors, "network"),
        "linear": lambda vectors: modifier(vectors, "linear"),
    }
    told = {name: told_best(faces, way) for name, way in ways.items()}
    verified = []
    for name in sets:
        try:
            chosen = embed_set(photograph_set(name), [record.encoder], networks)
        except catalogue.MissingNetwork as error:
            left_out(f"{name} is left out: {error}")
            continue
        verified.append(_verified(name, chosen, record.encoder, ways))
    return record.model_copy(update={**told, "verified": tuple(verified)})


def told_best(faces: PartedFaces, way: Callable[[Tensor], Tensor]) -> FreshProbes:
    """Of each probe the better on the test people: learnt on the modifier's own people, or on strangers to it.

    Args:
        way: embeddings (N, D) as they are handed out.
    """
    judges = without(faces.test, way)
    own, others = (fresh_probes(without(some, way), judges) for some in (faces.learnt, faces.strangers))
    return own.stronger(others)


def _verified(name: str, chosen: EmbeddedSet, encoder: str, ways: Ways) -> Verified:
    vectors, people = chosen.embeddings[encoder].float(), chosen.people.tolist()
    pairs, measure = Pairs(people), encoder_spec(encoder).measure
    changed = {way: modify(vectors) for way, modify in ways.items()}
    found = {way: pairs.accepted(pairs.scores(one, one, measure), measure) for way, one in changed.items()}
    passing = found["network"].passing / pairs.impostors
    rates = {way: accepted.tar for way, accepted in found.items()}
    return Verified(set=name, people=len(set(people)), passing=passing, **rates)
