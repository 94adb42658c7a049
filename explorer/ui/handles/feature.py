"""Sliders of the elements of a latent space with handles."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window


def _handles(window: Window) -> QWidget:
    from explorer.ui.handles.panel import HandlesPanel  # the window paints first

    return HandlesPanel(window.dispatcher)


FEATURE = UiFeature(
    name="handles",
    docks=(
        DockSpec(
            "handles",
            "Handles",
            _handles,
            "right",
            "Smile, gender and what else was learnt, moved by sliders: of a photograph, a result or a sample",
            tabbed_with="probe",
        ),
    ),
)
