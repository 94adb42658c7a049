"""The icon font holds every character that the window draws from it."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QRawFont
from pytestqt.qtbot import QtBot

from explorer.studio import places
from explorer.ui.base import icons


@pytest.mark.parametrize("meaning", sorted(icons._GLYPHS))
def test_the_shipped_font_holds_the_icon(qtbot: QtBot, meaning: str) -> None:
    font = QRawFont(str(places.resources() / "fonts" / "MaterialDesignIcons.ttf"), 16)
    assert font.isValid()
    assert font.supportsCharacter(icons._GLYPHS[meaning])


def test_no_two_meanings_look_alike(qtbot: QtBot) -> None:
    drawn: dict[str, QImage] = {name: icons.icon(name).pixmap(QSize(24, 24), 1.0).toImage() for name in icons._GLYPHS}
    assert [pair for pair in combinations(drawn, 2) if drawn[pair[0]] == drawn[pair[1]]] == []
