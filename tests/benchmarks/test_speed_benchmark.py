"""The benchmark of speed: pairs by turns, kept in a journal, changes by person, and a process that is busy."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import common, speed
from benchmarks.busy import busy_process
from benchmarks.common import Part
from benchmarks.paired_runs import (
    BEFORE,
    NEVER,
    Pair,
    Row,
    pairs,
    pairs_of_results,
    seconds_to_goal,
    seconds_whole,
    summary,
)
from benchmarks.portraits import Portrait
from benchmarks.speed import FIGURES, PARTS, Plan, chosen
from explorer.science.faces.face import Photograph
from explorer.science.inversion.settings import InversionSettings

AFTER = BEFORE.model_copy(update={"coarse": 20})
NO_PHOTOGRAPH = Photograph(np.zeros((8, 8, 3), np.uint8), "none", "0" * 64)
PORTRAITS = [Portrait(person, kind, NO_PHOTOGRAPH) for person in ("P1", "P2", "P3") for kind in ("one", "other")]


class Made:
    """Rows as an inversion would make them: today's runs are nearer by 0.01, and take half the time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, networks: Any, portrait: Portrait, settings: InversionSettings) -> Row:
        self.asked.append((f"{portrait.person} {portrait.kind}", settings.coarse))
        number = [(one.person, one.kind) for one in PORTRAITS].index((portrait.person, portrait.kind))
        new = settings.coarse > 0
        return {
            "person": portrait.person,
            "kind": portrait.kind,
            "arcface-mbf": 0.97,
            "sface": 0.8 + 0.01 * number + 0.01 * new,
            "dlib-resnet": 0.3 + 0.1 * (number == 5),
            "seconds_to_0_85": None if number == 2 and not new else (30.0 + number) / (1 + new),
            "seconds_whole": 60.0 / (1 + new),
        }


def made(count: int = 6) -> list[Pair]:
    return list(pairs(None, PORTRAITS[:count], BEFORE, AFTER, measure_one=Made()))  # type: ignore[arg-type]


def test_both_ways_are_taken_by_turns_and_each_first_as_often() -> None:
    measure = Made()
    list(pairs(None, PORTRAITS, BEFORE, AFTER, measure_one=measure))  # type: ignore[arg-type]
    assert [coarse for _, coarse in measure.asked] == [0, 20, 20, 0] * 3
    assert [name for name, _ in measure.asked[:4]] == ["P1 one", "P1 one", "P1 other", "P1 other"]


def test_what_is_in_the_journal_is_not_made_again_and_half_a_line_counts_for_nothing(tmp_path: Path) -> None:
    journal, first, second = tmp_path / "runs.jsonl", Made(), Made()
    before = list(pairs(None, PORTRAITS[:3], BEFORE, AFTER, journal, first))  # type: ignore[arg-type]
    with journal.open("a") as file:
        file.write('{"key": "P2 other')
    assert len(first.asked) == 6
    whole = list(pairs(None, PORTRAITS[:4], BEFORE, AFTER, journal, second))  # type: ignore[arg-type]
    assert whole[:3] == before
    assert [name for name, _ in second.asked] == ["P2 other"] * 2
    third = Made()
    list(pairs(None, PORTRAITS[:4], BEFORE, AFTER, journal, third))  # type: ignore[arg-type]
    assert not third.asked


def test_changes_are_taken_portrait_by_portrait_with_an_interval_by_person() -> None:
    part = summary(made(), BEFORE, AFTER)
    assert part.headline == {"seconds_whole_run_median": 30.0}
    found = part.details["paired"]
    assert list(found["scores"]) == ["arcface-mbf", "sface, held out", "dlib-resnet, held out"]
    change = found["scores"]["sface, held out"]
    assert (change["before"], change["after"], change["change"]) == (0.825, 0.835, 0.01)
    assert change["interval"] == [0.01, 0.01]
    assert found["times"]["seconds_whole_run"]["interval"] == [-30.0, -30.0]
    assert (found["dlib_below_0_43"], found["dlib_largest"]) == (6, 0.4)
    assert (found["before"]["coarse"], found["after"]["coarse"]) == (0, 20)
    json.dumps(part.details)


def test_one_person_has_no_interval_and_a_goal_never_reached_an_endless_time() -> None:
    assert summary(made(2), BEFORE, AFTER).details["paired"]["scores"]["arcface-mbf"]["interval"] is None
    assert seconds_to_goal(made()[2].before) == NEVER
    assert seconds_to_goal({"failure": "no face"}) == NEVER


def test_settings_are_named_by_their_fields() -> None:
    given: Sequence[str] = ("coarse=20", "lead=0.1", "regressor=false")
    assert chosen(InversionSettings(), given) == InversionSettings(coarse=20, lead=0.1, regressor=False)
    with pytest.raises(ValueError, match="course"):
        chosen(BEFORE, ["course=20"])


def test_two_results_of_inversion_take_the_place_of_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    rows = [pair._asdict() for pair in made()]
    files = []
    for name, settings in (("before", BEFORE), ("after", AFTER)):
        told = {"machine": {"cpu": name}, "settings": settings.model_dump(), "portraits": [row[name] for row in rows]}
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(told))
    monkeypatch.setattr(sys, "argv", ["speed", "whole", "--results", *map(str, files)])
    speed.main()
    results = json.loads((tmp_path / "results" / "speed.json").read_text())
    assert results["headline"]["seconds_whole_run_median"] == 30.0
    assert results["paired"]["scores"] == summary(made(), BEFORE, AFTER).details["paired"]["scores"]
    assert results["paired"]["machines"]["before"] == {"cpu": "before"}
    with pytest.raises(ValueError, match="same portraits"):
        pairs_of_results({"portraits": [row["before"] for row in rows]}, {"portraits": []})


def test_seconds_of_an_earlier_version_are_those_of_starts_and_steps() -> None:
    assert seconds_whole({"seconds": 59.3}) == 59.3
    assert seconds_whole({"seconds": 59.3, "seconds_whole": 61.0}) == 61.0
    assert seconds_whole({"failure": "no face"}) == NEVER


def test_the_busy_process_is_there_as_long_as_it_is_needed() -> None:
    with busy_process() as process:
        assert process.poll() is None
    assert process.returncode is not None


def test_a_part_leaves_what_others_measured_and_a_trial_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    plans: list[Plan] = []

    def measured(plan: Plan) -> Part:
        plans.append(plan)
        return Part({"busy_slowdown": 1.5}, {"seconds_idle": [1.0]})

    monkeypatch.setitem(PARTS, "busy", measured)
    monkeypatch.setitem(PARTS, "preview", lambda plan: Part({"preview_128_db": 26.5}, {}))
    path = tmp_path / "results" / "speed.json"
    monkeypatch.setattr(sys, "argv", ["speed", "busy", "--limit", "1", "--after", "coarse=12"])
    speed.main()
    assert not path.exists()
    assert (plans[0].limit, plans[0].after.coarse, plans[0].before) == (1, 12, BEFORE)
    for part in ("busy", "preview"):
        monkeypatch.setattr(sys, "argv", ["speed", part])
        speed.main()
    results = json.loads(path.read_text())
    assert results["headline"] == {"busy_slowdown": 1.5, "preview_128_db": 26.5}
    assert results["seconds_idle"] == [1.0]
    assert set(results["headline"]) <= set(FIGURES)
    capsys.readouterr()
