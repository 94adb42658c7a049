"""What is done to faces, and how strongly: a page for each operation of the laboratory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.laboratory.attack_settings import METHOD_TITLES
from explorer.science.laboratory.regions import REGIONS
from explorer.studio.laboratory.values import AlterChoice, AttackChoice, LabChoice, ModifyChoice, OcclusionChoice
from explorer.ui.base import icons
from explorer.ui.base.wording import shortened
from explorer.ui.leakage.cover_view import Tool
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.icon_button import icon_button
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.value_slider import ValueSlider

if TYPE_CHECKING:
    from explorer.science.laboratory.attack_settings import Method

NAME = 46
SINGLE: tuple[Method, ...] = ("fgsm", "cw")
USUAL_STEPS = {"bim": 10, "cw-full": 100}
COVERS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "Black": ("colour", (0, 0, 0)),
    "Grey": ("colour", (128, 128, 128)),
    "White": ("colour", (255, 255, 255)),
    "Mean colour": ("mean", (0, 0, 0)),
    "Blur": ("blur", (0, 0, 0)),
}
TOOLS: dict[Tool, str] = {
    "rectangle": "Hide a rectangle: drag on an altered photograph",
    "brush": "Hide with a brush: draw on an altered photograph",
}
AWAY = "Away from itself"
REALIGN_TIP = "As systems do: the changed photograph is searched for the face, which is aligned anew"


class OperationPage(QWidget):
    """The controls of one operation; `changed` carries new values by the names of its settings."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(3)

    def _slider(self, name: str, field: str, low: float, high: float, **given: Any) -> ValueSlider:
        """A slider of a setting, rounded to the digits that it shows."""
        slider = ValueSlider(name, low, high, name_width=NAME, **given)
        digits = given.get("decimals", 2)
        slider.moved.connect(lambda value: self.changed.emit({field: round(value, digits)}))
        self.column.addWidget(slider)
        return slider

    def _check(self, text: str, field: str, tip: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(tip)
        box.toggled.connect(lambda on: self.changed.emit({field: on}))
        self.column.addWidget(box)
        return box

    def draw(self, choice: LabChoice) -> None:
        """Show what is chosen."""
        raise NotImplementedError


class AlterPage(OperationPage):
    """Angle, shifts and scale; `maps_asked` and `maps_dropped` are of the file of maps."""

    maps_asked, maps_dropped = Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sliders = {
            "rotation": self._slider("Angle", "rotation", -180, 180, decimals=0, unit="°", hint="Turned to the left"),
            "right": self._slider("Right", "right", -0.5, 0.5, hint="Shifted to the right, in widths of the window"),
            "down": self._slider("Down", "down", -0.5, 0.5, hint="Shifted down, in widths of the window"),
            "scale": self._slider("Scale", "scale", 0.3, 2, unit=" ×", hint="Scaled about the window's centre"),
        }
        self.realigned = self._check("Find and align the face again", "realigned", REALIGN_TIP)
        self.file = FileRow("Maps…", "Show the embeddings behind the maps of a file of `likeness lab geometry`, too")
        self.file.asked.connect(self.maps_asked)
        self.file.dropped.connect(self.maps_dropped)
        self.column.addWidget(self.file)

    def draw(self, choice: LabChoice) -> None:
        """Show what is chosen."""
        chosen: AlterChoice = choice.alter
        for name, slider in self.sliders.items():
            slider.set_value(getattr(chosen, name))
        _tick(self.realigned, chosen.realigned)
        self.file.draw(choice.maps)


class OcclusionPage(OperationPage):
    """Regions, tools that draw on the photographs, and what covers. `tool_chosen` carries the tool, or None."""

    tool_chosen = Signal(object)
    undone = Signal()

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout()
        grid.setSpacing(4)
        self.regions: dict[str, QCheckBox] = {}
        for place, region in enumerate(REGIONS):
            box = self.regions[region] = QCheckBox(region.replace("-", " ").capitalize())
            box.toggled.connect(lambda _on: self._regions())
            grid.addWidget(box, place // 2, place % 2)
        self.column.addLayout(grid)
        row = QHBoxLayout()
        row.setSpacing(3)
        self.tools: dict[Tool, QToolButton] = {}
        for name, hint in TOOLS.items():
            button = self.tools[name] = icon_button(name, hint, checkable=True)
            button.toggled.connect(lambda on, name=name: self._choose(name, on))
            row.addWidget(button)
        self.undo = icon_button("undo", "Show again what was drawn last")
        self.undo.clicked.connect(self.undone)
        row.addWidget(self.undo)
        row.addSpacing(6)
        self.drawn = figure_label("", "muted")
        row.addWidget(self.drawn, 1)
        self.cover = QuietComboBox()
        self.cover.setAccessibleName("what hides")
        self.cover.setToolTip("What hides the parts")
        for title in COVERS:
            self.cover.addItem(title, title)
        self.cover.activated.connect(lambda _: self._covered())
        row.addWidget(self.cover)
        self.column.addLayout(row)
        self.realign = self._check("Find and align the face again", "realign", REALIGN_TIP)

    def draw(self, choice: LabChoice) -> None:
        """Show what is chosen."""
        chosen: OcclusionChoice = choice.occlusion
        for region, box in self.regions.items():
            _tick(box, region in chosen.regions)
        count = len(chosen.patches)
        self.drawn.setText("" if not count else f"{count} drawn")
        self.undo.setEnabled(bool(count))
        known = next((name for name, one in COVERS.items() if one == (chosen.fill, chosen.colour)), None)
        if known is None:
            known = f"#{bytes(chosen.colour).hex()}" if chosen.fill == "colour" else chosen.fill
            if self.cover.findText(known) < 0:
                self.cover.addItem(known, None)
        self.cover.setCurrentIndex(self.cover.findText(known))
        _tick(self.realign, chosen.realign)

    def drop_tool(self) -> None:
        """Let the mouse draw nothing."""
        for button in self.tools.values():
            button.setChecked(False)

    def _regions(self) -> None:
        self.changed.emit({"regions": tuple(name for name, box in self.regions.items() if box.isChecked())})

    def _choose(self, name: str, on: bool) -> None:
        for other, button in self.tools.items():
            if on and other != name:
                with QSignalBlocker(button):
                    button.setChecked(False)
        self.tool_chosen.emit(name if on else None)

    def _covered(self) -> None:
        name = self.cover.currentData()
        if name is not None:
            fill, colour = COVERS[name]
            self.changed.emit({"fill": fill, "colour": colour})


class AttackPage(OperationPage):
    """Method, aim, budget and steps."""

    def __init__(self) -> None:
        super().__init__()
        self.method = QuietComboBox()
        self.method.setAccessibleName("method of the attack")
        for method, title in METHOD_TITLES.items():
            self.method.addItem(title, method)
        self.method.activated.connect(lambda _: self.changed.emit({"method": self.method.currentData(), "steps": None}))
        self.towards = QuietComboBox()
        self.towards.setAccessibleName("whom the encoder is to see instead")
        self.towards.setToolTip("Whom the encoder is to see instead: another open face or embedding")
        self.towards.activated.connect(lambda _: self.changed.emit({"towards": self.towards.currentData()}))
        for combo in (self.method, self.towards):
            combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.column.addWidget(combo)
        self.budget = self._slider(
            "Budget", "budget", 0, 32, decimals=1, hint="How much any channel of a pixel may change, of 255"
        )
        self.steps = self._slider("Steps", "steps", 1, 200, decimals=0, hint="Steps of the attack")
        self._aims: dict[str, str] = {}

    def offer(self, aims: dict[str, str]) -> None:
        """Offer what an attack can go towards, names by key."""
        if aims == self._aims and self.towards.count():
            return
        self._aims = aims
        with QSignalBlocker(self.towards):
            self.towards.clear()
            self.towards.addItem(AWAY, "")
            for key, name in aims.items():
                self.towards.addItem(f"Towards {shortened(name)}", key)

    def draw(self, choice: LabChoice) -> None:
        """Show what is chosen."""
        chosen: AttackChoice = choice.attack
        self.method.setCurrentIndex(self.method.findData(chosen.method))
        self.towards.setCurrentIndex(max(0, self.towards.findData(chosen.towards)))
        self.budget.set_value(chosen.budget)
        self.steps.set_value(chosen.steps or USUAL_STEPS.get(chosen.method, 1))
        self.budget.setEnabled(chosen.method != "cw-full")
        self.steps.setEnabled(chosen.method not in SINGLE)


class ModifyPage(OperationPage):
    """Attribute and method; `file_asked` and `file_dropped` are of a modifier of the user's own."""

    file_asked, file_dropped = Signal(), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.attribute, self.method = QuietComboBox(), QuietComboBox()
        self.attribute.setAccessibleName("attribute that is taken out")
        self.attribute.activated.connect(lambda _: self.changed.emit({"attribute": self.attribute.currentData()}))
        self.method.setAccessibleName("how the attribute is taken out")
        self.method.addItem("Parts of a network are swapped", "network")
        self.method.addItem("Directions are removed", "linear")
        self.method.activated.connect(lambda _: self.changed.emit({"method": self.method.currentData()}))
        for combo in (self.attribute, self.method):
            self.column.addWidget(combo)
        self.file = FileRow("Modifier…", "Use a file of `likeness train modification` in place of the program's own")
        self.file.asked.connect(self.file_asked)
        self.file.dropped.connect(self.file_dropped)
        self.column.addWidget(self.file)

    def offer(self, attributes: tuple[str, ...]) -> None:
        """Offer attributes by their names."""
        for name in attributes:
            if self.attribute.findData(name) < 0:
                self.attribute.addItem(name.replace("_", " ").capitalize(), name)

    def draw(self, choice: LabChoice) -> None:
        """Show what is chosen."""
        chosen: ModifyChoice = choice.modify
        self.offer((chosen.attribute,))
        self.attribute.setCurrentIndex(self.attribute.findData(chosen.attribute))
        self.method.setCurrentIndex(self.method.findData(chosen.method))
        self.file.draw(choice.modifier)


class FileRow(QWidget):
    """A button that asks for a file, the file's name, and a button that does without it."""

    asked, dropped = Signal(), Signal()

    def __init__(self, title: str, hint: str) -> None:
        super().__init__()
        self.open = QPushButton(title)
        self.open.setToolTip(hint)
        self.open.clicked.connect(self.asked)
        icons.attach(self.open, "open")
        self.name = QLabel()
        self.name.setObjectName("muted")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.drop = icon_button("close", "Do without this file")
        self.drop.clicked.connect(self.dropped)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.open)
        layout.addWidget(self.name, 1)
        layout.addWidget(self.drop)

    def draw(self, file: str) -> None:
        """Show which file is used."""
        self.name.setText(shortened(Path(file).name, 18) if file else "")
        self.name.setToolTip(Path(file).name)
        self.drop.setVisible(bool(file))


def _tick(box: QCheckBox, on: bool) -> None:
    with QSignalBlocker(box):
        box.setChecked(on)
