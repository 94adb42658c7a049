"""Which figure of Deep Face Decoder is composed: number, faces in their order, encoders, and its own settings."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.science.recognition.registry import ENCODERS
from explorer.studio.composer.laboratory_choice import OF_ONE, PAPER, LaboratoryFigure
from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.laboratory.figure_presets import CHANGED, FigureSettings
from explorer.studio.laboratory.state import LAB
from explorer.studio.session.state import Session
from explorer.ui.base import text_size
from explorer.ui.base.wording import shortened
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.settings_form import SettingsForm

_ROWS, _ROW = 5, 21
ALL, ALL_CHANGED, OURS = "none ticked: all with a decoder", "none ticked: all", "none ticked: the window's encoder"

NAMES = {
    "1": "Faces and their decodes",
    "3": "Several encoders and networks",
    "4": "Two encoders",
    "5": "A layer beside its encoder",
    "6": "Beside the search",
    "7": "Beside the mean face",
    "8": "Faces turned",
    "9": "Faces shifted",
    "10": "Faces scaled",
    "11": "Parts hidden",
    "12": "A face attacked",
    "14": "Centroids of clusters",
    "15": "Means of 1 to N",
    "17": "Embeddings taken apart",
}


class LaboratoryForm(QWidget):
    """Says which figure is composed of which faces."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._settings = FigureSettings(number="1", attribute=session[LAB].modify.attribute)
        self.figure = QuietComboBox()
        self.figure.setAccessibleName("figure of Deep Face Decoder")
        self.figure.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for number, preset in PAPER.items():
            self.figure.addItem(f"{number}  {NAMES[number]}", number)
            self.figure.setItemData(self.figure.count() - 1, preset.title, Qt.ItemDataRole.ToolTipRole)
        self.note = QLabel()
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        self.faces = _ticks("faces in the order of the figure")
        self.faces.setToolTip("Tick faces; drag them into the order in which they stand in the figure")
        self.faces.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.encoders = _ticks("encoders whose decoders draw")
        self.encoders_title = section_title("Encoders")
        self.whose = QLabel()
        self.whose.setObjectName("faint")
        self.layer = QLineEdit()
        self.layer.setPlaceholderText("layer, as train decoder --layer names it")
        self.layer.setAccessibleName("layer of the encoder")
        self.attribute = QuietComboBox()
        self.attribute.setAccessibleName("attribute that is taken apart")
        self.forms: Mapping[str, SettingsForm] = {
            number: SettingsForm(FigureSettings, preset.asked)
            for number, preset in PAPER.items()
            if preset.asked and "attribute" not in preset.asked
        }
        self._build()
        for name in ENCODERS.names():
            _add(self.encoders, name, name, ticked=False)
        self.list_faces()
        self._connect()
        self._follow()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        rows: tuple[QWidget, ...] = (self.figure, self.note, section_title("Faces"), self.faces)
        for widget in (*rows, self.encoders_title, self.encoders, self.whose, self.layer, self.attribute):
            column.addWidget(widget)
        for form in self.forms.values():
            column.addWidget(form)

    def _connect(self) -> None:
        self.figure.currentIndexChanged.connect(lambda _: self._follow())
        for ticks in (self.faces, self.encoders):
            ticks.itemChanged.connect(lambda _: self.changed.emit())
        self.faces.model().rowsMoved.connect(lambda *_: self.changed.emit())
        self.layer.editingFinished.connect(self.changed)
        self.attribute.activated.connect(lambda _: self._set("attribute", self.attribute.currentData()))
        for form in self.forms.values():
            form.changed.connect(self._set)

    def choice(self) -> LaboratoryFigure:
        """What the form says."""
        number = str(self.figure.currentData())
        return LaboratoryFigure(
            settings=self._settings.model_copy(update={"number": number}),
            faces=_ticked(self.faces),
            encoders=_ticked(self.encoders),
            layer=self.layer.text().strip() if number == "5" else "",
        )

    def list_faces(self) -> None:
        """Offer the faces of the session: those known before as they were ticked, new ones unticked.

        At first the selected face is ticked, or the first one.
        """
        session = self._session
        known = {_key(self.faces.item(row)): self.faces.item(row).checkState() for row in range(self.faces.count())}
        if set(known) == set(session[FACES]):
            return
        selected = session[SELECTED] if session[SELECTED] in session[FACES] else next(iter(session[FACES]), None)
        order = [key for key in known if key in session[FACES]]
        with QSignalBlocker(self.faces):
            self.faces.clear()
            for key in (*order, *(key for key in session[FACES] if key not in known)):
                ticked = known.get(key) is Qt.CheckState.Checked if known else key == selected
                item = _add(self.faces, shortened(session[FACES][key].name), key, ticked=ticked)
                item.setToolTip(session[FACES][key].name)
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
        self.changed.emit()

    def _set(self, name: str, value: object) -> None:
        self._settings = self._settings.model_copy(update={name: value})
        self.changed.emit()

    def _follow(self) -> None:
        """Show what the chosen figure follows from."""
        number = str(self.figure.currentData())
        self.note.setText(f"{PAPER[number].title}. {PAPER[number].note}.")
        self.whose.setText(OURS if number in OF_ONE else ALL_CHANGED if number in CHANGED else ALL)
        self.whose.setVisible(number != "4")
        self.layer.setVisible(number == "5")
        self.attribute.setVisible(number == "17")
        if number == "17":
            self._offer_attributes()
        for name, form in self.forms.items():
            form.setVisible(name == number)
            form.show_values(self._settings)
        self.changed.emit()

    def _offer_attributes(self) -> None:
        from explorer.science.training.modification import attributes  # torch is there by the time it is asked for

        if not self.attribute.count():
            for name in dict.fromkeys((self._settings.attribute, *attributes())):
                self.attribute.addItem(name.replace("_", " ").capitalize(), name)


def _ticks(name: str) -> QListWidget:
    ticks = QListWidget()
    ticks.setAccessibleName(name)
    ticks.setMinimumHeight(text_size.scaled(_ROWS * _ROW))
    return ticks


def _add(ticks: QListWidget, text: str, key: str, *, ticked: bool) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setData(Qt.ItemDataRole.UserRole, key)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
    ticks.addItem(item)
    return item


def _key(item: QListWidgetItem) -> str:
    return str(item.data(Qt.ItemDataRole.UserRole))


def _ticked(ticks: QListWidget) -> tuple[str, ...]:
    items = [ticks.item(row) for row in range(ticks.count())]
    return tuple(_key(item) for item in items if item.checkState() is Qt.CheckState.Checked)
