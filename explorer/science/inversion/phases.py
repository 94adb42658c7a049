"""The phases of a run: how many of its steps are drawn at which size, and how its learning rate goes over them.

What is far from the target is judged well enough on a small image, in less than half the time: all starts make their
first steps there. They go on at the size that the settings name. A preview head is not the network,
though: a search can find latents that only the preview shows. The last steps are therefore made on the exact average of
the native image, and they alone decide which step is the best. The rule is here alone: whoever shows, counts or records
the steps of a run asks this module. No torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from explorer.science.generation.registry import GENERATORS
from explorer.science.inversion.settings import InversionSettings

COARSE_RESOLUTION = 128
FINISH_RESOLUTION = 512
_FINISH_RATE = 0.4
_SHARE = 2
_LAST = 3


@dataclass(frozen=True)
class Phase:
    """Steps at one image size.

    steps: how many at most. resolution: side of the image in pixels.
    schedule: steps over which the schedule of the rate runs that begins here; None where the last one goes on.
    share: factor on the rate of a schedule that begins here.

    Example:
        >>> from explorer.science.inversion import InversionSettings, Phase, run_phases
        >>> run_phases(InversionSettings(steps=30, coarse=0, resolution=512, finish=0)) == (Phase(30, 512, 30),)
        True
    """

    steps: int
    resolution: int
    schedule: int | None
    share: float = 1.0


def run_phases(settings: InversionSettings, *, warm: bool = False) -> tuple[Phase, ...]:
    """The phases of a run, in order; at least one, and none without steps.

    Args:
        warm: whether it goes on from a step of an earlier run, which is past the coarse steps.

    Example:
        >>> from explorer.science.inversion import InversionSettings, run_phases
        >>> whole = run_phases(InversionSettings(steps=90, coarse=36, resolution=256, finish=14))
        >>> [(phase.steps, phase.resolution, phase.schedule) for phase in whole]  # sixteen were the contest's
        [(20, 128, 76), (56, 256, None), (14, 512, 14)]
    """
    finish = min(settings.finish, settings.steps)
    before = settings.steps - finish
    # A photograph that is inverted is begun with an answer, and holds no contest.
    warm = warm or settings.targets == "picture"
    coarse = 0 if warm else min(max(_coarse(settings) - contest_steps(settings), 0), before)
    phases = (
        Phase(coarse, COARSE_RESOLUTION, before),
        Phase(before - coarse, settings.resolution, None if coarse else before),
        Phase(finish, max(settings.resolution, FINISH_RESOLUTION), finish, _FINISH_RATE),
    )
    return tuple(phase for phase in phases if phase.steps)


def contest_rounds(settings: InversionSettings, competing: int) -> list[tuple[int, int]]:
    """How many starts take part in each round of the contest, and for how many steps.

    Behind the first cut there are as many as if only the random ones competed, of whichever kind they are.

    Args:
        competing: the random starts and those of a regressor.

    Example:
        >>> from explorer.science.inversion.phases import contest_rounds
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> contest_rounds(InversionSettings(starts=24, contest=2), 27)
        [(27, 2), (12, 2), (6, 4), (3, 8)]
    """
    rounds, size = [(competing, settings.contest)], _kept(settings.starts)
    while size > 1:
        rounds.append((size, sum(steps for _, steps in rounds)))
        size = _kept(size)
    return rounds


def _kept(size: int) -> int:
    """How many of a round go on."""
    return 1 if size <= _LAST else math.ceil(size / _SHARE)


def contest_steps(settings: InversionSettings) -> int:
    """How many steps the winner of the contest makes there; none where the nearest as drawn is taken.

    Example:
        >>> from explorer.science.inversion.phases import contest_steps
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> contest_steps(InversionSettings(starts=24, contest=2)), contest_steps(InversionSettings(contest=0))
        (16, 0)
    """
    return sum(steps for _, steps in contest_rounds(settings, settings.starts))


def coarse_evaluations(settings: InversionSettings, competing: int) -> int:
    """How many of the evaluations of starts are made on the small image, of a contest that nobody ends.

    Example:
        >>> from explorer.science.inversion.phases import coarse_evaluations
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> [coarse_evaluations(InversionSettings(coarse=steps), 27) for steps in (0, 2, 3, 100)]
        [0, 54, 66, 126]
    """
    coarse = _coarse(settings)
    if settings.contest == 0:
        return competing if coarse else 0
    work, begun = 0, 0
    for size, steps in contest_rounds(settings, competing):
        work, begun = work + size * min(max(coarse - begun, 0), steps), begun + steps
    return work


def starts_resolution(settings: InversionSettings, made: int = 0) -> int:
    """Side in pixels of the images by which the starts of a run are judged.

    Args:
        made: how many steps each has made.

    Example:
        >>> from explorer.science.inversion.phases import starts_resolution
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> [starts_resolution(InversionSettings(coarse=2), made) for made in (0, 1, 2)]
        [128, 128, 256]
    """
    return COARSE_RESOLUTION if made < _coarse(settings) else settings.resolution


def _coarse(settings: InversionSettings) -> int:
    """How many of the first steps are drawn on the small image, the contest's among them."""
    # Another generator need not have a preview of this size: what is asked for is then drawn as always. One that a
    # record names and that is not on this machine draws nothing here.
    entry = GENERATORS.get(settings.generator)
    there = entry is not None and COARSE_RESOLUTION in entry.spec.previews
    return settings.coarse if there and settings.resolution > COARSE_RESOLUTION else 0


def drawn_resolutions(settings: InversionSettings, *, warm: bool = False) -> tuple[int, ...]:
    """Every side in pixels at which a run judges images, ascending.

    Example:
        >>> from explorer.science.inversion.phases import drawn_resolutions
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> drawn_resolutions(InversionSettings(coarse=2, resolution=256, finish=0))
        (128, 256)
    """
    starts = () if warm else tuple(starts_resolution(settings, made) for made in (0, *range(contest_steps(settings))))
    return tuple(sorted({*starts, *(phase.resolution for phase in run_phases(settings, warm=warm))}))


def last_steps(phases: Sequence[Phase]) -> tuple[int, ...]:
    """The index of the last state that is drawn in each phase: the one behind the last step of a phase is the next's.

    Example:
        >>> from explorer.science.inversion.phases import last_steps, run_phases
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> last_steps(run_phases(InversionSettings(steps=90, coarse=36, finish=14)))
        (19, 75, 90)
    """
    *before, end = accumulate(phase.steps for phase in phases)
    return (*(made - 1 for made in before), end)


def size_in_words(settings: InversionSettings, resolution: int) -> str:
    """The size of a run's image, with the name of the phase where it is not the settings' own: "coarse, 128 px".

    Example:
        >>> from explorer.science.inversion.phases import size_in_words
        >>> from explorer.science.inversion.settings import InversionSettings
        >>> [size_in_words(InversionSettings(resolution=256), size) for size in (128, 256, 512)]
        ['coarse, 128 px', '256 px', 'finish, 512 px']
    """
    if resolution == settings.resolution:
        return f"{resolution} px"
    return f"{'coarse' if resolution < settings.resolution else 'finish'}, {resolution} px"
