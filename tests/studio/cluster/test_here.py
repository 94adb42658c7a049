"""Jobs in this process: each once and in order, one unit at a time, and ended where whoever asked leaves."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
import torch

from explorer.studio.cluster.asked import Here
from explorer.studio.cluster.distributing import distribute
from explorer.studio.errors import Cancelled, UserError


class Counting:
    """Tells of two units of every job; units: how many were begun."""

    def __init__(self) -> None:
        self.units, self.threads, self.ended = 0, 0, []

    def load(self) -> str:
        self.threads = torch.get_num_threads()
        return "loaded"

    def run(self, loaded, job, tell):
        if job == "mistake":
            raise UserError("the user's mistake")
        try:
            for _ in range(2):
                self.units += 1
                tell()
        except Cancelled:
            self.ended.append(job)
            raise
        return f"{job} by what is {loaded}"


def names():
    return [one.name for one in threading.enumerate()]


def test_jobs_are_done_in_order_and_told_of_unit_by_unit() -> None:
    work = Counting()
    steps = list(distribute(work, ["a", "b"], Here()))
    assert [(one.job, one.finished) for one in steps] == [
        *(("a", False), ("a", False), ("a", True)),
        *(("b", False), ("b", False), ("b", True)),
    ]
    assert [one.result for one in steps if one.finished] == ["a by what is loaded", "b by what is loaded"]
    assert list(distribute(work, [], Here())) == []
    assert "jobs" not in names()


def test_nothing_is_done_before_it_is_asked_for_and_nothing_after_the_asking_ends() -> None:
    work = Counting()
    with closing(distribute(work, ["a", "b"], Here())) as steps:
        next(steps)
        assert work.units == 1  # whoever rests between two steps lets the work rest, too
        next(steps)
        assert work.units == 2
    assert (work.units, work.ended) == (2, ["a"])
    assert "jobs" not in names()


def test_what_goes_wrong_is_raised_where_it_was_asked_for() -> None:
    with pytest.raises(UserError, match="the user's mistake"):
        list(distribute(Counting(), ["a", "mistake", "b"], Here()))
    assert "jobs" not in names()


def test_threads_are_as_asked_for_and_as_before_afterwards() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for asked, got in ((Here(threads=1), 1), (Here(), 2)):
            work = Counting()
            list(distribute(work, ["a"], asked))
            assert work.threads == got
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
