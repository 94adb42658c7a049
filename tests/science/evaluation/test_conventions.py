"""The trial of conventions: what a network was made for is found, and what the user wants is kept to."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.science.evaluation.conventions import effort_for, few_of, first_round, near, try_conventions
from explorer.science.recognition.imported import InputConvention

USUAL = InputConvention("arcface", (112, 112))
PEOPLE = torch.arange(48) // 6


def embed_as(true: InputConvention, calls: list[int] | None = None):
    """A network that tells people apart the better the nearer a convention is to the true one."""
    random = torch.Generator().manual_seed(5)
    own, noise = torch.randn(8, 16, generator=random), torch.randn(48, 16, generator=random)

    def wrong(one: InputConvention) -> float:
        fields = ("framing", "colour", "per_image", "mean")
        far = sum(getattr(one, name) != getattr(true, name) for name in fields) + (one.scale[0] / true.scale[0] > 2)
        return far + 10 * abs(one.margin - true.margin) * (true.framing == "square-box")

    def embed(one: InputConvention, rows):
        if calls is not None:
            calls.append(len(rows))
        return (own[PEOPLE] + (0.6 + 0.5 * wrong(one)) * noise)[list(rows)]

    return embed


@pytest.mark.parametrize(
    "true",
    [
        USUAL,
        replace(USUAL, colour="BGR"),
        replace(USUAL, mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0)),
        replace(USUAL, framing="square-box", margin=1.1, per_image=True),
        replace(USUAL, framing="whole-frame"),
    ],
)
def test_what_the_network_was_made_for_is_proposed(true):
    best = try_conventions((USUAL,), PEOPLE, embed_as(true), 1e9)[0]
    assert best.final
    assert best.photographs == len(PEOPLE)
    assert replace(best.convention, scale=true.scale) == true
    assert best.convention.measure == "cosine"


def test_every_common_normalisation_is_tried_in_every_framing():
    tried = first_round((USUAL,), effort_for(1e9).first)
    assert {one.framing for one in tried} == {"arcface", "square-box", "whole-frame"}
    assert {one.per_image for one in tried} == {True, False}
    assert {one.scale[0] for one in tried} == {127.5, 255.0, 1.0}
    assert {one.mean[0] for one in tried} >= {127.5, 0.0, 131.0912, 103.939}
    assert len(set(tried)) == len(tried) <= effort_for(1e9).first


def test_what_lies_near_is_tried_in_the_second_round():
    box = replace(USUAL, framing="square-box", margin=1.2)
    assert {one.margin for one in near(box)} == {1.0, 1.1, 1.2, 1.3}
    assert {one.colour for one in near(box)} == {"RGB", "BGR"}
    assert 128.0 in {one.scale[0] for one in near(USUAL)}


def test_a_heavy_network_is_tried_with_less_and_no_face_is_embedded_twice():
    made = {}
    for operations in (1e8, 3e10):
        calls: list[int] = []
        try_conventions((USUAL,), PEOPLE, embed_as(USUAL, calls), operations)
        made[operations] = sum(calls)
    assert made[3e10] < made[1e8] / 2
    assert made[1e8] <= 32 * 16 + 12 * 32 + 3 * 48


def test_the_table_holds_each_convention_once_the_best_of_all_photographs_first():
    table = try_conventions((USUAL,), PEOPLE, embed_as(USUAL), 1e9)
    assert len({line.convention for line in table}) == len(table)
    final = [line.final for line in table]
    assert final == sorted(final, reverse=True)
    assert {line.convention.measure for line in table} == {"cosine", "euclidean"}


def test_what_the_user_wants_is_all_that_is_tried():
    class Boxes:
        def bent(self, one):
            return replace(one, framing="square-box", margin=1.3)

        def allow(self, one):
            return one.measure == "euclidean"

    table = try_conventions((USUAL,), PEOPLE, embed_as(USUAL), 1e9, wanted=Boxes())
    assert {(one.convention.framing, one.convention.margin) for one in table} == {("square-box", 1.3)}
    assert {one.convention.measure for one in table} == {"euclidean"}


def test_a_few_photographs_of_each_person_are_spread_over_all():
    assert few_of(PEOPLE, 2) == tuple(6 * person + number for person in range(8) for number in (0, 3))
    assert few_of(torch.tensor([0, 1, 1]), 2) == (0, 1, 2)
