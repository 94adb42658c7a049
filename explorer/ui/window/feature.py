"""The window's own part: its docks and their layouts, and what is drawn onto pictures."""

from __future__ import annotations

from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.window.actions import ACTIONS

FEATURE = UiFeature(name="window", actions=ACTIONS)
