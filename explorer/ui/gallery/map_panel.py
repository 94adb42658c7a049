"""The Map dock: the gallery's faces on a plane, by the chosen encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.studio.gallery.browsing import BROWSING, GalleryViewState, PlaneMap
from explorer.studio.gallery.far import Joined, Looked
from explorer.studio.gallery.listing import Listing
from explorer.studio.gallery.values import Method
from explorer.studio.laboratory.decode_controller import DecodeController
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.gallery.scatter import Scatter
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.quiet import QuietComboBox

T = TypeVar("T")
METHODS: dict[Method, str] = {"pca": "Principal components", "t-sne": "t-SNE"}
# With more faces, a sample is laid out and the others are carried over.
_LAID_OUT = 20_000
INVITATION = "Add a folder to the gallery, or open photographs: their embeddings are laid out here."
T_SNE = "Neighbours stay neighbours; distances between clusters, and their sizes, mean nothing."


class MapPanel(QWidget):
    """Draws `session[BROWSING].plane`."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._plane: PlaneMap | None = None
        self._listing: object = None
        self.method = QuietComboBox()
        self.method.setAccessibleName("how the map is made")
        for method, text in METHODS.items():
            self.method.addItem(text, method)
        self.method.activated.connect(lambda _: self._project(self.method.currentData()))
        self.again = QPushButton("Make again")
        self.again.setToolTip("Make the map anew, with the faces that came since")
        self.again.clicked.connect(lambda: self._project(self.method.currentData()))
        icons.attach(self.again, "reset")
        self.stop = QPushButton("Stop")
        bind_button(self.stop, actions["map_stop"])
        icons.attach(self.stop, "stop")
        self.facts = figure_label("", "muted")
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.facts.setWordWrap(True)
        self.caveat = QLabel(T_SNE)
        self.caveat.setObjectName("faint")
        self.caveat.setWordWrap(True)
        self.scatter = Scatter()
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invitation.setWordWrap(True)
        bar = QHBoxLayout()
        bar.addWidget(self.method)
        bar.addWidget(self.again)
        bar.addWidget(self.stop)
        bar.addSpacing(8)
        bar.addWidget(self.facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(bar)
        layout.addWidget(self.caveat)
        layout.addWidget(self.invitation, 1)
        layout.addWidget(self.scatter, 1)
        self.scatter.chosen.connect(self._choose)
        self.scatter.opened.connect(self._open)
        self.scatter.pointed.connect(self._point)
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(BROWSING, lambda _: self._refresh.poke())

    def set_watched(self, on: bool) -> None:
        """Say whether the panel can be seen."""
        self._dispatcher.send(lambda app: app.gallery.views.watch(map=on))

    def _project(self, method: Method) -> None:
        self._dispatcher.send(lambda app: app.gallery.views.project(method))

    def _choose(self, rows: Sequence[int]) -> None:
        plane = self._plane
        if plane is not None:
            keys = [plane.keys[row] for row in rows]
            self._dispatcher.send(lambda app: app.gallery.choose(keys))

    def _open(self, row: int) -> None:
        plane = self._plane
        if plane is not None:
            key = plane.keys[row]
            self._dispatcher.send(lambda app: app.gallery.open([key]))

    def _point(self, row: int | None) -> None:
        plane = self._plane
        key = None if plane is None or row is None or row >= len(plane.keys) else plane.keys[row]
        self._dispatcher.send(lambda app: app.controller(DecodeController).point_at(key))

    def _draw(self) -> None:
        browsing = self._dispatcher.session[BROWSING]
        plane = browsing.plane
        self.invitation.setVisible(plane is None)
        self.scatter.setVisible(plane is not None)
        self.method.setCurrentIndex(self.method.findData(browsing.method))
        moving = plane is not None and plane.total > 0
        self.stop.setVisible(moving)
        self.again.setVisible(browsing.method == "t-sne" and not moving)
        self.facts.setText("" if plane is None else _says(plane, browsing))
        self.caveat.setVisible(plane is not None and plane.method == "t-sne")
        if plane is None:
            self._plane = None
            return
        self._draw_points(plane, browsing)
        self.scatter.choose(points_of(plane, browsing.chosen) if browsing.chosen else ())

    def _draw_points(self, plane: PlaneMap, browsing: GalleryViewState) -> None:
        before, listing = self._plane, browsing.listing
        if plane is before and listing is self._listing:
            return
        if before is None or plane.keys is not before.keys or listing is not self._listing:
            self._name_points(plane, listing)
        # While points move they stay in view; once somebody has zoomed into a map that rests, they are left alone.
        known = before is not None and (before.method, before.encoder) == (plane.method, plane.encoder)
        self._plane, self._listing = plane, listing
        self.scatter.set_points(plane.points, fit=not known or plane.total > 0)

    def _name_points(self, plane: PlaneMap, listing: Listing) -> None:
        if isinstance(plane.keys, Joined):
            # Very many: each is looked up when it is pointed at.
            def looked(column: Sequence[T], nothing: T) -> Sequence[T]:
                def look(at: int) -> T:
                    row = listing.places.get(plane.keys[at])
                    return nothing if row is None else column[row]

                return Looked(len(plane.keys), look)

            columns = looked(listing.names, ""), looked(listing.people, ""), looked(listing.pictures, b"")
            self.scatter.set_faces(plane.keys, *columns, there=listing.places)
            return
        rows = [listing.places.get(key) for key in plane.keys]
        self.scatter.set_faces(
            plane.keys,
            tuple("" if row is None else listing.names[row] for row in rows),
            tuple("" if row is None else listing.people[row] for row in rows),
            tuple(b"" if row is None else listing.pictures[row] for row in rows),
        )


def points_of(plane: PlaneMap, keys: Sequence[str]) -> list[int]:
    """The points of some faces."""
    if not isinstance(plane.keys, Joined):
        places = {key: row for row, key in enumerate(plane.keys)}
        return [places[key] for key in keys if key in places]
    places, far = {key: row for row, key in enumerate(plane.keys.first)}, plane.keys.far
    found = ((places.get(key), far.place(key)) for key in keys)
    rows = (own if own is not None or place is None else len(places) + place for own, place in found)
    return [row for row in rows if row is not None]


def _says(plane: PlaneMap, browsing: GalleryViewState) -> str:
    parts = [f"{len(plane.keys):,} faces under {plane.encoder}"]
    if plane.total:
        parts.append(f"step {plane.done} of {plane.total}")
    if plane.explained is not None:
        across, up = (100 * share for share in plane.explained)
        parts.append(f"across {across:.1f} %, up {up:.1f} % of the variance")
    newer = len(browsing.listing) - len(plane.keys)
    if plane.fitted is not None and len(plane.keys) > _LAID_OUT:
        parts.append("laid out by a sample")
    if plane.method == "t-sne" and newer > 0:
        parts.append(f"{newer:,} faces are not on it")
    return "   ·   ".join(parts)
