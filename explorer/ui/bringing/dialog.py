"""Bringing a network: what was found out about it, the choice of how it is fed, its name and its terms."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import name_of
from explorer.studio.bringing.state import BRINGING
from explorer.studio.bringing.values import Bringing, Line
from explorer.studio.bringing.wishes import Wishes
from explorer.studio.session.state import ACTIVITIES, Activity
from explorer.ui.base import text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.wording import breakable, sentence, shortened
from explorer.ui.bringing.wishes_row import WishesRow
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.shrinking import fit_screen
from explorer.ui.widgets.table import Cell, CopyableTable

SIZE = QSize(1040, 640)
TITLES = ("trying a network", "importing a network")
HEADINGS = ("", "Template", "Size", "Colours", "Numbers", "Similarity", "Faces", "AUC [95 %]", "Apart")
HINTS = (
    "",
    "How a face is cut out: by its five points, by its box so many times as large, or the whole frame",
    "Rows and columns in pixels",
    "Order of the colours",
    "What becomes of x, a colour from 0 to 255",
    "How two embeddings are compared",
    "On how many photographs it was tried: what did worse on few was not tried on all",
    "How often the same person is nearer than another: 0.5 is chance, and 1 without fault; the interval is by person",
    "How far the mean scores of the same and of different people lie apart, in deviations",
)
FIGURES = (False, False, False, False, False, False, True, True, True)
TICKS = 1000


class ImportDialog(QDialog):
    """Tries the network of a file, shows how it did, and has it kept.

    Attributes:
        table: the conventions, the proposed one first.
        accept_button: keeps the network under the line that is chosen.
    """

    def __init__(self, path: Path, dispatcher: CommandDispatcher, parent: QWidget) -> None:
        super().__init__(parent)
        self._dispatcher, self._path = dispatcher, path
        self._shown: tuple[Line, ...] = ()
        self.setWindowTitle(f"Import network: {shortened(name_of(path))}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fit_screen(self, QSize(text_size.scaled(SIZE.width()), text_size.scaled(SIZE.height())))
        self._make_fields()
        self._build()
        self._observer = Observer(dispatcher.session)
        self.finished.connect(self._let_go)
        self._begin("", Wishes())
        self._observer.watch(BRINGING, self._draw)
        self._observer.watch(ACTIVITIES, self._draw_progress)

    # Building.

    def _make_fields(self) -> None:
        self.about = _words("The file is read by a process of its own, with little memory")
        self.wishes = WishesRow()
        self.layers = QuietComboBox()
        self.layers.setAccessibleName("layer that makes the embedding")
        self.layers.setToolTip("Which layer makes the embedding; another one is tried anew")
        self.layers.activated.connect(lambda index: self._begin(self.layers.itemData(index), self.wishes.wishes))
        self.wishes.asked.connect(lambda wishes: self._begin(self.layers.currentData() or "", wishes))
        self.state = _words("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.table = CopyableTable(HEADINGS)
        self.table.set_headings(HEADINGS, HINTS, FIGURES)
        self.table.horizontalHeader().setSectionResizeMode(HEADINGS.index("Numbers"), QHeaderView.ResizeMode.Stretch)
        self.table.setAccessibleName("conventions that were tried")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.note = _words("")
        self.name = QLineEdit()
        self.name.setAccessibleName("name of the encoder")
        self.name.setToolTip("By which it is a choice everywhere: small letters, digits and hyphens")
        self.licence = QLineEdit()
        self.licence.setAccessibleName("licence of the network")
        self.licence.setPlaceholderText("its terms in your words, such as MIT, or own and not published")
        self.threshold = QLineEdit()
        self.threshold.setAccessibleName("makers' own threshold")
        self.threshold.setPlaceholderText("where they publish one: it is said beside the one that is measured here")
        number = QDoubleValidator(self.threshold)
        number.setLocale(QLocale.c())
        self.threshold.setValidator(number)
        self.commercial = QCheckBox("Its terms allow commercial use")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button = QPushButton("Import")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._keep)
        for field in (self.name, self.licence):
            field.textChanged.connect(self._enable)

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow("Name", self.name)
        form.addRow("Licence", self.licence)
        form.addRow("Makers' threshold", self.threshold)
        form.addRow("", self.commercial)
        self.layer_row = QWidget()
        layer = QHBoxLayout(self.layer_row)
        layer.setContentsMargins(0, 0, 0, 0)
        layer.addWidget(QLabel("Layer"))
        layer.addWidget(self.layers, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.bar)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        self.bar.setMaximumWidth(text_size.scaled(170))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(self.about)
        layout.addWidget(self.layer_row)
        layout.addWidget(section_title("How it wants its faces"))
        layout.addWidget(self.wishes)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addWidget(section_title("What it is called"))
        layout.addLayout(form)
        layout.addLayout(buttons)

    # What the user does.

    def _begin(self, layer: str, wishes: Wishes) -> None:
        self._dispatcher.send(lambda app: app.bringing.try_network(self._path, layer, wishes))

    def _keep(self) -> None:
        line, name, licence = max(self.table.currentRow(), 0), self.name.text().strip(), self.licence.text()
        commercial, said = self.commercial.isChecked(), self.threshold.text().strip()
        threshold = float(said) if self.threshold.hasAcceptableInput() and said else None
        self._dispatcher.send(lambda app: app.bringing.keep(line, name, licence, commercial, threshold))

    def _let_go(self) -> None:
        self._observer.release()
        self._dispatcher.send(lambda app: app.bringing.stop())

    # What is shown.

    def _draw(self, bringing: Bringing | None) -> None:
        if bringing is None or bringing.path != self._path:
            return
        if bringing.stage == "kept":
            self.accept()
            return
        if bringing.about:
            self.about.setText(breakable(sentence(bringing.about)))
        if not self.name.text():
            self.name.setText(bringing.name)
        self._draw_layers(bringing)
        self.wishes.show_sizes(bringing.sizes)
        self.wishes.show_wishes(bringing.wishes)
        if bringing.lines != self._shown:
            self._shown = bringing.lines
            self.table.set_rows([_row(number, line) for number, line in enumerate(bringing.lines)])
            self.table.setCurrentCell(0, 0)
        self.note.setText(_note(bringing))
        self.state.setText(breakable(sentence(bringing.message)))
        self.state.setVisible(True)
        self._enable()

    def _draw_layers(self, bringing: Bringing) -> None:
        self.layer_row.setVisible(len(bringing.layers) > 1)
        with QSignalBlocker(self.layers):
            self.layers.clear()
            for layer in bringing.layers:
                self.layers.addItem(layer, layer)
            self.layers.setCurrentIndex(max(0, self.layers.findData(bringing.layer)))

    def _draw_progress(self, activities: tuple[Activity, ...]) -> None:
        mine = next((one for one in reversed(activities) if one.title in TITLES), None)
        self.bar.setVisible(mine is not None)
        if mine is None:
            return
        self.state.setText(sentence(mine.message or mine.title))
        self.bar.setRange(0, TICKS if mine.total else 0)
        self.bar.setValue(round(min(mine.done / mine.total, 1.0) * TICKS) if mine.total else 0)

    def _enable(self) -> None:
        bringing = self._dispatcher.session[BRINGING]
        tried = bringing is not None and bringing.stage == "tried"
        open_still = bringing is not None and bringing.stage in ("trying", "tried")
        self.table.setEnabled(tried)
        for widget in (self.name, self.licence, self.threshold, self.commercial):
            widget.setEnabled(open_still)
        at_rest = bringing is not None and bringing.stage in ("tried", "failed")
        self.layers.setEnabled(at_rest)
        self.wishes.setEnabled(at_rest)
        named = bool(self.name.text().strip() and self.licence.text().strip())
        self.accept_button.setEnabled(tried and named)
        missing = "" if named else "Say its name and its terms first"
        self.accept_button.setToolTip(missing if tried else "It is not tried yet")


def _row(number: int, line: Line) -> list[Cell]:
    """A line of the table; the proposed one is marked."""
    strong = number == 0
    texts = (
        "proposed" if strong else "",
        line.framing,
        line.size,
        line.colour,
        line.numbers,
        line.measure,
        str(line.photographs),
        line.auc,
        line.apart,
    )
    return [
        Cell(text, "accent" if strong and not column else "text", FIGURES[column], strong)
        for column, text in enumerate(texts)
    ]


def _note(bringing: Bringing) -> str:
    if not bringing.lines:
        return "Common conventions are tried on photographs of known people: that takes a minute or two."
    return (
        f"Tried on {bringing.population}. The proposed line tells people apart best; choose another where you know "
        "better, or say above what you know. What is chosen is measured once more, on strangers and on generated "
        "faces, for its threshold."
    )


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setObjectName("muted")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
