"""How an inversion's state changes as its reports come in: pure functions from one `RunState` to the next."""

from __future__ import annotations

from dataclasses import replace

from explorer.science.inversion.phases import run_phases
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.record import StepRecord
from explorer.studio.inversion.requests import Inverted, StartLeads, StartsSeen, StepRendered, StepTaken
from explorer.studio.inversion.state import RunState
from explorer.studio.inversion.values import Contest
from explorer.studio.inversion.work import steps_work

_RATE_WINDOW = 10


def with_starts(run: RunState, seen: StartsSeen) -> RunState:
    """Show starts as they are drawn and fall."""
    before = run.contest or Contest(seen.starts, seen.proposed, seen.length)
    contest = before.with_seen(seen.seen, seen.fallen)
    # Where another contest is held, there are more starts, and their steps come behind those of the first.
    now = replace(contest, starts=seen.starts, length=seen.length, done=seen.done, work=seen.work)
    return replace(run, contest=now)


def with_leader(run: RunState, leads: StartLeads) -> RunState:
    """Show the start that is ahead while starts compete."""
    contest = run.contest
    if contest is not None and leads.step is not None:
        contest = replace(contest, steps=(*contest.steps, leads.step))
    return replace(run, image=leads.image, leading=(leads.cosine, leads.competing), contest=contest)


def with_step(run: RunState, taken: StepTaken) -> RunState:
    """Add a step. A dropped picture leaves the one before in place; a paused run stays paused."""
    steps = (*run.steps, taken.record)
    return replace(
        run,
        status="running" if run.status == "starting" else run.status,
        steps=steps,
        latents=(*run.latents, taken.latent),
        overlays=(*run.overlays, taken.overlay),
        changes=run.changes + taken.changes,
        image=run.image if taken.image is None else taken.image,
        best_image=run.best_image if taken.best_image is None else taken.best_image,
        best_index=taken.record.index if taken.record.best else run.best_index,
        leading=None,
        seconds=taken.record.seconds,
        rate=step_rate(steps),
        remaining=seconds_left(run.settings, steps, warm=run.branch is not None),
    )


def seconds_left(settings: InversionSettings, steps: tuple[StepRecord, ...], *, warm: bool) -> float | None:
    """Seconds that the steps to come will take, larger ones longer, by what the last ten took; None while unknown.

    Args:
        warm: whether the run goes on from a step of an earlier one.
    """
    phases, made = run_phases(settings, warm=warm), len(steps)
    known = min(made - 1, _RATE_WINDOW)
    if known < 1:
        return None
    # A step is measured behind its state; the first state's came with the choice of the start.
    done = steps_work(phases, made)
    recent = done - steps_work(phases, made - known)
    elapsed = steps[-1].seconds - steps[-1 - known].seconds
    return elapsed / recent * (steps_work(phases, settings.steps + 1) - done) if recent > 0 and elapsed > 0 else None


def step_rate(steps: tuple[StepRecord, ...]) -> float:
    """Steps per second over the last ten steps; 0 while unknown."""
    recent = steps[-_RATE_WINDOW - 1 :]
    if len(recent) < 2:
        return 0.0
    elapsed = recent[-1].seconds - recent[0].seconds
    return (len(recent) - 1) / elapsed if elapsed > 0 else 0.0


def with_result(run: RunState, inverted: Inverted) -> RunState:
    """Add the finished record and the native image."""
    return replace(
        run,
        status="finished",
        native=inverted.native,
        result=inverted.run,
        best_index=inverted.run.best_index,
        seconds=inverted.run.seconds,
        remaining=0.0,
    )


def with_picture(run: RunState, rendered: StepRendered) -> RunState:
    """Show the picture of a step, if that step is still the one asked for."""
    return replace(run, shown_image=rendered.image) if rendered.index == run.shown_index else run
