"""A board that was stopped goes on: nothing is measured twice, and what failed is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.leaderboard import running
from explorer.studio.leaderboard.leaks import Leak
from explorer.studio.leaderboard.plan import Asked, Measured, NotMeasurable
from explorer.studio.leaderboard.running import Wanted, measure_board
from explorer.studio.leaderboard.values import Figure

BOX = "http://127.0.0.1:1"
WANTED = Wanted(("some",), ("arcface-mbf", "sface", BOX), ("probes", "inversion"))


class Nothing:
    """Networks that are asked for nothing but where they would compute."""

    device = torch.device("cpu")


class Measuring:
    """Measures a made-up number, notes what it was asked, and stops or fails when it is told to."""

    def __init__(self, stop_after: int | None = None, fails: bool = False) -> None:
        self.asked: list[tuple[str, str]] = []
        self._stop, self._fails = stop_after, fails

    def __call__(self, leak: Leak, asked: Asked) -> Measured:
        if self._stop is not None and len(self.asked) >= self._stop:
            raise KeyboardInterrupt
        self.asked.append((asked.encoder, leak.name))
        assert asked.settings.encoder == asked.encoder
        if self._fails:
            raise UserError("the disk is elsewhere")
        if leak.name == "inversion" and asked.encoder == "sface":
            raise NotMeasurable("it only judges")
        return Measured((Figure(name=leak.headline, title=leak.title, value=0.5),))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "photograph_set", lambda given: PhotographSet(given, ()))
    monkeypatch.setattr(running, "present_encoders", lambda: ("arcface-mbf", "sface"))
    monkeypatch.setattr(running, "_hash", lambda encoder: "ab" * 32)


def measured(work: Path, measuring: Measuring, wanted: Wanted = WANTED) -> running.Board:
    return measure_board(Nothing(), wanted, work, measure=measuring)  # type: ignore[arg-type]


def test_what_was_stopped_goes_on_and_nothing_is_made_twice(tmp_path: Path) -> None:
    stopped, rest, again = Measuring(stop_after=3), Measuring(), Measuring()
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, stopped)
    board = measured(tmp_path, rest)
    every = [(encoder, leak) for encoder in ("arcface-mbf", "sface") for leak in ("probes", "inversion")]
    assert stopped.asked + rest.asked == every
    assert (board.made, board.kept) == (3, 3)
    same = measured(tmp_path, again)
    assert again.asked == []
    assert (same.made, same.kept) == (0, 6)
    assert same.pieces == board.pieces


def test_other_settings_are_measured_anew_where_faces_are_made_by_them(tmp_path: Path) -> None:
    measured(tmp_path, Measuring())
    for other in (
        Wanted(WANTED.sets, WANTED.encoders, WANTED.leaks, portraits=9),
        Wanted(WANTED.sets, WANTED.encoders, WANTED.leaks, settings=InversionSettings(steps=3)),
    ):
        anew = Measuring()
        measured(tmp_path, anew, other)
        assert anew.asked == [("arcface-mbf", "inversion"), ("sface", "inversion")]


def test_a_missing_figure_says_why_and_a_failure_is_not_kept(tmp_path: Path) -> None:
    failed = measured(tmp_path, Measuring(fails=True))
    assert failed.pieces[0].figures[0].reason == "the disk is elsewhere"
    board = measured(tmp_path, Measuring())
    reasons = {(one.encoder, one.leak): one.figures[0].reason for one in board.pieces}
    assert reasons["arcface-mbf", "probes"] == ""
    assert reasons["sface", "inversion"] == "it only judges"
    assert "gives no gradients" in reasons[BOX, "inversion"]


def test_a_damaged_piece_is_measured_again(tmp_path: Path) -> None:
    measured(tmp_path, Measuring())
    for one in (tmp_path / "pieces").iterdir():
        one.write_bytes(b"{")
    again = Measuring()
    measured(tmp_path, again)
    assert len(again.asked) == 4


def test_sets_that_are_called_alike_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give each set once"):
        measured(tmp_path, Measuring(), Wanted(("some", "some"), WANTED.encoders))
