"""Sliders along the vectors of groups and of gender of the shipped model."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from explorer.studio.errors import UserError
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Scene
from explorer.studio.people.shape_vectors import ABOUT, ShapeVector, shape_vectors
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.value_slider import ValueSlider

WIDEST = 4.0  # standard deviations
NAME_WIDTH = 130
_OTHER_MODEL = "The vectors are those of the model that ships; this face is fitted with another."


class VectorPanel(QWidget):
    """Draws how far the face in view projects onto each vector. `moved` carries the vector and how far it is to be."""

    moved = Signal(tuple, float)
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sliders: dict[str, ValueSlider] = {}
        self._vectors: tuple[ShapeVector, ...] | None = None
        self.about = QLabel(ABOUT)
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self.back = QPushButton("As fitted")
        self.back.setToolTip("Give every identity coefficient the value of the fit")
        self.back.clicked.connect(self.reset)
        content = QWidget()
        content.setObjectName("scrolled")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(1)
        heading = QHBoxLayout()
        heading.addWidget(section_title("Along vectors"))
        heading.addStretch()
        heading.addWidget(self.back)
        self._column.addLayout(heading)
        self._column.addWidget(self.about)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(area)

    def draw(self, scene: Scene | None, portrait: FitView | None) -> None:
        """Show where a scene lies. The vectors are read when the panel is first looked at with a face."""
        if scene is None or portrait is None or not self.isVisible():
            self.setEnabled(scene is not None)
            return
        if self._vectors is None:
            self._build()
        assert self._vectors is not None
        fits = portrait.origin.model is None and all(len(one.unit) == len(scene.identity) for one in self._vectors)
        self.setEnabled(fits and bool(self._vectors))
        if self._vectors:
            self.about.setText(ABOUT if fits else _OTHER_MODEL)
        if not fits:
            return
        for one in self._vectors:
            along = sum(part * value for part, value in zip(one.unit, scene.identity, strict=True))
            self.sliders[one.name].set_value(along)

    def _build(self) -> None:
        try:
            self._vectors = shape_vectors()
        except UserError as error:
            self._vectors = ()
            self.about.setText(str(error))
        kind = ""
        for one in self._vectors:
            if one.kind != kind:
                kind = one.kind
                self._column.addSpacing(6)
                self._column.addWidget(section_title(kind))
            slider = ValueSlider(one.name, -WIDEST, WIDEST, hint=one.hint, name_width=NAME_WIDTH)
            slider.moved.connect(lambda value, one=one: self.moved.emit(one.unit, value))
            self.sliders[one.name] = slider
            self._column.addWidget(slider)
        self._column.addStretch()
