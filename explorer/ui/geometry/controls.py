"""What stands above and below the 3D view: what is shown and how; the scrub and the numbers of the visibility."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.studio.geometry.controller import ViewController
from explorer.studio.geometry.landmark_sources import CHOICES, WAYS, FitBy, LandmarkChoice
from explorer.studio.geometry.state import VIEWING, Viewer3DState
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import FURTHEST, SURFACES, TINTS
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.geometry.export import ViewExport
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.value_slider import ValueSlider

SUBJECTS = {"photograph": "Photo", "reconstruction": "Inversion"}
EXPORTS = ("export_mesh", "export_maps", "export_fit_figure", "export_turntable")
JUDGES = {"exact": "by rays", "field": "by field"}
SWITCHES = {
    "photograph": ("Over photo", "Lay the mesh over the photograph", "image"),
    "wireframe": ("Wires", "Draw the edges of the triangles", "wires"),
    "landmarks": (
        "Landmarks",
        "Draw the model's landmarks, and those found in the photograph; the arrow chooses what finds them, and "
        "what the fit follows from",
        "points",
    ),
    "lit": ("Light", "Light the mesh; drag with the right button to move the light", "light"),
}


class ViewToolbar(QWidget):
    """Chooses what is shown and how. `view_reset` asks for the camera of the photograph."""

    view_reset = Signal()

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.subject = _choice("What is in view: the photograph's face, or that of the inversion's picture", SUBJECTS)
        self.surface = _choice("What is laid onto the mesh", SURFACES)
        self.tint = _choice(
            "Visibility as colours: blue is seen, orange is hidden, purple is background in the photograph", TINTS
        )
        self.switches = {name: _switch(*words) for name, words in SWITCHES.items()}
        self.finders = self._offer_finders(self.switches["landmarks"])
        self.ways = self._offer_ways(self.switches["landmarks"])
        self.opacity = ValueSlider("", 0.0, 1.0, hint="How much the mesh covers of the photograph")
        self.opacity.field.hide()
        self.opacity.slider.setFixedWidth(70)
        self.reset = QToolButton()
        self.reset.setToolTip("Look from where the photograph was taken")
        self.reset.setAccessibleName("reset the view")
        icons.attach(self.reset, "reset")
        # Without words: beside the docks left and right, every one of them would widen the window.
        self.export = QToolButton()
        self.export.setToolTip("Export mesh, texture maps, figure or film")
        self.export.setAccessibleName("export the 3D face")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.attach(self.export, "export")
        self.exporting = ViewExport(dispatcher, self)
        menu = QMenu(self.export)
        menu.setToolTipsVisible(True)
        menu.addActions([actions[name] for name in EXPORTS])
        self.export.setMenu(menu)
        self._parts = ButtonRow(list(self.switches.values()), spacing=5)
        row = self._parts.row
        for box in (self.subject, self.surface, self.tint):
            row.addWidget(box, 1)
        for part in (*self.switches.values(), self.opacity, self.reset):
            row.addWidget(part)
        row.addStretch()
        row.addWidget(self.export)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._parts)
        self._connect()

    def draw(self, viewing: Viewer3DState, portrait: FitView | None) -> None:
        """Show a state."""
        look, scene = viewing.look, viewing.scene
        for box, value in ((self.subject, viewing.subject), (self.tint, look.tint)):
            box.setCurrentIndex(box.findData(value))
        if scene is not None:
            self.surface.setCurrentIndex(self.surface.findData(scene.surface))
        for name, switch in self.switches.items():
            with QSignalBlocker(switch):
                switch.setChecked(getattr(look, name))
        self.finders[viewing.landmarks_by].setChecked(True)
        self.ways[viewing.fitted_by].setChecked(True)
        self.opacity.set_value(look.opacity)
        if self.opacity.isHidden() is look.photograph:
            self.opacity.setVisible(look.photograph)
            self._parts.fit()
        _enable(self.surface, "albedo", portrait is not None and portrait.refined)
        for tint in ("field", "difference"):
            _enable(self.tint, tint, portrait is not None and portrait.field)
        switches = [switch for name, switch in self.switches.items() if name != "landmarks"]
        for part in (self.surface, self.tint, *switches, self.reset, self.export):
            part.setEnabled(portrait is not None)

    def _offer_finders(self, switch: QToolButton) -> dict[LandmarkChoice, QAction]:
        """Hang the choice of what finds the landmarks onto their switch."""
        menu, group = QMenu(switch), QActionGroup(switch)
        menu.addAction("Landmarks are found by").setEnabled(False)
        actions = {}
        for choice, title in CHOICES.items():
            action = actions[choice] = QAction(title, menu, checkable=True)
            group.addAction(action)
            menu.addAction(action)
            action.triggered.connect(
                lambda _=False, choice=choice: self._dispatcher.send(
                    lambda workbench: workbench.views.find_landmarks_by(choice)
                )
            )
        switch.setMenu(menu)
        switch.setObjectName("split")
        switch.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return actions

    def _offer_ways(self, switch: QToolButton) -> dict[FitBy, QAction]:
        """Hang the choice of what fits follow from below it."""
        menu = switch.menu()
        assert menu is not None, "what finds the landmarks was offered before"
        group = QActionGroup(menu)
        menu.addSeparator()
        menu.addAction("The fit follows from").setEnabled(False)
        actions = {}
        for way, title in WAYS.items():
            action = actions[way] = QAction(title, menu, checkable=True)
            group.addAction(action)
            menu.addAction(action)
            action.triggered.connect(
                lambda _=False, way=way: self._dispatcher.send(lambda workbench: workbench.views.fit_by(way))
            )
        return actions

    def _connect(self) -> None:
        def ask(command, box) -> None:  # type: ignore[no-untyped-def]
            box.activated.connect(
                lambda index: self._dispatcher.send(lambda workbench: command(workbench.views, box.itemData(index)))
            )

        ask(ViewController.set_subject, self.subject)
        ask(ViewController.set_surface, self.surface)
        ask(lambda views, tint: views.set_style(tint=tint), self.tint)
        for name, switch in self.switches.items():
            switch.toggled.connect(lambda on, name=name: self._look(**{name: on}))
        self.opacity.moved.connect(lambda value: self._look(opacity=value))
        self.reset.clicked.connect(self.view_reset)

    def _look(self, **changes: object) -> None:
        self._dispatcher.send(lambda workbench: workbench.views.set_style(**changes))


class PoseControls(QWidget):
    """Turns the head, and says how well the field agrees with the rays."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        turned = "Turn the fitted head as a hypothetical view: the texture stays as it was sampled"
        self.yaw = ValueSlider("yaw", -FURTHEST, FURTHEST, decimals=1, unit="°", hint=turned, name_width=60)
        self.pitch = ValueSlider("pitch", -FURTHEST, FURTHEST, decimals=1, unit="°", hint=turned, name_width=34)
        self.back = QPushButton("As fitted")
        self.back.setToolTip("Turn the head back to the pose of the photograph")
        self.threshold = ValueSlider(
            "threshold", 0.01, 0.99, hint="From which probability on the neural field's points are seen", name_width=60
        )
        self.judge = _choice("Whose visibility completes the texture: exact, by rays, or the neural field's", JUDGES)
        self.numbers = figure_label("")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(14)
        layout.setVerticalSpacing(4)
        layout.addWidget(self.yaw, 0, 0)
        layout.addWidget(self.pitch, 0, 1)
        layout.addWidget(self.back, 0, 2)
        layout.addWidget(self.threshold, 1, 0)
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self.judge)
        below.addWidget(self.numbers, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(below, 1, 1, 1, 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.yaw.moved.connect(lambda yaw: self._turn(yaw=yaw))
        self.pitch.moved.connect(lambda pitch: self._turn(pitch=pitch))
        self.back.clicked.connect(lambda: dispatcher.send(lambda workbench: workbench.views.reset("yaw", "pitch")))
        self.threshold.moved.connect(
            lambda value: dispatcher.send(lambda workbench: workbench.views.set_threshold(value))
        )
        self.judge.activated.connect(
            lambda index: dispatcher.send(
                lambda workbench: workbench.views.set_visibility_source(self.judge.itemData(index))
            )
        )

    def draw(self, viewing: Viewer3DState, portrait: FitView | None) -> None:
        """Show a state."""
        scene, view = viewing.scene, viewing.view
        self.setEnabled(scene is not None)
        field = portrait is not None and portrait.field
        for part in (self.threshold, self.judge, self.numbers):
            part.setVisible(field)
        if scene is None or portrait is None:
            self.numbers.setText("")
            return
        self.yaw.set_value(scene.yaw)
        self.pitch.set_value(scene.pitch)
        self.threshold.set_value(scene.threshold)
        self.judge.setCurrentIndex(self.judge.findData(scene.judge))
        if view is None:
            return
        maps = view.maps
        if maps.iou is not None and maps.field_share is not None:
            self.numbers.setText(
                f"seen {maps.exact_share:.1%} exact   {maps.field_share:.1%} field   IoU {maps.iou:.3f}"
            )

    def _turn(self, yaw: float | None = None, pitch: float | None = None) -> None:
        scene = self._dispatcher.session[VIEWING].scene
        if scene is not None:
            new = (scene.yaw if yaw is None else yaw, scene.pitch if pitch is None else pitch)
            self._dispatcher.send(lambda workbench: workbench.views.turn(*new))


def _choice(hint: str, options: Mapping[Any, str]) -> QComboBox:
    box = QuietComboBox()
    for name, text in options.items():
        box.addItem(text, name)
    # As narrow as it can be read; the list that opens is as wide as its longest line.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setMaximumWidth(190)
    box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 24)
    box.setToolTip(hint)
    box.setAccessibleName(hint)
    return box


def _switch(text: str, hint: str, icon: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(hint)
    button.setCheckable(True)
    icons.attach(button, icon)
    return button


def _enable(box: QComboBox, name: str, on: bool) -> None:
    """Offer a choice or not; one that is not offered stays legible."""
    index = box.findData(name)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if on else Qt.ItemFlag.NoItemFlags
    box.setItemData(index, int(flags.value), Qt.ItemDataRole.UserRole - 1)
