"""Where an inversion begins: starts, random and proposed, that descend side by side until one is left.

How near a start is as drawn says next to nothing about how far the search gets from it (thesis 4.2.1: "prone to
convergence on local minima"); how far its first steps take it says more, and the more of them the more. Hence a contest
by successive halving (Jamieson & Talwalkar 2016): the better half goes on, for twice as many steps in all each time.
Cut sooner or by thirds, the few starts that lead to some faces are lost: of 24 only three do to the hardest people.
A regressor's proposals (4.2.1) take part beside the random starts, and the first cut leaves as many as without them:
where the regressor knows nothing of a face, a random start wins. They take no random start's place: a proposal is ahead
as drawn and may lead into a dead end, and a random start that would have overtaken it must then be there. On twelve
posture photographs the winner's cosine after 16 steps was 0.897 on average with 24 random starts, 0.900 with six
proposals in place of any six of them, which ended below 0.85 more often (0.11 against 0.08 of the faces), and 0.903
with three more, as often as without; six more than 24 changed nothing but the time.
The contest's end need not be waited for where it is plain (`InversionSettings.lead`); but by default it is: with a
margin of a tenth 23 of 126 evaluations were saved on average, and of twenty portraits one or two were lost, whose
leader behind the first cut was ahead by more than that and went on to another face. The winner makes the steps that are
left by itself, and so begins the search where the whole contest would have led it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.science.device_memory import at_once, in_pieces
from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.generation.registry import generator_spec
from explorer.science.generation.spec import Space
from explorer.science.inversion.descent import Descent
from explorer.science.inversion.objective import Evaluation, Objective
from explorer.science.inversion.phases import contest_rounds, contest_steps, starts_resolution
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings, StartOrigin
from explorer.science.inversion.step import Leader, SeenStart, StartsProgress
from explorer.science.inversion.terms import TERMS

# Starts drawn at once: few enough that a cancel is answered within a second on two cores, and that they need no more
# memory than the last steps at 512 px.
# Of so many starts one more is the regressor's.
_PROPOSED = 8


@dataclass(frozen=True, eq=False)
class Start:
    """The start that was chosen.

    descent: with what the contest has taught the optimiser. points: the five points of its face, on an image of
    `resolution` pixels a side.
    number: which of the starts it was, in the order of `draw_starts`.
    total, cosine: as the contest last judged it, before its last step.
    """

    descent: Descent
    points: Tensor
    resolution: int
    number: int
    total: float
    cosine: float


@dataclass(frozen=True, eq=False)
class WarmStart:
    """A step of an earlier run that another goes on from, in place of starts.

    latent: (K,), or (L, K) for W+ (`GeneratorSpec`), in the space of the settings of the run that goes on.
    steps: how many had been made to get there, counted through all earlier runs.
    """

    latent: Tensor
    steps: int


@dataclass(frozen=True, eq=False)
class SelectedStart:
    """A start, where it came from, and the seconds that choosing it took."""

    start: Start
    origin: StartOrigin
    seconds: float


class StartCache:
    """The start that was chosen last, for runs that would choose the same one: an ablation asks for it three times.

    A run that takes it goes on as if it had held the contest, to the last bit. Not to be shared between threads.
    """

    def __init__(self) -> None:
        self._last: tuple[tuple[object, ...], SelectedStart] | None = None

    def recall(self, key: tuple[object, ...]) -> SelectedStart | None:
        """A copy of what was chosen by the same key; None where that was not the last."""
        return copy.deepcopy(self._last[1]) if self._last is not None and self._last[0] == key else None

    def keep(self, key: tuple[object, ...], chosen: SelectedStart) -> None:
        """Remember a start before it is gone on from.

        Args:
            key: all that the choice follows from.
        """
        self._last = key, copy.deepcopy(chosen)


def choice_key(
    settings: InversionSettings, target: Tensor, weights: Mapping[str, float], regressor: Proposer | None
) -> tuple[object, ...]:
    """All that the choice of a start by the identity follows from, apart from the networks.

    Args:
        target: (D,). weights: of the loss terms.
    """
    others = {"weights", "targets", "histogram", "tolerance", "finish", "score_every", "stop_cosine", "patience"}
    others |= {"framings"}
    unguided = tuple((name, weights[name]) for name, term in TERMS.items() if term.needs is None)
    # How many steps of the search are coarse is nothing to the starts.
    sizes = tuple(starts_resolution(settings, made) for made in (0, *range(contest_steps(settings))))
    same = settings.model_dump_json(exclude=others | {"coarse"})
    return same, sizes, target.cpu().numpy().tobytes(), unguided, regressor


Choosing = Generator[StartsProgress, None, Start | None]


def choose_start(
    objective: Objective,
    candidates: Tensor,
    weights: Mapping[str, float],
    should_stop: Callable[[], bool],
) -> Choosing:
    """Find the start to go on with.

    Args:
        candidates: as `draw_starts`.
        weights: of the loss terms; the contest is for the lowest total of those that the objective has.
        should_stop: asked between chunks.

    Returns:
        The start, its contest's steps made; None where it was stopped.
    """
    settings = objective.settings
    if settings.contest and len(candidates) > 1:
        return (
            yield from _successive_halving(
                objective, Descent(candidates, settings, settings.steps), weights, should_stop
            )
        )
    return (yield from _nearest(objective, candidates, should_stop))


def proposed(settings: InversionSettings) -> int:
    """How many starts a regressor proposes beside the settings' random ones: an eighth of these, and at least one."""
    return max(1, settings.starts // _PROPOSED)


def draw_starts(
    generator: FaceGenerator,
    settings: InversionSettings,
    target: Tensor,
    regressor: Proposer | None,
    seed: int | None = None,
) -> tuple[Tensor, tuple[StartOrigin, ...]]:
    """The random starts in the settings' space, behind those of the regressor.

    Args:
        target: (D,) the embedding that is sought.
        regressor: to Z for a search in Z, to W otherwise, or to W+ for one in W+; all starts are random where None.
        seed: of the random starts; the settings' where None.

    Returns:
        Latents (N, K), or (N, L, K) for W+, one w in all layers but for a regressor's to W+; and where each comes from.
    """
    z, w = generator.sample(settings.starts, settings.seed if seed is None else seed, settings.truncation)
    latents = z if settings.space == "Z" else w
    latents = in_space(latents, generator, settings.space)
    count = 0 if regressor is None else proposed(settings)
    if regressor is not None:
        answers = regressor.propose(target, count, settings.seed).to(latents)
        latents = torch.cat([in_space(answers, generator, settings.space), latents])
    origins: list[StartOrigin] = ["regressor"] * count
    origins += ["random"] * settings.starts
    return latents, tuple(origins)


def in_space(latents: Tensor, generator: FaceGenerator, space: Space) -> Tensor:
    """Latents (N, K) as a search in a space begins with them: one w in all layers of W+; those of W+ as they are."""
    if space == "W+" and latents.ndim == 2:
        return latents[:, None].repeat(1, generator.spec.style_layers, 1)
    return latents


def to_space(latent: Tensor, before: InversionSettings, now: InversionSettings) -> Tensor:
    """A latent of an earlier run as a search with other settings begins with it: one w goes into all layers of W+.

    Raises:
        ValueError: it has no counterpart in the space that is searched now, or is another generator's.
    """
    space, wanted = before.space, now.space
    if before.generator != now.generator:
        raise ValueError(f"a search through {now.generator} cannot go on from a latent of {before.generator}")
    if space == wanted:
        return latent
    if (space, wanted) == ("W", "W+"):
        return latent[None].repeat(generator_spec(now.generator).style_layers, 1)
    raise ValueError(f"a search in {wanted} cannot go on from a latent of {space}: choose {space} as the space")


def _nearest(objective: Objective, candidates: Tensor, should_stop: Callable[[], bool]) -> Choosing:
    """The start whose embedding is nearest to the target as drawn."""
    seen: list[Evaluation] = []
    best, resolution = -1.0, starts_resolution(objective.settings)

    def look(some: Tensor) -> Evaluation:
        with torch.no_grad():
            return objective.evaluate(some, None, resolution)

    count = _chunk(objective.settings, resolution, candidates.device)
    for chunk, evaluation in in_pieces(candidates, count, look):
        seen.append(evaluation)
        cosines = _cosines(objective, seen[-1])
        best = max(best, float(cosines.max()))
        made = sum(len(one.candidate.points) for one in seen)
        shown = _seen(range(made - len(chunk), made), 0, seen[-1], cosines, seen[-1].losses["identity"])
        yield StartsProgress(made, len(candidates), best, seen=shown, starts=len(candidates))
        if should_stop():
            return None
    losses = torch.cat([one.losses["identity"] for one in seen])
    nearest = int(losses.argmin())
    points = torch.cat([one.candidate.points for one in seen])[nearest : nearest + 1]
    descent = Descent(candidates[nearest : nearest + 1], objective.settings, objective.settings.steps)
    cosine = torch.cat([_cosines(objective, one) for one in seen])[nearest]
    return Start(descent, points, resolution, nearest, float(losses[nearest]), float(cosine))


def _successive_halving(
    objective: Objective, descent: Descent, weights: Mapping[str, float], should_stop: Callable[[], bool]
) -> Choosing:
    """Let all descend, keep the better half, and again, until few are left, of which the best is kept."""
    settings = objective.settings
    rounds = contest_rounds(settings, len(descent.latents))
    contest = _Contest(objective, descent, weights, rounds)
    left = [size for size, _ in rounds[1:]] + [1]
    for (_, steps), going_on in zip(rounds, left, strict=True):
        for made in range(1, steps + 1):
            totals = yield from contest.step(should_stop)
            if totals is None:
                return None
            if contest.cut and _clearly_ahead(totals, settings.lead):
                contest.keep(totals, 1)
            elif made == steps:
                contest.keep(totals, going_on)
    return contest.winner()


class _Contest:
    """Starts that descend side by side, and those that are left of them.

    rounds: as `contest_rounds`; how long it will last unless it is ended.
    """

    def __init__(
        self, objective: Objective, descent: Descent, weights: Mapping[str, float], rounds: Sequence[tuple[int, int]]
    ) -> None:
        self._objective, self._descent, self._weights = objective, descent, weights
        self._resolution = starts_resolution(objective.settings)
        self._points, self._made = torch.empty(0), 0
        self._totals = self._cosines = torch.empty(0)
        self._numbers, self._fallen = list(range(len(descent.latents))), tuple[int, ...]()
        work, steps = sum(size * steps for size, steps in rounds), sum(steps for _, steps in rounds)
        self._told = StartsProgress(0, work, -1.0, starts=len(self._numbers), steps=steps)

    @property
    def cut(self) -> bool:
        """Whether some have gone out."""
        return len(self._numbers) < self._told.starts

    def step(self, should_stop: Callable[[], bool]) -> Generator[StartsProgress, None, Tensor | None]:
        """Let all that are left make a step; their totals before it, or None where it was stopped between chunks."""
        objective, descent, totals, found, all_cosines = self._objective, self._descent, [], [], []
        leader = _Leading(objective, len(self._numbers), self._made)
        resolution, before = starts_resolution(objective.settings, self._made), self._resolution
        self._resolution, fresh = resolution, self._made % objective.settings.realign_every == 0

        def look(part: Tensor) -> tuple[Evaluation, Tensor]:
            known = None if fresh or resolution != before else self._points[part]
            evaluation = objective.evaluate(descent.latents[part], known, resolution)
            each = evaluation.total(self._weights)
            # The starts do not touch each other: the gradient of the sum is each one's own.
            descent.gather(each.sum())
            return evaluation, each

        count = _chunk(objective.settings, resolution, descent.latents.device)
        places = torch.arange(len(self._numbers), device=descent.latents.device)
        for part, (evaluation, each) in in_pieces(places, count, look):
            totals.append(each.detach())
            found.append(evaluation.candidate.points)
            cosines, numbers = _cosines(objective, evaluation), [self._numbers[one] for one in part.tolist()]
            all_cosines.append(cosines)
            leader.see(numbers, each.detach(), cosines, descent.latents[part], evaluation)
            seen = _seen(numbers, self._made, evaluation, cosines, each)
            del evaluation, each
            done, best = self._told.done + len(part), max(self._told.best_cosine, float(cosines.max()))
            self._told = replace(self._told, done=done, best_cosine=best)
            yield replace(self._told, leader=leader.known(), seen=seen, fallen=self._fallen)
            self._fallen = ()
            if should_stop():
                return None
        descent.move()
        self._points, self._made = torch.cat(found), self._made + 1
        self._totals, self._cosines = torch.cat(totals), torch.cat(all_cosines)
        return self._totals

    def keep(self, totals: Tensor, count: int) -> None:
        """Go on with those of the lowest totals; one that is left alone has only its own steps to make."""
        chosen = totals.argsort()[:count]
        self._descent.keep(chosen)
        self._totals, self._cosines = self._totals[chosen], self._cosines[chosen]
        self._points, before = self._points[chosen], self._numbers
        self._numbers = [before[one] for one in chosen.tolist()]
        self._fallen = tuple(one for one in before if one not in self._numbers)
        if len(self._numbers) == 1:
            self._told = replace(self._told, total=self._told.done + self._told.steps - self._made)

    def winner(self) -> Start:
        """The one that is left."""
        total, cosine = float(self._totals[0]), float(self._cosines[0])
        return Start(self._descent, self._points, self._resolution, self._numbers[0], total, cosine)


def _clearly_ahead(totals: Tensor, lead: float) -> bool:
    """Whether the lowest of several totals is by so large a share below the next one."""
    if lead == 0 or len(totals) == 1:
        return False
    first, second = totals.sort().values[:2].tolist()
    return bool(first <= (1 - lead) * second)


def _chunk(settings: InversionSettings, resolution: int, device: torch.device) -> int:
    """How many starts are drawn at once. Only coarse ones may be more: results differ in the last bit otherwise."""
    return at_once("start" if resolution == settings.resolution else "coarse start", device)


def _cosines(objective: Objective, evaluation: Evaluation) -> Tensor:
    """(B,) to the target."""
    embeddings = evaluation.candidate.embedding.detach()
    return torch.cosine_similarity(embeddings, objective.target.embedding[None])


def _seen(
    numbers: Sequence[int], step: int, evaluation: Evaluation, cosines: Tensor, totals: Tensor
) -> tuple[SeenStart, ...]:
    """Some starts as they were just evaluated, for whoever looks on: nothing of the search follows from them."""
    images = evaluation.candidate.image.detach()
    judged = zip(numbers, images, cosines.tolist(), totals.detach().tolist(), strict=True)
    return tuple(SeenStart(number, step, image, cosine, total) for number, image, cosine, total in judged)


class _Leading:
    """Keeps the one of the lowest total among the parts of `competing` starts, of which each is seen once.

    step: how many steps of the contest they have made.
    """

    def __init__(self, objective: Objective, competing: int, step: int) -> None:
        self._objective = objective
        self._competing, self._step, self._seen = competing, step, 0
        self._leader: Leader | None = None

    def see(
        self, numbers: Sequence[int], totals: Tensor, cosines: Tensor, latents: Tensor, evaluation: Evaluation
    ) -> None:
        """Take note of some starts."""
        self._seen += len(totals)
        ahead = int(totals.argmin())
        total = float(totals[ahead])
        if self._leader is None or total < self._leader.total:
            self._leader = Leader(
                latents[ahead].detach().cpu().clone(),
                evaluation.candidate.image[ahead].detach().clone(),
                float(cosines[ahead]),
                self._competing,
                number=numbers[ahead],
                step=self._step,
                score=self._objective.score(evaluation.candidate.embedding[ahead]),
                losses={name: float(loss[ahead].detach()) for name, loss in evaluation.losses.items()},
                total=total,
            )

    def known(self) -> Leader | None:
        """The leader, once all have been seen."""
        return self._leader if self._seen == self._competing else None
