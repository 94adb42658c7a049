"""The contest of the starts, and another one where its winner has not come near.

Where all starts that lead to a face have been cut, whoever is left stays far from the target, and no search mends that:
it ends as another person whom the attacked encoder takes for the one sought. On twenty portraits the winners of a
contest had come to a cosine of 0.86 to 0.93, but for one at 0.81, whose result was a stranger to every other encoder.
The bound was chosen on these twenty, for arcface-mbf; cosines of dlib's ResNet are always above it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.inversion.objective import Objective
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import LARGEST_SEED, StartOrigin
from explorer.science.inversion.starts import Start, choose_start, draw_starts
from explorer.science.inversion.step import StartsProgress
from explorer.science.iteration import Steps


@dataclass(frozen=True, eq=False)
class Field:
    """What a contest is held with.

    objective: judges the starts. target: (D,). regressor: proposes some of the first contest's, as of `draw_starts`.
    weights: of the loss terms. should_stop: asked between chunks.
    """

    objective: Objective
    generator: FaceGenerator
    target: Tensor
    regressor: Proposer | None
    weights: Mapping[str, float]
    should_stop: Callable[[], bool]


Competing = Generator[StartsProgress, None, tuple[Start, StartOrigin] | None]


def compete(field: Field) -> Competing:
    """Find the start to go on with.

    Where the winner's cosine is below the settings' `retry`, as many other random starts compete too, numbered on from
    the first ones, and the better of the two winners goes on.

    Returns:
        The start and where it comes from; None where it was stopped.
    """
    settings = field.objective.settings
    candidates, origins = draw_starts(field.generator, settings, field.target, field.regressor)
    proposed, told = origins.count("regressor"), StartsProgress(0, 0, -1.0)
    left = set(range(len(candidates)))
    first = Steps(choose_start(field.objective, candidates, field.weights, field.should_stop))
    for progress in first:
        told = replace(progress, proposed=proposed)
        left -= set(progress.fallen)
        yield told
    start = first.result
    if start is None or settings.contest == 0 or len(candidates) == 1 or start.cosine >= settings.retry:
        return None if start is None else (start, origins[start.number])
    # Who went out at the last cut no progress has told yet.
    winner = yield from _another(field, start, replace(told, fallen=tuple(sorted(left - {start.number}))))
    if winner is None:
        return None
    return winner, "random" if winner is not start else origins[start.number]


def _another(field: Field, best: Start, told: StartsProgress) -> Generator[StartsProgress, None, Start | None]:
    """Hold another contest; the better one of its winner and the one before.

    Args:
        told: of the contest before; its `fallen` went out with its last step.
    """
    settings = field.objective.settings
    # Beyond every seed that can be asked for: nobody's first contest has these starts.
    seed = settings.seed + LARGEST_SEED + 1
    candidates, _ = draw_starts(field.generator, settings, field.target, None, seed)
    left, out = set(range(told.starts, told.starts + len(candidates))), told.fallen
    contest = Steps(choose_start(field.objective, candidates, field.weights, field.should_stop))
    for progress in contest:
        now = _behind(told, progress)
        now, out = replace(now, fallen=(*out, *now.fallen)), ()
        left -= set(now.fallen)
        yield now
    found = contest.result
    if found is None:
        return None
    found = replace(found, number=told.starts + found.number)
    winner = min(best, found, key=lambda one: one.total)
    out = tuple(sorted({best.number, *left} - {winner.number}))
    yield replace(now, done=now.total, leader=None, seen=(), fallen=out)
    return winner


def _behind(before: StartsProgress, now: StartsProgress) -> StartsProgress:
    """The progress of a second contest, told as that of both."""
    first, leader = before.starts, now.leader
    if leader is not None:
        leader = replace(leader, number=leader.number + first, step=leader.step + before.steps)
    return replace(
        now,
        done=before.total + now.done,
        total=before.total + now.total,
        best_cosine=max(before.best_cosine, now.best_cosine),
        leader=leader,
        seen=tuple(replace(one, number=one.number + first) for one in now.seen),
        fallen=tuple(number + first for number in now.fallen),
        starts=first + now.starts,
        proposed=before.proposed,
        steps=before.steps + now.steps,
    )
