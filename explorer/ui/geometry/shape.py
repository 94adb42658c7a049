"""Sliders of the shape: identity in standard deviations, expressions from none to full."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Scene
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.value_slider import ValueSlider

WIDEST = 4.0  # standard deviations
# Components beyond these move the face by less than a slider shows; they stay as they were fitted.
MOST = 100
NAME_WIDTH = 118


class ShapePanel(QWidget):
    """Draws the scene's coefficients. `moved` carries "identity" or "expression", a number and the value; `reset` which
    of the two goes back to the fit."""

    moved = Signal(str, int, float)
    reset = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.sliders: dict[str, list[ValueSlider]] = {"identity": [], "expression": []}
        self._names: tuple[str, ...] | None = None
        self._columns: dict[str, QVBoxLayout] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(10)
        # Names of expressions are long, those of identity components are numbers.
        for part, title, share in (("identity", "Identity", 4), ("expression", "Expression", 6)):
            layout.addWidget(self._column(part, title), share)

    def draw(self, scene: Scene | None, portrait: FitView | None) -> None:
        """Show a scene's coefficients. Sliders are made when the panel is first looked at."""
        self.setEnabled(scene is not None)
        if scene is None or portrait is None or not self.isVisible():
            return
        if self._names != portrait.expressions or len(self.sliders["identity"]) != min(MOST, len(scene.identity)):
            self._build(scene, portrait)
        for part, values in (("identity", scene.identity), ("expression", scene.expression)):
            for slider, value in zip(self.sliders[part], values[:MOST], strict=True):
                slider.set_value(value)

    def _column(self, part: str, title: str) -> QWidget:
        content = QWidget()
        content.setObjectName("scrolled")
        self._columns[part] = QVBoxLayout(content)
        self._columns[part].setContentsMargins(0, 0, 6, 0)
        self._columns[part].setSpacing(1)
        # Rows are added while the panel is in view; without this the area would squeeze them into its height.
        self._columns[part].setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(content)
        back = QPushButton("As fitted")
        back.setToolTip(f"Give every {title.lower()} coefficient the value of the fit")
        back.clicked.connect(lambda: self.reset.emit(part))
        heading = QHBoxLayout()
        heading.addWidget(section_title(title))
        heading.addStretch()
        heading.addWidget(back)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(heading)
        column.addWidget(area, 1)
        return whole

    def _build(self, scene: Scene, portrait: FitView) -> None:
        self._names = portrait.expressions
        named = not self._names[:1] or not self._names[0].isdigit()
        low, high = (0.0, 1.0) if named else (-WIDEST, WIDEST)
        identities = [
            ValueSlider(f"{i + 1}", -WIDEST, WIDEST, name_width=24) for i in range(min(MOST, len(scene.identity)))
        ]
        expressions = [ValueSlider(spaced(name), low, high, name_width=NAME_WIDTH) for name in self._names[:MOST]]
        self.sliders = {"identity": identities, "expression": expressions}
        for part, sliders in self.sliders.items():
            column = self._columns[part]
            while (item := column.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.deleteLater()
            for index, slider in enumerate(sliders):
                slider.moved.connect(lambda value, part=part, index=index: self.moved.emit(part, index, value))
                column.addWidget(slider)
            column.addStretch()


def spaced(name: str) -> str:
    """Write "mouthSmileLeft" as "mouth smile left"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
