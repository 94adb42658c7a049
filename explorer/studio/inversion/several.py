"""Several inversions of one embedding, one after the other, each from starts of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from explorer.science.inversion.invert import Weights
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import Networks
from explorer.studio.inversion.running import (
    FinishedInversion,
    GuidanceReady,
    InversionTarget,
    Rendering,
    run_inversion,
)


@dataclass(frozen=True, eq=False)
class MemberEvent:
    """Something happened in a run, numbered from 0."""

    number: int
    event: GuidanceReady | StartsProgress | InversionStep | Rendering


@dataclass(frozen=True, eq=False)
class MemberDone:
    """A run has ended."""

    number: int
    finished: FinishedInversion


RunningSeveral = Generator[MemberEvent | MemberDone, None, None]


def run_settings(base: InversionSettings, number: int) -> InversionSettings:
    """The settings of one of several runs, numbered from 0: starts of its own, all of them random.

    A regressor proposes the same starts again and again: results that began there would agree for that alone.
    """
    return base.model_copy(update={"seed": (base.seed + number) % 2**31, "regressor": False})


def run_several(
    networks: Networks,
    target: InversionTarget,
    settings: Sequence[InversionSettings],
    *,
    weights: Weights | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunningSeveral:
    """Invert an embedding once for each of some settings.

    Args:
        weights, should_stop: as in `run_inversion`. A run that is stopped counts no more and is the last.

    Yields:
        What happens in each run, and that it has ended.
    """
    for number, chosen in enumerate(settings):
        running = Steps(run_inversion(networks, target, chosen, weights=weights, should_stop=should_stop))
        for event in running:
            yield MemberEvent(number, event)
        finished = running.result
        if finished is None or finished.run.stopped_by == "user":
            return
        yield MemberDone(number, finished)
        if should_stop():
            return
