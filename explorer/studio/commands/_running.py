"""What commands that invert have in common: the device, and the run under a progress bar."""

from __future__ import annotations

import sys

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from explorer.science.inversion.phases import size_in_words
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.studio.catalogue.networks import best_device
from explorer.studio.errors import UserError
from explorer.studio.inversion.running import FinishedInversion, Inverting, Rendering
from explorer.studio.inversion.work import share_done


def chosen_device(name: str | None) -> torch.device:
    """The device that --device names; the best one where it is not given.

    Raises:
        UserError: there is no such device.
    """
    if name is None:
        return best_device()
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name}: there is no such device here; try cpu") from error
    return device


def run_with_progress(running: Inverting, title: str, settings: InversionSettings) -> FinishedInversion:
    """Run an inversion to its end under a progress bar; without a terminal, silently."""
    with progress_bar() as progress:
        task = progress.add_task(f"{title}: starts", total=1.0, note="")
        steps = Steps(running)
        for event in steps:
            show_event(event, title, settings, progress, task)
    finished = steps.result
    assert finished is not None, "only a run that may be stopped can end without a result"
    return finished


def progress_bar() -> Progress:
    """A bar for one inversion, on the standard error; without a terminal, a silent one."""
    # A name may hold what would be taken for markup.
    words = (TextColumn("{task.description}", markup=False), TextColumn("{task.fields[note]}", markup=False))
    columns = (words[0], BarColumn(), words[1], TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


def show_event(event: object, title: str, settings: InversionSettings, progress: Progress, task: TaskID) -> None:
    """Bring the bar up to date with an event of an inversion: one bar for the whole of it, from 0 to 1."""
    # What the starts took is known from their own events alone, and counts for the steps behind them.
    fields = progress.tasks[progress.task_ids.index(task)].fields
    starts, competing = fields.get("starts", 0), fields.get("competing", 0)
    if isinstance(event, StartsProgress):
        share = share_done(settings, (event.done, event.total), 0, competing=event.starts)
        note = f"best cosine {event.best_cosine:.3f}"
        progress.update(task, completed=share, total=1.0, starts=event.total, competing=event.starts, note=note)
    elif isinstance(event, InversionStep):
        share, note = (
            share_done(settings, (starts, starts), event.index + 1, competing=competing),
            f"cosine {event.cosine:.3f}",
        )
        size = size_in_words(settings, event.resolution)
        description = f"{title}: step {event.index} of {settings.steps} ({size})"
        progress.update(task, completed=share, total=1.0, description=description, note=note)
    elif isinstance(event, Rendering):
        share = share_done(settings, (starts, starts), 0, competing=competing, scoring=True)
        progress.update(task, completed=share, total=1.0, description=f"{title}: drawing and scoring the result")
