"""What the pages of the People dock have in common: they draw the choice, and hand what is changed to the workbench."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.science.synthetic.scene import Scene
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.person_controller import PersonController
from explorer.studio.people.state import PeopleShown
from explorer.ui.base import text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.value_slider import ValueSlider

NAME, BEHIND = 72, 110


class ScenePage(QWidget):
    """Some of what is chosen; its owner calls `draw` with every change while the page can be seen."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 4)
        self.column.setSpacing(3)

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen."""
        raise NotImplementedError

    def command(self, command: Callable[[PersonController], object]) -> None:
        """Have the workbench do something about the person."""
        self._dispatcher.send(lambda app: command(app.controller(PersonController)))

    def slider(self, name: str, low: float, high: float, moved: Callable[..., object], **given: Any) -> ValueSlider:
        """A slider in the page's column; `moved` gets the controller and the number, with the digits that it shows."""
        width = given.pop("name_width", NAME)
        slider = ValueSlider(name, low, high, name_width=width, **given)
        digits = given.get("decimals", 2)
        slider.moved.connect(lambda value: self.command(lambda person: moved(person, round(value, digits))))
        self.column.addWidget(slider)
        return slider

    def row(self, name: str, *widgets: QWidget) -> QHBoxLayout:
        """A line of the column: a name, and what is chosen behind it."""
        line = QHBoxLayout()
        line.setSpacing(7)
        label = QLabel(name)
        label.setObjectName("muted")
        text_size.fixed_width(label, NAME)
        line.addWidget(label)
        for place, widget in enumerate(widgets):
            line.addWidget(widget, 1 if place == 0 else 0)
            if place and isinstance(widget, QComboBox):
                widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                text_size.fixed_width(widget, BEHIND)
        self.column.addLayout(line)
        return line


def put(slider: ValueSlider, value: float) -> None:
    """Show a number on a slider, unless it is being slid: what a hand holds is not pulled back."""
    if not slider.slider.isSliderDown():
        slider.set_value(value)


def choice_box(spoken: str, options: Iterable[tuple[str, object]], chosen: Callable[[Any], object]) -> QComboBox:
    """A choice of words, each with its value. spoken: what it chooses, for screen readers and the pointer."""
    box = QuietComboBox()
    for text, value in options:
        box.addItem(text, value)
    box.setAccessibleName(spoken)
    box.setToolTip(spoken[:1].upper() + spoken[1:])
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setMinimumWidth(60)
    box.activated.connect(lambda index: chosen(box.itemData(index)))
    return box


def choose(box: QComboBox, value: object) -> None:
    """Show a value as chosen, without telling anybody."""
    with QSignalBlocker(box):
        box.setCurrentIndex(box.findData(value))


def tick(button: QAbstractButton, on: bool) -> None:
    """Show a switch as on or off, without telling anybody."""
    with QSignalBlocker(button):
        button.setChecked(on)


def refuse(box: QComboBox, value: object, reason: str) -> None:
    """Let a value of a choice not be chosen, and say why; an empty reason lets it."""
    model, place = box.model(), box.findData(value)
    if isinstance(model, QStandardItemModel) and place >= 0:
        model.item(place).setEnabled(not reason)
        box.setItemData(place, reason or None, Qt.ItemDataRole.ToolTipRole)
