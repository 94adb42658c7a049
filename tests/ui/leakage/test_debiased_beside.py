"""A debiased recogniser's readouts stand beside those of what it was made of, and the key says whose those are."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from explorer.studio.faces.values import Edits
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.ui.leakage.readouts import ReadoutList
from tests.ui.canned_probes import readouts


def reading(encoder: str, smiling: float) -> Reading:
    return Reading(encoder, np.zeros(4, np.float32), readouts(smiling, 40.0))


def test_before_and_after_are_shown_by_name(qtbot: QtBot) -> None:
    shown = ReadoutList()
    qtbot.addWidget(shown)
    now = reading("debiased", 0.52)
    shown.draw(FaceRead("key", "debiased", Edits(), now, now), None)
    assert "unaltered" in shown.key.text()
    shown.draw(FaceRead("key", "debiased", Edits(), now, now, undebiased=reading("arcface-mbf", 0.97)), None)
    assert "○ arcface-mbf" in shown.key.text()
    told = shown.rows["smiling"].bar.toolTip()
    assert "now: not smiling 48.0 %, smiling 52.0 %" in told
    assert "arcface-mbf: not smiling 3.0 %, smiling 97.0 %" in told
