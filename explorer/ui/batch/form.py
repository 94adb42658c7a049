"""What is done to a folder that is added to the queue: the work, how embeddings are read, where from and where to."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from explorer.studio.batch.controller import job_now
from explorer.studio.batch.estimate import inversions_a_file, seconds_a_file
from explorer.studio.batch.job import KINDS, Kind
from explorer.studio.batch.state import BATCHES
from explorer.studio.faces.state import ENCODER
from explorer.studio.inversion.state import RUN, RUNS, SETTINGS, WEIGHTS
from explorer.studio.leakage.reconstructions import MOST_RUNS
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.file_dialogs import ask_folder
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.wording import duration
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.number_field import NumberField
from explorer.ui.widgets.quiet import QuietComboBox

WORDS: dict[Kind, str] = {
    "invert": "Invert to faces",
    "embed": "Embed to vectors",
    "probe": "Probe for leaks",
    "fit": "Fit 3D faces",
}
BY = {"vector": "By the vector probe", "reconstruction": "Also by reconstruction"}
BY_HINT = (
    "Also by reconstruction: off the faces that inversions make of the embedding alone, with the settings and weights "
    "of the Objective dock. The table says what the probes read, what the reconstructions show, and the photograph."
)
RUNS_HINT = "Inversions of each embedding, by reconstruction; several begin from other random starts and give intervals"


class BatchForm(QWidget):
    """Asks for one folder after another."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.kind = QuietComboBox()
        self.kind.setAccessibleName("what is done to every file")
        for kind in KINDS:
            self.kind.addItem(WORDS[kind], kind)
        self.by = QuietComboBox()
        self.by.setAccessibleName("how embeddings are read")
        self.by.setToolTip(BY_HINT)
        for by, words in BY.items():
            self.by.addItem(words, by)
        self.runs = NumberField(1, MOST_RUNS, 0)
        self.runs.setAccessibleName("how many inversions of each embedding")
        self.runs.setToolTip(RUNS_HINT)
        self.time = figure_label("", "muted")
        self.time.setToolTip("By what earlier files of such a job took, or earlier runs with these settings")
        self.time.setAccessibleName("how long a file takes")
        self.folder = _path_field("Photographs", "Folder of photographs")
        self.out = _path_field("Results", "Folder for results")
        self.add = QPushButton("Add to queue")
        self.add.setObjectName("primary")
        self.add.setToolTip("With the encoder, settings and weights as they are set now")
        self.add.clicked.connect(self._add)
        self._build()
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        for choice in (self.kind, self.by):
            choice.currentIndexChanged.connect(lambda _: self._draw())
        self.runs.valueChanged.connect(lambda _: self._draw())
        self.observer = Observer(dispatcher.session)
        for field in (ENCODER, SETTINGS, WEIGHTS, RUN, RUNS, BATCHES):
            self.observer.watch(field, lambda _: self._refresh.poke())
        self._draw()

    def _build(self) -> None:
        form = QHBoxLayout()
        form.setSpacing(8)
        form.addWidget(self.kind)
        for field, title in ((self.folder, "Choose the folder of photographs"), (self.out, "Choose where results go")):
            form.addWidget(field, 1)
            form.addWidget(self._chooser(field, title))
        form.addWidget(self.add)
        reading = QHBoxLayout()
        reading.setSpacing(8)
        reading.addWidget(self.by)
        reading.addWidget(self.runs)
        reading.addWidget(self.time, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(form)
        layout.addLayout(reading)

    def _chooser(self, field: QLineEdit, title: str) -> QPushButton:
        button = QPushButton("")
        icons.attach(button, "open")
        button.setToolTip(title)
        button.setAccessibleName(title)

        def choose() -> None:
            chosen = ask_folder(self, "batch", title, field.text())
            if chosen is not None:
                field.setText(str(chosen))

        button.clicked.connect(choose)
        return button

    def _chosen(self) -> tuple[Kind, dict[str, object]]:
        """What is done, and with which further fields of the job."""
        kind = cast("Kind", self.kind.currentData())
        if kind == "probe" and self.by.currentData() == "reconstruction":
            return kind, {"by": "reconstruction", "runs": self.runs.number()}
        return kind, {}

    def _add(self) -> None:
        kind, more = self._chosen()
        folder, out = self.folder.text().strip(), self.out.text().strip()
        if not folder or not out:
            missing = "a folder of photographs" if not folder else "a folder for the results"
            self._dispatcher.report("info", "A folder is missing", f"choose {missing} first")
            return
        self._dispatcher.send(lambda app: app.batches.add(kind, Path(folder).absolute(), Path(out).absolute(), **more))

    def _draw(self) -> None:
        kind, more = self._chosen()
        self.by.setVisible(kind == "probe")
        self.runs.setVisible(bool(more))
        self.runs.setSuffix(" run" if self.runs.number() == 1 else " runs")
        job = job_now(self._dispatcher.session, kind, **more)
        words = time_words(inversions_a_file(job), seconds_a_file(self._dispatcher.session, job))
        self.time.setText(words)
        self.time.setVisible(bool(words))


def time_words(inversions: int, seconds: float | None) -> str:
    """Such as "3 inversions a file: about 1.9 min"; empty where nothing is known or needed.

    Args:
        inversions: of each file. seconds: that a file takes; None where that is not known.
    """
    made = f"{inversions} inversion{'' if inversions == 1 else 's'} a file" if inversions else ""
    if seconds is None:
        return f"{made}; the first one shows how long it takes" if made else ""
    about = f"about {duration(seconds)}" if seconds >= 1 else "about a second"
    return f"{made or 'A file'}: {about}"


def _path_field(words: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(words)
    field.setAccessibleName(hint)
    field.setToolTip(hint)
    field.setMinimumWidth(70)
    return field
