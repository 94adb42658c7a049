"""The figure composer: a layout of the papers, filled from the session, previewed as it will be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.composer.composition import FROM_RUNS, LAYOUTS, PRESETS, Composition, Layout, finished_runs, titles
from explorer.studio.composer.state import COMPOSING, ComposerState
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import FilmSpec, Lettering
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, SELECTED
from explorer.studio.inversion.state import RUN, RUNS
from explorer.ui.base import icons, imaging, text_size
from explorer.ui.base.file_dialogs import ask_save
from explorer.ui.base.observe import Observer
from explorer.ui.base.proposed import selected_file
from explorer.ui.base.window import Window
from explorer.ui.composer.laboratory_form import LaboratoryForm
from explorer.ui.composer.panel_pictures import panel_image, write_panel
from explorer.ui.composer.proposing import proposed_file
from explorer.ui.widgets.captioned import figure_label, section_title
from explorer.ui.widgets.dock import Dock
from explorer.ui.widgets.image_view import ImageView
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.settings_form import SettingsForm
from explorer.ui.widgets.shrinking import Shrinking, fit_screen

SIZE = QSize(1120, 720)
FORM = 330
# A slider moves many times a second; a figure takes the better part of one to draw.
PREVIEW_MS = 350
FIGURES, FILMS = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)", "MP4 (*.mp4);;GIF (*.gif)"
TABLES = "CSV (*.csv);;Parquet (*.parquet)"
LETTERINGS: dict[Lettering, str] = {
    "embedded": "text, with the typeface inside",
    "named": "text that names the typeface",
    "outlines": "outlines, for editors without it",
}
PANEL = "panel:"
OF_RUNS = "Write every step of these runs as a table: CSV or Parquet"
OF_FIGURE = "Write the numbers of this figure as a table: CSV or Parquet"
PREVIEW_PIXELS = 1100


class Composer(QDialog):
    """Composes figures of a window's session, and writes its panels."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._dispatcher = window, window.dispatcher
        self._values: dict[str, Any] = {}
        self._film = FilmSpec()
        self.setWindowTitle("Compose figure")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fit_screen(self, SIZE)
        self._make_fields()
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self._preview)
        self._connect()
        self._list_runs()
        self._changed()

    # Building.

    def _make_fields(self) -> None:
        window = self._window
        self.layouts = QuietComboBox()
        self.layouts.setAccessibleName("layout of the figure")
        for layout, words in LAYOUTS.items():
            self.layouts.addItem(words, layout)
        self.layouts.insertSeparator(self.layouts.count())
        for dock_id, dock in window.docks.items():
            self.layouts.addItem(f"Panel: {dock.windowTitle()}", PANEL + dock_id)
        self.runs = QListWidget()
        self.runs.setAccessibleName("runs that take part")
        self.widths = QuietComboBox()
        self.widths.setAccessibleName("width of a venue's columns")
        self.widths.addItem("Width of my own", None)
        for preset in PRESETS:
            self.widths.addItem(f"{preset.title}, one column: {preset.single:g} mm", preset.single)
            if preset.double != preset.single:
                self.widths.addItem(f"{preset.title}, two columns: {preset.double:g} mm", preset.double)
        self.widths.setCurrentIndex(max(0, self.widths.findData(Composition().width)))
        self.sizing = SettingsForm(Composition, ("width", "dpi"))
        self.lettering = QuietComboBox()
        self.lettering.setAccessibleName("text of an SVG")
        for lettering, words in LETTERINGS.items():
            self.lettering.addItem(words, lettering)
        self.without = QCheckBox("Leave the source photograph out")
        self.without.setChecked(True)
        self.without.setToolTip("A face is biometric data. Without it, the figure shows reconstructions alone")
        self.mark = QCheckBox("Mark reconstructions as such")
        self.mark.setChecked(window.mark.isChecked())
        self.latent = QCheckBox("Put the latent into the file")
        self.latent.setToolTip(
            "Biometric data. With it, likeness reproduce says how far a run that is made again lies from this one"
        )
        self.film = SettingsForm(FilmSpec, ("side", "rate", "hold", "every"))
        self.laboratory = LaboratoryForm(self._dispatcher.session)
        self.view = ImageView("Figure", "Choose a layout")
        self.view.setAccessibleName("preview of the figure")
        self.says = figure_label("", "muted")
        # However long the sentence, it never widens the dialog.
        self.says.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.says.setWordWrap(True)
        self.export = QPushButton("Export…")
        self.export.setObjectName("primary")
        self.export.setDefault(True)
        icons.attach(self.export, "export", "accent_text")
        self.draw = QPushButton("Draw")
        self.draw.setToolTip("Draw this figure, which takes more than moments; it is written without being drawn again")
        icons.attach(self.draw, "start")
        self.numbers = QPushButton("Numbers…")
        icons.attach(self.numbers, "table")
        self.close_button = QPushButton("Close")

    def _build(self) -> None:
        form = QVBoxLayout()
        form.setSpacing(6)
        self._forms: dict[str, QWidget] = {}
        parts: tuple[tuple[str, str, QWidget], ...] = (
            ("layout", "Layout", self.layouts),
            ("runs", "Runs", self.runs),
            ("figure", "Figure", self.laboratory),
            ("size", "Size", _column(self.widths, self.sizing)),
            ("film", "Film", self.film),
            ("svg", "Text of an SVG", self.lettering),
            ("content", "Content", _column(self.without, self.mark, self.latent)),
        )
        for name, title, widget in parts:
            part = _column(section_title(title), widget)
            self._forms[name] = part
            form.addWidget(part, 1 if name in ("runs", "figure") else 0)
        form.addStretch()
        fields = QWidget()
        fields.setLayout(form)
        form.setContentsMargins(0, 0, 6, 0)
        left = Shrinking(fields, QSize(FORM, 200))
        text_size.fixed_width(left, FORM)
        buttons = QHBoxLayout()
        buttons.addWidget(self.says, 1)
        for button in (self.draw, self.numbers, self.export, self.close_button):
            buttons.addWidget(button)
        right = QVBoxLayout()
        right.addWidget(self.view, 1)
        right.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(16)
        row.addWidget(left)
        row.addLayout(right, 1)

    def _connect(self) -> None:
        self.layouts.currentIndexChanged.connect(lambda _: self._changed())
        self.runs.itemChanged.connect(lambda _: self._changed())
        self.widths.currentIndexChanged.connect(lambda _: self._take_width())
        self.sizing.changed.connect(self._set)
        self.film.changed.connect(self._set_film)
        self.lettering.currentIndexChanged.connect(lambda _: self._changed())
        for box in (self.without, self.mark, self.latent):
            box.toggled.connect(lambda _: self._changed())
        self.laboratory.changed.connect(self._changed)
        self.draw.clicked.connect(self._draw_asked)
        self.export.clicked.connect(self._export)
        self.numbers.clicked.connect(self._numbers)
        self.close_button.clicked.connect(self.accept)
        self.observer = Observer(self._dispatcher.session)
        self.observer.watch(COMPOSING, self._draw)
        self.observer.watch(RUNS, lambda _: self._list_runs())
        for field in (FACES, EMBEDDINGS, ENCODER):
            self.observer.watch(field, lambda _: self._faces_changed())
        self.finished.connect(lambda _: self._leave())

    def _leave(self) -> None:
        self._timer.stop()
        self.observer.release()
        self._dispatcher.send(lambda app: app.composer.close())

    # What is chosen.

    @property
    def panel(self) -> str:
        """Title of the dock whose panel is chosen, or empty."""
        chosen = str(self.layouts.currentData() or "")
        return chosen.removeprefix(PANEL) if chosen.startswith(PANEL) else ""

    def composition(self) -> Composition:
        """What the form says."""
        layout = "convergence" if self.panel else self.layouts.currentData()
        items = [self.runs.item(row) for row in range(self.runs.count())]
        chosen = [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked]
        return Composition(
            layout=cast("Layout", layout),
            runs=tuple(chosen),
            source=not self.without.isChecked(),
            mark=self.mark.isChecked(),
            latent=self.latent.isChecked(),
            lettering=cast("Lettering", self.lettering.currentData()),
            film=self._film,
            laboratory=self.laboratory.choice(),
            **self._values,
        )

    def _set(self, name: str, value: object) -> None:
        self._values[name] = value
        if name == "width":
            with QSignalBlocker(self.widths):
                self.widths.setCurrentIndex(max(0, self.widths.findData(value)))
        self._changed()

    def _set_film(self, name: str, value: object) -> None:
        self._film = self._film.model_copy(update={name: value})
        self._changed()

    def _take_width(self) -> None:
        if self.widths.currentData() is not None:
            self._values["width"] = float(self.widths.currentData())
        self._changed()

    def _list_runs(self) -> None:
        before = {self.runs.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.runs.count())}
        known = finished_runs(self._dispatcher.session)
        if before == {run.key for run in known}:
            self._timer.start()  # a run of the same key may be another now
            return
        with QSignalBlocker(self.runs):
            self.runs.clear()
            named = titles(known)
            for run in known:
                item = QListWidgetItem(f"{run.number}  {run.target.record.name}, {named[run.key]}")
                item.setToolTip(f"{run.settings.encoder}, {run.settings.space}, {run.settings.steps} steps")
                item.setData(Qt.ItemDataRole.UserRole, run.key)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
                self.runs.addItem(item)
        self._changed()

    def _faces_changed(self) -> None:
        self.laboratory.list_faces()
        if self._laboratory:
            self._timer.start()

    @property
    def _laboratory(self) -> bool:
        return bool(self.layouts.currentData() == "laboratory")

    # Preview.

    def _changed(self) -> None:
        composition, panel = self.composition(), self.panel
        self.sizing.show_values(composition.fitted())
        self.film.show_values(composition.film)
        layout = composition.layout
        shown = {
            "runs": not panel and layout in FROM_RUNS,
            "figure": self._laboratory,
            "size": bool(panel) or layout != "film",
            "film": not panel and layout == "film",
            "svg": not panel and layout != "film",
            "content": True,
        }
        for name, on in shown.items():
            self._forms[name].setVisible(on)
        self.mark.setVisible(not panel)
        self.latent.setVisible(not panel and layout in FROM_RUNS)
        self.draw.setVisible(self._laboratory and composition.laboratory.preset.slow)
        self.numbers.setToolTip(OF_FIGURE if self._laboratory else OF_RUNS)
        if not self._laboratory:
            self.numbers.setEnabled(bool(finished_runs(self._dispatcher.session)))
        self._timer.start()

    def _preview(self) -> None:
        panel = self.panel
        if not panel:
            composition = self.composition()
            self._dispatcher.send(lambda app: app.composer.preview(composition))
            return
        widget = self._widget(panel)
        reason = self._no_panel(panel)
        self.export.setEnabled(not reason)
        if reason or widget is None:
            self._say(None, reason)
            return
        image = panel_image(widget, PREVIEW_PIXELS)
        width = self.composition().width
        self._say(imaging.to_pixels(image), f"{width:.1f} × {width * image.height() / image.width():.1f} mm")

    def _draw_asked(self) -> None:
        self._timer.stop()
        composition = self.composition()
        self._dispatcher.send(lambda app: app.composer.preview(composition, asked=True))

    def _draw(self, composing: ComposerState) -> None:
        if self.panel:
            return
        self.export.setEnabled(composing.preview is not None)
        if self._laboratory:
            self.numbers.setEnabled(composing.preview is not None)
            self.draw.setEnabled(composing.slow)
        width, height = composing.size
        says = composing.remark or (f"{width:.1f} × {height:.1f} mm" if width else "")
        self._say(composing.preview, "drawing…" if composing.busy else says)

    def _say(self, pixels: Any, says: str) -> None:
        self.view.set_hint(says or "Choose a layout")
        self.view.set_pixels(pixels)
        self.says.setText(says)

    def _widget(self, dock_id: str) -> QWidget | None:
        dock = self._window.docks.get(dock_id)
        return dock.panel if isinstance(dock, Dock) else None

    def _no_panel(self, dock_id: str) -> str:
        """Why a panel cannot be written now."""
        if not self._window.in_view(dock_id):
            return "bring this panel into view first: it is written as it is seen"
        if self.without.isChecked():
            return "a panel is written as it is seen, photographs included: allow them below Content"
        return ""

    # Files.

    def _export(self) -> None:
        composition, panel = self.composition(), self.panel
        film = not panel and composition.layout == "film"
        path = ask_save(self, "exports", "Export", self._proposed(composition), FILMS if film else FIGURES)
        if path is None:
            return
        if not panel:
            self._dispatcher.send(lambda app: app.composer.export(path, composition))
            return
        widget = self._widget(panel)
        assert widget is not None
        try:
            write_panel(path, widget, composition.width, composition.dpi, self._panel_record(panel))
        except UserError as error:
            self._dispatcher.report("warning", "The panel was not written", str(error))
            return
        key = self._dispatcher.session[SELECTED]
        about = () if key is None else (key,)
        self._dispatcher.report("info", "The panel is written", path.name, path=path, about=about)

    def _proposed(self, composition: Composition) -> str:
        session = self._dispatcher.session
        if self.panel:
            return selected_file(session, f"{self.panel.replace('_', '-')}.png", encoder=False)
        return proposed_file(session, composition)

    def _panel_record(self, dock_id: str) -> dict[str, Any]:
        from explorer.studio.app.picture_records import selected_source
        from explorer.studio.export.provenance import bare_record
        from explorer.studio.inversion.provenance import run_record

        session = self._dispatcher.session
        about = selected_source(session)
        run = session[RUN]
        shown = {} if run is None else {"run": run_record(run)}
        return bare_record(kind="panel", panel=self._window.docks[dock_id].windowTitle(), **about, **shown)

    def _numbers(self) -> None:
        composition = self.composition()
        figure = Path(proposed_file(self._dispatcher.session, composition)).with_suffix(".csv").name
        name = figure if self._laboratory else "likeness-steps.csv"
        path = ask_save(self, "exports", "Numbers", name, TABLES)
        if path is None:
            return
        if self._laboratory:
            self._dispatcher.send(lambda app: app.composer.export(path, composition))
        else:
            self._dispatcher.send(lambda app: app.composer.numbers(path, composition.runs))


def _column(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    for widget in widgets:
        column.addWidget(widget)
    return holder
