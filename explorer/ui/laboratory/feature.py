"""What happens to embeddings when a face is altered, hidden, attacked, or rid of an attribute."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.laboratory.actions import ACTIONS


def _laboratory(window: Window) -> QWidget:
    from explorer.ui.laboratory.exporting import export_rows
    from explorer.ui.laboratory.panel import LaboratoryPanel  # the window paints first

    return LaboratoryPanel(window.dispatcher, window.actions_by_name, lambda key, what: export_rows(window, what, key))


def _decode(window: Window) -> QWidget:
    from explorer.ui.laboratory.decode_panel import DecodePanel  # the window paints first

    return DecodePanel(window.dispatcher)


FEATURE = UiFeature(
    name="laboratory",
    docks=(
        DockSpec(
            "laboratory",
            "Laboratory",
            _laboratory,
            "bottom",
            "What encoders make of faces that are turned, hidden, attacked, or rid of an attribute",
            shortcut="Ctrl+Shift+L",
            tabbed_with="batch",
            min_height=460,
        ),
        DockSpec(
            "decode",
            "Decode",
            _decode,
            "right",
            "What a decoder draws of the selected embedding, as edited, or of a face under the pointer",
            tabbed_with="probe",
        ),
    ),
    actions=ACTIONS,
)
