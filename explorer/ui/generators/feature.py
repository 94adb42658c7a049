"""Generators of the user's own, as the window's table of features lists them."""

from __future__ import annotations

from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.generators.actions import ACTIONS

FEATURE = UiFeature(name="generators", actions=ACTIONS)
