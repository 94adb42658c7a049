"""Asks which data set is made of people who never were."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from explorer.science.synthetic.scene import LARGEST_SEED
from explorer.studio.people.values import LARGEST, MOST, SMALLEST, PeopleSettings
from explorer.studio.populations.values import LAYOUTS, SetSettings
from explorer.ui.base.file_dialogs import ask_folder
from explorer.ui.people.page import choice_box
from explorer.ui.widgets.icon_button import icon_button
from explorer.ui.widgets.number_field import NumberField

TITLES = {
    "webdataset": "WebDataset shards",
    "casia": "Folders as CASIA-WebFace has them",
    "fairface": "Folders as FairFace has them",
}
ABOUT = (
    "People of seeds that follow each other, in as many pictures each, with every label: pose, expression, light, "
    "landmarks, and the whole scene. Nobody is in two splits. It is made in the Batch panel."
)


class SetDialog(QDialog):
    """A small form; `settings` and `out` are what was asked for once it is accepted."""

    def __init__(self, parent: QWidget, seed: int, size: int) -> None:
        super().__init__(parent)
        self.setWindowTitle("Make a set of people")
        self.seed = _field(0, LARGEST_SEED, seed, "the first person's seed")
        self.count = _field(1, MOST, 100, "how many people")
        self.pictures = _field(1, 999, 10, "how many pictures of each")
        self.side = _field(SMALLEST, LARGEST, min(size, 128), "pixels a side")
        self.yaw = _field(0, 90, 30, "how far heads turn aside at most, in degrees")
        self.layout_box = choice_box(
            "how the set is laid out", [(TITLES[name], name) for name in LAYOUTS], lambda _: None
        )
        self.layout_box.setMinimumWidth(240)
        self.maps = QCheckBox("Depth, normals, segments and visibility, too")
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder for the set")
        self.folder.setAccessibleName("folder for the set")
        chooser = icon_button("open", "Choose the folder for the set")
        chooser.clicked.connect(self._choose)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = self.buttons.addButton("Add to queue", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setObjectName("primary")
        self.make.setEnabled(False)
        self.folder.textChanged.connect(lambda text: self.make.setEnabled(bool(text.strip())))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._build(chooser)

    def _build(self, chooser: QWidget) -> None:
        about = QLabel(ABOUT)
        about.setObjectName("muted")
        about.setWordWrap(True)
        form = QFormLayout()
        for title, field in (
            ("First seed", self.seed),
            ("People", self.count),
            ("Pictures of each", self.pictures),
            ("Pixels a side", self.side),
            ("Turned aside by", self.yaw),
            ("Layout", self.layout_box),
            ("", self.maps),
        ):
            form.addRow(title, field)
        line = QHBoxLayout()
        line.addWidget(self.folder, 1)
        line.addWidget(chooser)
        form.addRow("Into", line)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.buttons)

    def settings(self) -> SetSettings:
        """The set that is asked for."""
        people = PeopleSettings(
            seed=round(self.seed.value()),
            count=round(self.count.value()),
            pictures=round(self.pictures.value()),
            size=round(self.side.value()),
            yaw=self.yaw.value(),
        )
        return SetSettings(layout=self.layout_box.currentData(), people=people, maps=self.maps.isChecked())

    def out(self) -> Path:
        """The folder."""
        return Path(self.folder.text().strip()).absolute()

    def _choose(self) -> None:
        chosen = ask_folder(self, "batch", "Choose the folder for the set", self.folder.text())
        if chosen is not None:
            self.folder.setText(str(chosen))


def _field(low: float, high: float, value: float, spoken: str) -> NumberField:
    field = NumberField(low, high, 0)
    field.setValue(value)
    field.setAccessibleName(spoken)
    field.setToolTip(spoken[:1].upper() + spoken[1:])
    return field
