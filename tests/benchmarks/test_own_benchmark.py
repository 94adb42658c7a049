"""The benchmark of what is one's own: headlines are the judge's, budgets are kept apart, and a trial writes nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import common, own, own_blackbox
from benchmarks.common import Part
from benchmarks.own_blackbox import Plan, headline, measure_blackbox
from explorer.studio import places
from explorer.studio.evaluation.blackbox_curves import CurveRow
from tests.studio.blackbox.small_networks import SmallBox, SmallNetworks, photographed
from tests.studio.evaluation.people_kit import made_up_set


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SmallBox:
    """The box that is asked, over no network."""
    box = SmallBox()

    @contextmanager
    def nowhere() -> Iterator[str]:
        yield "http://127.0.0.1"

    def target(networks: Any, one: Any) -> Any:
        known = photographed()
        return replace(known, record=known.record.model_copy(update={"sha256": one.read().sha256}))

    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(own_blackbox, "answering_over_http", nowhere)
    monkeypatch.setattr(own_blackbox, "Endpoint", lambda *given: box)
    monkeypatch.setattr(own_blackbox, "Networks", lambda device: SmallNetworks())
    monkeypatch.setattr(own_blackbox, "photograph_set", lambda name: made_up_set(2, 1))
    monkeypatch.setattr(own_blackbox, "target_of", target)
    return box


@pytest.mark.slow
def test_budgets_are_measured_once_and_share_their_questions(
    box: SmallBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(tmp_path, (25, 30), people=None, steps=2)
    part = measure_blackbox(plan)
    assert part.headline == {}
    assert {row["encoder"] for row in part.details["blackbox_30"]} >= {"black box", "sface"}
    assert all(row["queries"] == 25 for row in part.details["blackbox_25"])
    sent = box.sent
    assert sent < 2 * 30
    measure_blackbox(plan)
    assert box.sent == sent
    assert capsys.readouterr().out.count("made before") == 4


def test_a_result_without_a_face_counts_as_nothing() -> None:
    about: dict[str, Any] = {"attack": "translation", "measure": "cosine", "role": "held out", "people": 10}
    numbers: dict[str, Any] = {"mean": 0.5, "low": None, "high": None, "nearest": 0.3}
    rows = [
        CurveRow(queries=1000, encoder="sface", photographs=18, without_face=2, **about, **numbers),
        CurveRow(queries=1000, encoder="edgeface-s", photographs=18, without_face=2, **about, **numbers),
        CurveRow(queries=100, encoder="sface", photographs=20, without_face=0, **about, **numbers),
    ]
    assert headline(rows) == {"blackbox_sface_1000": pytest.approx(0.45)}
    assert set(headline(rows)) <= set(own.FIGURES)


def test_a_trial_writes_nothing_and_a_budget_leaves_the_others(
    box: SmallBox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(
        own.PARTS, "blackbox", lambda plan: Part({}, {f"blackbox_{queries}": [] for queries in plan.queries})
    )
    for more in (["--steps", "3"], ["--people", "1"]):
        monkeypatch.setattr(sys, "argv", ["own", "blackbox", *more])
        own.main()
    assert not (tmp_path / "results").exists()
    for queries in ("100", "1000"):
        monkeypatch.setattr(sys, "argv", ["own", "blackbox", "--queries", queries])
        own.main()
    found = json.loads((tmp_path / "results" / "own.json").read_text())
    assert {"blackbox_100", "blackbox_1000"} <= found.keys()
