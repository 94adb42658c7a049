"""The choosers of an encoder offer what has been fetched since the window opened; a judge is not offered for attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.science.recognition.registry import default_encoders
from explorer.studio.catalogue import encoders
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.leakage.panel import ProbePanel
from explorer.ui.widgets.encoder_box import EncoderBox
from tests.ui.stage import Stage


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    here: set[str] = set()
    monkeypatch.setattr(encoders, "_is_fetched", lambda entry: entry.id in here)
    yield here
    here.clear()
    encoders.switch_on_fetched()


def offered(box: EncoderBox) -> list[str]:
    box.showPopup()
    box.hidePopup()
    return [box.itemData(index) for index in range(box.count())]


def test_what_comes_is_offered_and_a_judge_only_for_reading(fetched: set[str], stage: Stage) -> None:
    attacked, read = (stage.window.panel(kind).encoder for kind in (ObjectivePanel, ProbePanel))
    known = list(default_encoders())
    assert offered(attacked) == offered(read) == known
    fetched.update({"facenet-irv1", "mobilefacenet-192"})
    assert offered(attacked) == [*known, "facenet-irv1"]
    assert offered(read) == [*known, "facenet-irv1", "mobilefacenet-192"]
    assert attacked.currentData() == read.currentData() == known[0]
