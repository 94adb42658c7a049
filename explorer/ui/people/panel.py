"""The People dock: people who never were, drawn by seeds, sliders and vectors, as they are posed, lit and dressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.inversion.values import Overlay
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.person_controller import PersonController
from explorer.studio.people.picture_truth import truth_lines, truth_words
from explorer.studio.people.pictures_controller import PicturesController, drawn_with, name_of_picture
from explorer.studio.people.state import PEOPLE_SHOWN, PERSON, DrawnPicture, PeopleShown
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence
from explorer.ui.people.drawn_by_page import DrawnByPage
from explorer.ui.people.looks_page import LooksPage
from explorer.ui.people.page import ScenePage
from explorer.ui.people.person_page import SeedPage, SlidersPage, VectorsPage
from explorer.ui.people.picture_pages import BackgroundPage, ExpressionPage, LightPage, PosePage
from explorer.ui.people.tile_strip import TileStrip
from explorer.ui.widgets.beside import BesidePanel, Room
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.captioned import CaptionedImage, figure_label
from explorer.ui.widgets.fold import Fold
from explorer.ui.widgets.icon_button import icon_button
from explorer.ui.widgets.saving import report_saving

ROOM = Room(controls=336, least=120, beside=280, below=420)
FIRST = "The first person is being drawn…"
FOLDS: tuple[tuple[str, str], ...] = (
    ("sliders", "Sliders, true labels"),
    ("vectors", "Along vectors"),
    ("pose", "Pose and camera"),
    ("expression", "Expression"),
    ("light", "Light"),
    ("looks", "Hair and what is worn"),
    ("background", "Background"),
)
OPEN_AT_FIRST = ("pose",)


class PeoplePanel(BesidePanel):
    """Draws `session[PERSON]` and `session[PEOPLE_SHOWN]`; pictures are made while the panel can be seen."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._watched = False
        self._overlaid: DrawnPicture | None = None
        self._refresh = Throttle(self._draw, IMAGES_MS, self)
        self.seeds, self.drawn_by = SeedPage(dispatcher), DrawnByPage(dispatcher)
        self.pages: dict[str, ScenePage] = {
            "sliders": SlidersPage(dispatcher),
            "vectors": VectorsPage(dispatcher),
            "pose": PosePage(dispatcher),
            "expression": ExpressionPage(dispatcher),
            "light": LightPage(dispatcher),
            "looks": LooksPage(dispatcher),
            "background": BackgroundPage(dispatcher),
        }
        self.folds = {name: Fold(title, f"controls: {title.lower()}") for name, title in FOLDS}
        self.picture = CaptionedImage("Person", FIRST)
        report_saving(self.picture.view, dispatcher)
        self.points = icon_button("points", "Show where the 68 landmarks truly are", checkable=True)
        self.points.toggled.connect(lambda _: self._refresh.poke())
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("samples a pixel that are traced")
        self.traced = figure_label("", "muted")
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Leave the path-traced picture; the raster one stays")
        icons.attach(self.stop, "stop")
        self.trace = QPushButton("Trace")
        self.trace.setToolTip("Have the picture path-traced after all")
        icons.attach(self.trace, "start")
        self.remark = QLabel()
        self.remark.setObjectName("muted")
        self.remark.setWordWrap(True)
        self.truth = figure_label("", "faint")
        self.truth.setWordWrap(True)
        self.truth.setAccessibleName("what is true of the picture")
        self.tiles = TileStrip(lambda seed: self._person(lambda person: person.show(seed)))
        self.send = QPushButton("Send to Faces")
        self.send.setObjectName("primary")
        bind_button(self.send, actions["person_to_faces"])
        icons.attach(self.send, "send", "accent_text")
        self.several = QToolButton()
        self.several.setText("Several")
        self.several.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.several.setCheckable(True)
        self.several.setToolTip("Show the people of twelve seeds side by side")
        self.several.setAccessibleName("show several people")
        icons.attach(self.several, "samples")
        self.menu_button = self._menu(actions)
        self._connect()
        self._build()
        self.observer = Observer(dispatcher.session)
        for field in (PERSON, PEOPLE_SHOWN):
            self.observer.watch(field, lambda _: self._refresh.poke())
        dispatcher.ready.connect(self._refresh.poke)

    def _menu(self, actions: Mapping[str, QAction]) -> QToolButton:
        button = QToolButton()
        button.setToolTip("Export the picture and its maps, make a set, save or open the scene")
        button.setAccessibleName("export the person, save or open the scene")
        button.setIconSize(QSize(16, 16))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.attach(button, "export")
        menu = QMenu(button)
        for name in ("export_person", "make_people_set", "save_scene", "open_scene"):
            menu.addAction(actions[name])
        button.setMenu(menu)
        return button

    def _connect(self) -> None:
        self.several.toggled.connect(self._show_tiles)
        self.stop.clicked.connect(lambda: self._pictures(lambda pictures: pictures.stop()))
        self.trace.clicked.connect(lambda: self._pictures(lambda pictures: pictures.trace_again()))
        for fold in self.folds.values():
            fold.line.toggled.connect(lambda _: self._refresh.poke())

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        column.addWidget(self.seeds)
        column.addWidget(self.drawn_by)
        for name, fold in self.folds.items():
            fold.body.addWidget(self.pages[name])
            fold.set_open(name in OPEN_AT_FIRST)
            column.addWidget(fold)
        column.addStretch()
        buttons = ButtonRow([self.send, self.several], spacing=6)
        for widget in (self.send, self.several):
            buttons.row.addWidget(widget)
        buttons.row.addStretch()
        buttons.row.addWidget(self.points)
        buttons.row.addWidget(self.menu_button)
        under_way = QHBoxLayout()
        under_way.setSpacing(8)
        under_way.addWidget(self.progress, 1)
        under_way.addWidget(self.traced)
        under_way.addWidget(self.stop)
        under_way.addWidget(self.trace)
        self._right = QWidget()
        column = QVBoxLayout(self._right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.picture, 1)
        column.addLayout(under_way)
        column.addWidget(self.remark)
        column.addWidget(self.truth)
        column.addWidget(self.tiles)
        column.addWidget(buttons)
        self.lay(left, self._right, ROOM, controls_first=False, margins=(10, 8, 10, 10), spacing=10)
        for part in (self.progress, self.traced, self.stop, self.trace, self.remark, self.tiles):
            part.hide()

    @Slot(bool)
    def set_watched(self, on: bool) -> None:
        """Have pictures made while they can be seen, and none otherwise."""
        if on != self._watched:
            self._watched = on
            self._pictures(lambda pictures: pictures.watch(on))
            self._refresh.poke()

    # Commands.

    def _person(self, command: Callable[[PersonController], object]) -> None:
        self._dispatcher.send(lambda app: command(app.controller(PersonController)))

    def _pictures(self, command: Callable[[PicturesController], object]) -> None:
        self._dispatcher.send(lambda app: command(app.controller(PicturesController)))

    def _show_tiles(self, on: bool) -> None:
        self.tiles.setVisible(on)
        self._pictures(lambda pictures: pictures.show_tiles(on))

    # Drawing.

    def _draw(self) -> None:
        if not self._watched:
            return
        session = self._dispatcher.session
        choice, shown = session[PERSON], session[PEOPLE_SHOWN]
        self._draw_picture(choice, shown)
        self._draw_tracing(choice, shown)
        self.remark.setText(sentence(shown.remark))
        self.remark.setVisible(bool(shown.remark))
        self.tiles.draw(shown.tiles, choice.seed)
        if choice.scene is None:
            return
        for page in (self.seeds, self.drawn_by):
            page.draw(choice, choice.scene, shown)
        for name, fold in self.folds.items():
            if fold.is_open:
                self.pages[name].draw(choice, choice.scene, shown)

    def _draw_picture(self, choice: PersonChoice, shown: PeopleShown) -> None:
        picture, view = shown.in_view, self.picture.view
        self.picture.title.setText(name_of_picture(choice)[:1].upper() + name_of_picture(choice)[1:])
        view.set_pixels(None if picture is None else picture.pixels)
        self.picture.detail.setText("" if picture is None else drawn_with(picture))
        if shown.sent:
            self.picture.detail.setText(f"is a face now · {self.picture.detail.text()}")
        truth = None if picture is None else picture.truth
        # Beside a moving slider the words of the last picture would be false, and none would make the picture jump.
        if truth is not None:
            self.truth.setText(f"<b>True</b>&nbsp; {truth_words(truth)}")
            self.truth.setToolTip("\n".join(f"{title}: {words}" for title, words in truth_lines(truth)))
        self.truth.setEnabled(truth is not None)
        if truth is None or not self.points.isChecked():
            view.set_overlay(None)
            self._overlaid = None
        elif picture is not self._overlaid:
            landmarks = np.array(truth.landmarks, np.float32) / np.float32(truth.rendering.size)
            view.set_overlay(Overlay(landmarks=landmarks))
            self._overlaid = picture

    def _draw_tracing(self, choice: PersonChoice, shown: PeopleShown) -> None:
        on = shown.tracing is not None
        for part in (self.progress, self.traced, self.stop):
            part.setVisible(on)
        self.trace.setVisible(choice.rendering.renderer == "path" and shown.stopped)
        if shown.tracing is not None:
            done, total = shown.tracing
            # Until the first pass it is not known how long one takes.
            self.progress.setRange(0, total if done else 0)
            self.progress.setValue(done)
            self.traced.setText(f"{done} of {total} samples" if done else "starting…")
