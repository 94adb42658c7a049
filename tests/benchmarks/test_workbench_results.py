"""The workbench's benchmarks share one file of results."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from pathlib import Path

import pytest

from benchmarks import common, workbench
from benchmarks.gallery import course


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (common, workbench):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    return tmp_path / "workbench.json"


def test_parts_that_are_not_measured_anew_keep_their_figures(results: Path) -> None:
    workbench.merge({"kills": 100, "sessions_lost": 0}, killed_at_random={"seconds_lost": [1.5]})
    workbench.merge({"gallery_fps": 50.0, "sessions_lost": 1}, gallery={"faces": 10})
    known = json.loads(results.read_text())
    assert known["headline"] == {"kills": 100, "sessions_lost": 1, "gallery_fps": 50}
    assert known["killed_at_random"] == {"seconds_lost": [1.5]}
    assert known["gallery"] == {"faces": 10}


@pytest.mark.parametrize(("end", "page"), [(100_000, 900), (500, 900), (3, 40)])
def test_scrolling_by_script_moves_at_every_frame_and_stays_within_the_list(end: int, page: int) -> None:
    places = list(islice(course(end, page), 2000))
    assert min(places) >= 0
    assert max(places) <= end
    assert all(one != other for one, other in pairwise(places))
