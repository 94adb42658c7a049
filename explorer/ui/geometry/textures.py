"""The pictures beside the mesh: photograph, sampled and completed texture, and its visibility (thesis, figure 5.16)."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.studio.geometry.state import Viewer3DState
from explorer.studio.geometry.view.face_view import FaceView, VisibilityMaps
from explorer.studio.geometry.view.pointing import SkinPoint, in_photograph, point_at
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Tint, rotation_of
from explorer.studio.geometry.view.tinting import map_picture
from explorer.ui.base.throttle import Throttle
from explorer.ui.geometry.pointed_view import PointedImage
from explorer.ui.widgets.largest_grid import LargestGrid

MAPS_MS = 60
HEADER = 22  # height of a picture's header in pixels
NARROWEST = 108  # its width, so that the longest title and its figure can be read


class TexturePanel(QWidget):
    """Draws the view's pictures; `pointed` carries the point of the skin under the pointer, or None."""

    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._viewing, self._portrait = Viewer3DState(), None  # type: tuple[Viewer3DState, FitView | None]
        self._drawn: tuple[FaceView | None, FitView | None] = None, None
        self._marks = True
        self.photograph = PointedImage(
            "Photo", "", "The face in the common frame, as it was fitted", reconstruction=True
        )
        self.photograph.view.set_mark(False)
        self.sampled = PointedImage("Sampled", "", "What the photograph shows, laid flat at the fitted pose (eq. 5.7)")
        self.completed = PointedImage(
            "Completed",
            "",
            "What is hidden is taken from its mirror image, where that is seen (eq. 5.10);\nthe rest is filled in from "
            "what lies nearby",
        )
        self.exact = PointedImage(
            "Exact",
            "",
            "What is seen, by rays from every vertex toward the viewer: the share of the texture.\nPurple: seen, but "
            "the photograph shows background there, which is not used",
        )
        self.field = PointedImage(
            "Field", "", "What is seen, by the neural visibility field (section 5.2.5): the share of the texture"
        )
        self.difference = PointedImage(
            "Difference", "", "Yellow: seen by rays alone. Purple: by the field alone. The number is their IoU"
        )
        self.pictures = (self.photograph, self.sampled, self.completed, self.exact, self.field, self.difference)
        self._grid = LargestGrid(self.pictures, HEADER, NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self._grid)
        self.photograph.view.hovered.connect(self._over_photograph)
        for picture in (self.sampled, self.completed, self.exact, self.field, self.difference):
            picture.view.hovered.connect(self._over_texture)
        self._refresh = Throttle(self._draw, MAPS_MS, self)

    def draw(self, viewing: Viewer3DState, portrait: FitView | None) -> None:
        """Show a state."""
        old = self._viewing
        self._viewing, self._portrait = viewing, portrait
        if viewing.subject != old.subject:
            self._name_subject()
        if (viewing.view, portrait) != self._drawn:
            self._refresh.poke()
        if viewing.cursor is not old.cursor or viewing.view is not old.view:
            self._draw_cursor()

    def set_mark(self, on: bool) -> None:
        """Let an inversion's picture carry its mark or not."""
        self._marks = on
        self._name_subject()

    def _name_subject(self) -> None:
        inverted = self._viewing.subject == "reconstruction"
        self.photograph.set_title("Inversion" if inverted else "Photo")
        self.photograph.view.set_mark(inverted and self._marks)

    def _draw(self) -> None:
        view, portrait = self._viewing.view, self._portrait
        self._drawn = view, portrait
        self.photograph.view.set_pixels(None if portrait is None else portrait.frame)
        self.photograph.detail.setText("" if portrait is None else f"{portrait.relative_error:.1%}")
        self.photograph.detail.setToolTip(
            "Mean distance of the fit's landmarks, as a share of the outer eye corners' distance"
        )
        for picture in (self.sampled, self.completed, self.exact, self.field, self.difference):
            if view is None:
                picture.view.set_pixels(None)
                picture.detail.setText("")
        if view is None:
            return
        self.sampled.view.set_pixels(view.sampled)
        self.completed.view.set_pixels(view.completed)
        self.completed.detail.setText(f"{1 - view.unknown:.0%}")
        self.completed.detail.setToolTip(
            "Share of the face of which one side or the other is seen; the rest is filled in"
        )
        self._draw_maps(view.maps)

    def _draw_maps(self, maps: VisibilityMaps) -> None:
        self.exact.view.set_pixels(map_picture(maps, "exact"))
        self.exact.detail.setText(f"{maps.exact_share:.1%}")
        known: tuple[tuple[PointedImage, Tint, str], ...] = (
            (self.field, "field", "" if maps.field_share is None else f"{maps.field_share:.1%}"),
            (self.difference, "difference", "" if maps.iou is None else f"{maps.iou:.3f}"),
        )
        self._grid.show_only(6 if maps.field is not None else 4)
        for picture, tint, detail in known:
            picture.view.set_pixels(None if maps.field is None else map_picture(maps, tint))
            picture.detail.setText(detail)

    # The cursor.

    def _draw_cursor(self) -> None:
        view, portrait, cursor = self._viewing.view, self._portrait, self._viewing.cursor
        textures = (self.sampled, self.completed, self.exact, self.field, self.difference)
        if view is None or portrait is None or cursor is None:
            for picture in (self.photograph, *textures):
                picture.view.set_cursor(None)
            return
        shape = view.shape
        u, v = cursor.of(shape.topology.uv, shape.topology).tolist()
        side = len(view.maps.exact)
        column, row = (min(int(place * side), side - 1) for place in (u, v))
        hidden = bool(view.maps.exact[row, column] < 0.5)
        for picture in textures:
            picture.view.set_cursor(QPointF(u, v), hidden)
        rotation = self._fitted_rotation(portrait)
        x, y = in_photograph(shape, cursor, rotation, view.pose.scale, view.pose.translation) / len(portrait.frame)
        toward = rotation[2] @ cursor.of(shape.normals, shape.topology)
        self.photograph.view.set_cursor(QPointF(float(x), float(y)), hidden=bool(toward < 0))

    def _over_texture(self, place: QPointF | None) -> None:
        view = self._viewing.view
        point: SkinPoint | None = None
        if place is not None and view is not None:
            topology = view.shape.topology
            point = point_at(topology.uv, topology, place.x(), place.y())
        self.pointed.emit(point)

    def _over_photograph(self, place: QPointF | None) -> None:
        view, portrait = self._viewing.view, self._portrait
        point: SkinPoint | None = None
        if place is not None and view is not None and portrait is not None:
            # As the face was fitted, wherever the scene has turned it since.
            turned = view.shape.points @ self._fitted_rotation(portrait).T * np.float32(view.pose.scale)
            turned[:, 1] *= -1
            turned[:, :2] += view.pose.translation
            side = len(portrait.frame)
            point = point_at(turned, view.shape.topology, place.x() * side, place.y() * side)
        self.pointed.emit(point)

    def _fitted_rotation(self, portrait: FitView) -> np.ndarray:
        return rotation_of(portrait.scene.yaw, portrait.scene.pitch, portrait.roll)
