"""What the user prefers, in every session."""

from __future__ import annotations

from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.recent import RecentFiles
from explorer.ui.preferences.service import PreferencesService

FEATURE = UiFeature(name="preferences", services=(RecentFiles, PreferencesService))
