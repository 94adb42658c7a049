"""How much of a whole run is done, as one share that only grows: starts, contest, steps, the result drawn and scored.

The unit is one image of the preview's size, drawn, judged and followed back. What is larger counts by its area.
"""

from __future__ import annotations

from explorer.science.inversion.settings import FINISH_RESOLUTION, InversionSettings
from explorer.studio.inversion.state import RunState

_NATIVE = 1024
# Drawing the result and scoring it needs no way back, and so about a third of the work of a step of its size.
_RESULT_SHARE = 1 / 3
# Networks are mostly there; where they are loaded first, the bar begins with them.
LOADING_SHARE = 0.03


def share_done(settings: InversionSettings, starts: tuple[int, int], steps: int, *, scoring: bool = False) -> float:
    """The share of a run that is done, in [0, 1].

    Args:
        starts: evaluations of a start, made and in all; (0, 0) where there is no contest.
        steps: how many steps were made, the start among them.
        scoring: whether the steps are over, however many there are.
    """
    done, total = starts
    all_steps = _steps_work(settings, settings.steps + 1)
    result = _RESULT_SHARE * _area(settings, _NATIVE)
    if scoring:
        made = total + all_steps
    elif steps:
        made = total + _steps_work(settings, min(steps, settings.steps + 1))
    else:
        made = done
    return LOADING_SHARE + (1 - LOADING_SHARE) * made / (total + all_steps + result)


def run_share(run: RunState, loaded: float) -> float:
    """The share of the run in view that is done, in [0, 1].

    Args:
        loaded: share of its networks that are there, as long as nothing else is known of it.
    """
    if run.contest is None and not run.steps:
        return LOADING_SHARE * min(max(loaded, 0.0), 1.0)
    starts = (0, 0) if run.contest is None else (run.contest.done, run.contest.work)
    return share_done(run.settings, starts, len(run.steps), scoring=run.status == "finishing")


def _steps_work(settings: InversionSettings, steps: int) -> float:
    """The work of the first so many steps; the last ones of a run are drawn larger."""
    finish = min(settings.finish, settings.steps)
    small = min(steps, settings.steps - finish)
    return small + (steps - small) * (_area(settings, FINISH_RESOLUTION) if finish else 1.0)


def _area(settings: InversionSettings, resolution: int) -> float:
    return float(max(resolution / settings.resolution, 1.0) ** 2)
