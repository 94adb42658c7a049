"""Figures, tables and pictures that leave the window."""

from __future__ import annotations

from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.composer.actions import ACTIONS
from explorer.ui.composer.exporting import ExportService

FEATURE = UiFeature(name="composer", actions=ACTIONS, services=(ExportService,))
