"""Which convention a network wants its faces by: each is tried on photographs of known people, few at first.

What separates people best is proposed. The rounds: rough ones on a few photographs of each person; those that did best
once more, with what lies near them, on twice as many; the best of these on all. A network that needs more arithmetic is
tried with less, so that a round takes about the same time; how much follows from the network alone, not from a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from explorer.science.evaluation.separation import Separation, separation
from explorer.science.recognition.imported.conventions import InputConvention, Size, in_both_orders

# The areas of two conventions that differ by less are told apart by how far the scores lie apart.
_ALIKE = 1e-3
# By how much Euclidean distance must be better than the cosine before it is proposed.
_CLEARLY = 2e-3
# Of the sizes that a network takes, so many are tried.
_SIZES = 4
# Photographs of each person in the first round; the second has twice as many.
_FEW = 2
MARGINS = (1.0, 1.1, 1.2, 1.3)
_VGGFACE2 = (131.0912, 103.8827, 91.4953)
_CAFFE = (103.939, 116.779, 123.68)


@dataclass(frozen=True)
class TriedConvention:
    """One line of the table. photographs: on how many. final: whether on all of them; then alone with an interval."""

    convention: InputConvention
    photographs: int
    final: bool
    found: Separation


class Wanted(Protocol):
    """What the user wants of a convention."""

    def bent(self, one: InputConvention) -> InputConvention:
        """A convention, as wanted."""

    def allow(self, one: InputConvention) -> bool:
        """Whether a convention is as wanted."""


# Embeddings (N, D) of the photographs with these numbers, as a convention has them.
EmbedBy = Callable[[InputConvention, Sequence[int]], Tensor]


@dataclass(frozen=True)
class _Effort:
    """How much is tried. first: conventions of the first round; kept: that go on from the first and from the second."""

    first: int
    kept: tuple[int, int]


# By billions of multiplications and additions for a face, up to which it holds.
_EFFORTS = ((1.5, _Effort(32, (4, 3))), (6.0, _Effort(20, (3, 2))), (float("inf"), _Effort(12, (1, 1))))


def effort_for(operations: float) -> _Effort:
    """How much is tried of a network that takes so many operations (two for a multiplication with addition) a face."""
    return next(effort for limit, effort in _EFFORTS if operations / 2e9 <= limit)


def first_round(proposed: Sequence[InputConvention], most: int) -> tuple[InputConvention, ...]:
    """What is tried first: the makers' own proposals, and each common normalisation in each framing.

    Args:
        proposed: of the network's file, the likeliest first; all of one size.
        most: how many at most.
    """
    size = proposed[0].size
    whitened = InputConvention("arcface", size, per_image=True)
    numbers = (
        InputConvention("arcface", size),
        replace(whitened, mean=(0.0, 0.0, 0.0), scale=(255.0, 255.0, 255.0), per_image=False),
        replace(whitened, mean=(0.0, 0.0, 0.0), scale=(1.0, 1.0, 1.0), per_image=False),
        whitened,
        InputConvention("arcface", size, "RGB", _VGGFACE2, (1.0, 1.0, 1.0)),
        InputConvention("arcface", size, "BGR", _CAFFE, (1.0, 1.0, 1.0)),
    )
    framed = [by(one) for one in numbers for by in (_as_it_is, _boxed, _whole)]
    # A few of the makers' own first, so that none of the framings is crowded out.
    return tuple(dict.fromkeys(map(_cosine, [*proposed[: max(2, most // 4)], *framed, *proposed])))[:most]


def _as_it_is(one: InputConvention) -> InputConvention:
    return one


def _boxed(one: InputConvention) -> InputConvention:
    return replace(one, framing="square-box", margin=1.2)


def _whole(one: InputConvention) -> InputConvention:
    return replace(one, framing="whole-frame")


def _cosine(one: InputConvention) -> InputConvention:
    return replace(one, measure="cosine")


def _plain(one: InputConvention) -> InputConvention:
    """Without what has no meaning in it, so that no convention is tried twice; compared by the cosine."""
    boxed = one if one.framing == "square-box" else replace(one, margin=1.0)
    usual = InputConvention(one.framing, one.size)
    return _cosine(replace(boxed, mean=usual.mean, scale=usual.scale) if one.per_image else boxed)


def near(one: InputConvention, sizes: Sequence[Size] = ()) -> tuple[InputConvention, ...]:
    """A convention and what lies near it: the other order of colours, other margins of the box, 128 for 127.5, and
    other sizes that the network takes."""
    found = list(in_both_orders(one))
    if one.framing == "square-box":
        found += [replace(one, margin=margin) for margin in MARGINS]
    if one.scale == (127.5, 127.5, 127.5) and not one.per_image:
        found.append(replace(one, scale=(128.0, 128.0, 128.0)))
    found += [replace(one, size=size) for size in sizes[:_SIZES]]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Trial:
    """How far a trial is: a line of the table, and how many embeddings of how many are made in this round."""

    round: str
    done: int
    total: int


def try_conventions(
    proposed: Sequence[InputConvention],
    people: Tensor,
    embed: EmbedBy,
    operations: float,
    tell: Callable[[Trial], None] = lambda trial: None,
    wanted: Wanted | None = None,
    sizes: Sequence[Size] = (),
) -> tuple[TriedConvention, ...]:
    """Try the common conventions on photographs of known people.

    Args:
        proposed: the network's own proposals, at least one, the likeliest first.
        people: (N,) whose photograph each is.
        embed: embeds some of them.
        operations: that the network takes for a face.
        tell: is told how far the trial is.
        wanted: leaves out what the user does not want; everything common is tried where None.
        sizes: that the network takes besides that of its proposals.

    Returns:
        The table, what was tried on all photographs first, the best on top; the others as they did on a part of them.

    Raises:
        SeparationError: the photographs hold no pair of one person, or none of two.
    """
    effort, made = effort_for(operations), dict[tuple[InputConvention, int], Tensor]()

    def allowed(some: Sequence[InputConvention]) -> tuple[InputConvention, ...]:
        return tuple(dict.fromkeys(map(_plain, some if wanted is None else map(wanted.bent, some))))

    def round_of(title: str, some: Sequence[InputConvention], rows: Sequence[int]) -> list[TriedConvention]:
        lines = list[TriedConvention]()
        for done, one in enumerate(some):
            tell(Trial(title, done, len(some)))
            missing = [row for row in rows if (one, row) not in made]
            for row, vector in zip(missing, embed(one, missing) if missing else (), strict=True):
                made[one, row] = vector
            vectors = torch.stack([made[one, row] for row in rows])
            lines += [
                line
                for line in _measured(one, vectors, people[list(rows)], final=len(rows) == len(people))
                if wanted is None or wanted.allow(line.convention)
            ]
        tell(Trial(title, len(some), len(some)))
        return sorted(lines, key=_rank, reverse=True)

    rough = round_of("rough", allowed(first_round(proposed, effort.first)), few_of(people, _FEW))
    best = _distinct(rough)[: effort.kept[0]]
    fine = round_of("closer", allowed([other for one in best for other in near(one, sizes)]), few_of(people, 2 * _FEW))
    last = round_of("all photographs", _distinct(fine)[: effort.kept[1]], range(len(people)))
    return _table(last, fine, rough)


def few_of(people: Tensor, each: int) -> tuple[int, ...]:
    """The numbers of so many photographs of each person, spread evenly over those that there are."""
    found = list[int]()
    for person in people.unique():
        rows = torch.nonzero(people == person)[:, 0].tolist()
        step = max(1.0, len(rows) / each)
        found += [rows[int(place * step)] for place in range(min(each, len(rows)))]
    return tuple(sorted(found))


def _measured(one: InputConvention, vectors: Tensor, people: Tensor, final: bool) -> Iterator[TriedConvention]:
    for measure in ("cosine", "euclidean"):
        found = separation(vectors, people, measure, interval=final)
        yield TriedConvention(replace(one, measure=measure), len(vectors), final, found)


def _rank(line: TriedConvention) -> tuple[float, float]:
    """Euclidean distance stands behind the cosine unless it is clearly better; of what is alike, the first."""
    behind = _CLEARLY if line.convention.measure == "euclidean" else 0.0
    return round((line.found.auc - behind) / _ALIKE), round(line.found.apart, 1)


def _distinct(lines: Sequence[TriedConvention]) -> list[InputConvention]:
    """The conventions of a round in its order, whatever their measure."""
    return list(dict.fromkeys(_cosine(line.convention) for line in lines))


def _table(*rounds: Sequence[TriedConvention]) -> tuple[TriedConvention, ...]:
    """Each convention once, as the last round that had it found it."""
    lines = dict[InputConvention, TriedConvention]()
    for one in rounds:
        for line in one:
            lines.setdefault(line.convention, line)
    return tuple(lines.values())
