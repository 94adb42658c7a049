"""How much of a whole run is done, as one share: starts, contest, steps, the result drawn and scored.

It only grows, but where another contest is held: then there is more to do than was known.

The unit is a second of two cores: what it takes to draw an image, to judge it and to follow it back.
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.science.inversion.phases import COARSE_RESOLUTION, Phase, coarse_evaluations, run_phases
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.state import RunState

# By the side of the image in pixels; one of 1024 px takes the same synthesis as one of 512, and twice the judging.
_COSTS = {128: 0.12, 256: 0.24, 512: 0.5, 1024: 0.6}
# Drawing the result and scoring it needs no way back, and is done once for every encoder.
_RESULT = 0.6
# Networks are mostly there; where they are loaded first, the bar begins with them.
LOADING_SHARE = 0.03


def share_done(
    settings: InversionSettings,
    starts: tuple[int, int],
    steps: int,
    *,
    competing: int,
    scoring: bool = False,
    warm: bool = False,
) -> float:
    """The share of a run that is done, in [0, 1].

    Args:
        starts: evaluations of a start, made and in all; (0, 0) where there is no contest.
        steps: how many steps were made, the start among them.
        competing: how many starts there are; 0 where there is no contest.
        scoring: whether the steps are over, however many there are.
        warm: whether it goes on from a step of an earlier run.
    """
    coarse = coarse_evaluations(settings, competing)
    done, total = (
        min(made, coarse) * _COSTS[COARSE_RESOLUTION] + max(made - coarse, 0) * _COSTS[settings.resolution]
        for made in starts
    )
    phases = run_phases(settings, warm=warm)
    all_steps = steps_work(phases, settings.steps + 1)
    if scoring:
        made = total + all_steps
    elif steps:
        made = total + steps_work(phases, steps)
    else:
        made = done
    return LOADING_SHARE + (1 - LOADING_SHARE) * made / (total + all_steps + _RESULT)


def run_share(run: RunState, loaded: float) -> float:
    """The share of the run in view that is done, in [0, 1].

    Args:
        loaded: share of its networks that are there, as long as nothing else is known of it.
    """
    if run.contest is None and not run.steps:
        return LOADING_SHARE * min(max(loaded, 0.0), 1.0)
    starts, competing = (0, 0), 0
    if run.contest is not None:
        starts, competing = (run.contest.done, run.contest.work), run.contest.starts
    warm, scoring = run.branch is not None, run.status == "finishing"
    return share_done(run.settings, starts, len(run.steps), competing=competing, scoring=scoring, warm=warm)


def steps_work(phases: Sequence[Phase], states: int) -> float:
    """The work of the first so many states of a run, the start among them; those that there are not count nothing."""
    work = 0.0
    for phase in phases:
        drawn = min(states, phase.steps + (phase is phases[-1]))
        work += drawn * _COSTS[phase.resolution]
        states -= drawn
    return work
