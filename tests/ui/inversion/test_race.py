"""The race of starts on screen: a sheet of them, the contest in the curves, one bar for the whole run."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from explorer.studio.engine.reports import Event, Progress, Report
from explorer.studio.inversion.record import ContestStep
from explorer.studio.inversion.requests import Invert, StartLeads, StartsSeen
from explorer.studio.inversion.state import RUN
from explorer.studio.inversion.values import StartView
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.stage import Stage

STARTS, PROPOSED, LENGTH = 27, 3, 4


@pytest.fixture
def racing(stage: Stage, photograph: Path) -> Stage:
    """A run that has begun, before its first step."""
    stage.open(photograph)
    stage.click(stage.window.panel(InversionPanel).transport.start)
    stage.advance(1)
    return stage


def tell(stage: Stage, report: Report) -> None:
    """Let the engine say something of the run under way."""
    ticket = [one for one in stage.engine.submitted if isinstance(one.request, Invert)][-1]
    stage.window._bridge._arrived.emit(Event(ticket, report))
    stage.listen()


def seen(stage: Stage, *numbers: int, fallen: tuple[int, ...] = (), done: int = 1) -> StartsSeen:
    views = tuple(StartView(one, np.full((24, 24, 3), 60 + one, np.uint8), 0, 0.1 + one / 100) for one in numbers)
    return StartsSeen(stage.session[RUN].key, views, fallen, STARTS, PROPOSED, LENGTH, done, 60)


def leads(stage: Stage, step: int, number: int, cosine: float) -> StartLeads:
    losses, weights = {"identity": 1 - cosine, "prior": 0.5}, {"identity": 1.0, "prior": 0.02}
    ahead = ContestStep(
        step=step, number=number, competing=STARTS, losses=losses, weights=weights,
        total=1 - cosine + 0.01, cosine=cosine, score=cosine,
    )  # fmt: skip
    return StartLeads(stage.session[RUN].key, np.full((128, 128, 3), 77, np.uint8), cosine, STARTS, ahead)


@pytest.mark.slow
def test_starts_stand_in_the_place_of_the_reconstruction_as_they_are_drawn(racing: Stage) -> None:
    panel = racing.window.panel(InversionPanel)
    assert not panel.starts.isVisible()
    tell(racing, seen(racing, 0, 1))
    racing.until(panel.starts.isVisible)
    assert not panel.current.view.isVisible()
    racing.until(lambda: panel.starts.painted == 2)
    tell(racing, seen(racing, *range(2, STARTS)))
    tell(racing, leads(racing, 0, 12, 0.43))
    racing.until(lambda: panel.current.detail.text() == "27 of 27 starts left")
    racing.until(lambda: panel.best.detail.text() == "best start   cosine 0.430")
    racing.until(lambda: panel.best.view.image() is not None)
    tell(racing, seen(racing, 12, 13, fallen=tuple(range(12))))
    racing.until(lambda: panel.current.detail.text() == "15 of 27 starts left")
    racing.advance(2)
    racing.until(panel.current.view.isVisible)
    assert not panel.starts.isVisible()
    racing.until(lambda: panel.current.detail.text().startswith("step "))
    racing.settle()


@pytest.mark.slow
def test_losers_fade_and_the_one_ahead_is_framed(racing: Stage) -> None:
    sheet = racing.window.panel(InversionPanel).starts
    tell(racing, seen(racing, *range(STARTS)))
    tell(racing, leads(racing, 0, 12, 0.43))
    racing.until(lambda: sheet.painted == STARTS)

    def at(number: int) -> int:
        picture = sheet.grab().toImage()
        ratio = picture.width() / sheet.width()
        spot = sheet.place(number).center() * ratio
        return picture.pixelColor(spot.toPoint()).red()

    before = at(3)
    assert before == 63
    tell(racing, seen(racing, 12, fallen=(3,)))
    racing.until(lambda: abs(at(3) - before) > 5)
    racing.until(lambda: not sheet._fading.isActive())
    assert at(4) == 64
    racing.settle()


@pytest.mark.slow
def test_a_start_says_which_it_is_and_what_became_of_it(racing: Stage) -> None:
    sheet = racing.window.panel(InversionPanel).starts
    tell(racing, seen(racing, 0, 12))
    tell(racing, leads(racing, 0, 12, 0.22))
    tell(racing, seen(racing, 12, fallen=(0,)))
    racing.until(sheet.isVisible)
    racing.until(lambda: "went out" in sheet.words_at(sheet.place(0).center()))
    said = [sheet.words_at(sheet.place(number).center()) for number in (0, 12, 20)]
    assert said == [
        "start 1 of 27, proposed by the regressor: cosine 0.100 after 0 steps of the contest, went out",
        "start 13 of 27, random: cosine 0.220 after 0 steps of the contest, ahead",
        "start 21 of 27, random: not drawn yet",
    ]
    assert sheet.words_at(QPointF(-5, -5)) == ""
    racing.settle()


@pytest.mark.slow
def test_the_contest_lies_before_step_0_in_both_plots(racing: Stage) -> None:
    curves = racing.window.panel(InversionPanel).curves
    tell(racing, seen(racing, *range(STARTS)))
    for step in range(LENGTH):
        tell(racing, leads(racing, step, 12, 0.2 + step / 10))
    racing.until(lambda: curves.nearness.csv().count("\n") == LENGTH)
    assert curves.nearness.csv().split("\n")[1:3] == ["-4,0.2", "-3,0.3"]
    assert curves.losses.csv().split("\n")[:2] == ["step,total,identity,prior", "-4,0.81,0.8,0.01"]
    racing.advance(3)
    racing.until(lambda: "\n0," in curves.nearness.csv())
    steps = [int(line.split(",")[0]) for line in curves.losses.csv().split("\n")[1:]]
    assert steps[:5] == [-4, -3, -2, -1, 0]
    racing.settle()


@pytest.mark.slow
def test_one_bar_for_the_whole_run_never_runs_back(racing: Stage) -> None:
    bar = racing.window.busy.progress
    values: list[int] = []
    bar.valueChanged.connect(values.append)
    tell(racing, Progress("loading networks", 3, 4, "networks"))
    for done in (2, 20, 60):
        tell(racing, seen(racing, done % STARTS, done=done))
        racing.until(lambda done=done: racing.session[RUN].contest.done == done)
        racing.until(lambda: not racing.window._status._timer.isActive())
    racing.settle()
    racing.until(lambda: not bar.isVisible())
    assert len(values) > 3
    assert all(one < other for one, other in pairwise(values))
