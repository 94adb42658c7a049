"""Making a template of the chosen faces, from the menu of the gallery."""

from __future__ import annotations

import pytest

from explorer.studio.faces.state import SELECTED, VECTORS
from explorer.studio.gallery.browsing import BROWSING
from explorer.ui.faces.facts import facts
from explorer.ui.gallery.panel import MENU
from tests.ui.gallery.people_kit import key, many, panel
from tests.ui.stage import Stage

__all__ = ["many"]


@pytest.mark.slow
def test_the_chosen_faces_become_a_vector_that_is_selected_and_says_what_it_is(many: Stage) -> None:
    action = many.window.actions_by_name["gallery_template"]
    names = ("Ada 1.png", "Ada 2.png", "Ada 3.png")
    many.window.dispatcher.send(lambda app: app.gallery.choose([key(many, "Ada 1.png")]))
    many.until(lambda: len(many.session[BROWSING].chosen) == 1)
    assert not action.isEnabled()
    assert "2 faces or more have to be chosen" in action.toolTip()
    keys = [key(many, name) for name in names]
    many.window.dispatcher.send(lambda app: app.gallery.choose(keys))
    many.until(action.isEnabled)
    action.trigger()
    many.until(lambda: len(many.session[VECTORS]) == 1)
    made = many.session[SELECTED]
    assert made in many.session[VECTORS]
    tip = facts(many.session, made)
    assert "a template of 3 faces, averaged normalised" in tip
    assert "of Ada 1.png, Ada 2.png, Ada 3.png" in tip
    many.until(lambda: panel(many).grid.faces.rowCount() == 10)
    assert "gallery_template" in MENU
