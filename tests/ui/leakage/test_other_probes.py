"""Probes of the user's own in the window: chosen, said on whom they were fitted, and left again."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from explorer.science.leakage.fitted import FittedProbe, encode_probes
from explorer.studio import places
from explorer.studio.catalogue.probes import load_probes, own_probes_file, probes_file
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Report
from explorer.studio.faces.state import ENCODER
from explorer.studio.leakage.readings import FaceRead
from explorer.studio.leakage.requests import ReadFace
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.leakage.panel import ProbePanel
from tests.ui.canned import HANDLERS
from tests.ui.canned_probes import read_face
from tests.ui.stage import Stage

FITTED = "fitted on 5,000 photographs of 812 people; judged on 102 others"


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def file(own_state: Path) -> Path:
    """A file of probes of arcface-mbf that were fitted on photographs."""
    fitted = load_probes("arcface-mbf", probes_file("arcface-mbf")).probes["smiling"]
    assert fitted.record.portraits
    portraits = (fitted.record.portraits[0].model_copy(update={"people": 102}),)
    record = fitted.record.model_copy(
        update={"trained_on": 5000, "people": 812, "portraits": portraits, "judged_on": "album, others", "test": ()}
    )
    path = own_state / "probes-arcface-mbf.safetensors"
    path.write_bytes(encode_probes("arcface-mbf", 512, {"smiling": FittedProbe(fitted.probe, record)}))
    return path


@pytest.fixture
def shown(own_state: Path, canned: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stage:
    """A face whose readings say whose probes read it."""

    def read(asked: ReadFace, control: Control) -> Generator[Report, None, FaceRead]:
        found = yield from read_face(asked, control)
        own = own_probes_file(asked.encoder) is not None
        words = FITTED if own else "fitted on 15,232 faces; judged on 10 people"
        where = "album, others" if own else "openpeople"
        said = tuple(replace(one, fitted_on=words, judged_on=where) for one in found.now.readouts)
        now = replace(found.now, readouts=said)
        return replace(found, before=now, now=now)

    monkeypatch.setitem(HANDLERS, ReadFace, read)
    stage: Stage = request.getfixturevalue("stage")
    stage.open(request.getfixturevalue("photograph"))
    dock = stage.window.docks["probe"]
    dock.show()
    dock.raise_()
    stage.listen()
    stage.settle()
    stage.listen()
    return stage


def note(stage: Stage) -> str:
    return stage.window.panel(ProbePanel).readouts.note.text()


@pytest.mark.slow
def test_the_panel_says_on_whom_the_probes_in_use_were_fitted_and_judged(
    shown: Stage, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.until(lambda: "Fitted on 15,232 faces; judged on 10 people." in note(shown))
    assert not shown.window.actions_by_name["use_shipped_probes"].isEnabled()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *others: (str(file), ""))
    shown.window.actions_by_name["use_probes"].trigger()
    shown.settle()
    shown.until(lambda: f"F{FITTED[1:]}." in note(shown))
    assert "the mean error, on album, others)" in note(shown)
    said = shown.session[NOTIFICATIONS][-1]
    assert said.text == FITTED
    tip = shown.window.panel(ProbePanel).readouts.rows["smiling"].quality.toolTip()
    assert f"F{FITTED[1:]}." in tip
    shown.window.actions_by_name["use_shipped_probes"].trigger()
    shown.settle()
    shown.until(lambda: "Fitted on 15,232 faces" in note(shown))
    assert own_probes_file(shown.session[ENCODER]) is None


@pytest.mark.slow
def test_a_file_that_holds_no_probes_is_said_and_nothing_changes(
    shown: Stage, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = own_state / "probes-half.safetensors"
    damaged.write_bytes(b"half")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *others: (str(damaged), ""))
    shown.window.actions_by_name["use_probes"].trigger()
    shown.settle()
    said = shown.session[NOTIFICATIONS][-1]
    assert (said.level, said.title) == ("warning", "This file cannot be used as probes")
    assert own_probes_file("arcface-mbf") is None
