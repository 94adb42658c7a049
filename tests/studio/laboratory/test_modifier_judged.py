"""A modifier that learnt its own people by heart is found out by attackers who learn on others."""

import torch

from explorer.studio.laboratory.modifier_judged import PartedFaces, faces_by_part, strangers, told_best
from tests.science.leakage_kit import made_up_corpus
from tests.science.training.test_modification import planted


def test_who_hides_the_attribute_of_its_own_people_alone_hides_nothing():
    faces, identity = planted(faces=900)
    rows = torch.arange(900)
    learnt, others, held_out, test = (faces.only(rows[rows // 4 % 9 == part]) for part in (0, 1, 2, 3))
    parts = PartedFaces(learnt, others, held_out, test, 0)
    known = {tuple(one.tolist()): number for number, one in enumerate(learnt.embeddings)}
    hidden = identity[rows // 4 % 9 == 0]

    def by_heart(vectors):
        found = [known.get(tuple(one.tolist())) for one in vectors]
        return torch.stack([one if at is None else hidden[at] for one, at in zip(vectors, found, strict=True)])

    assert told_best(parts, by_heart).best.value > 0.95


def test_strangers_are_a_third_of_the_people_whatever_the_order():
    people = torch.arange(90).repeat(2)
    chosen = strangers(people)
    assert len(chosen) == 30
    assert torch.equal(chosen, strangers(people.flip(0)))


def test_nobody_is_in_two_parts():
    parts = faces_by_part(made_up_corpus(400, 16), "made-up", "gender")
    sides = [set(one.base.tolist()) for one in (parts.learnt, parts.strangers, parts.held_out, parts.test)]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides))
