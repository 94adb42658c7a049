"""What the 3D view is asked to show, and from where. No torch: the window draws it before torch is loaded.

The *head* is turned by the scene: yaw and pitch of a hypothetical view, to which visibility and completion follow. The
*camera* only walks around it: orbit, zoom and pan change no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Surface = Literal["completed", "mirrored", "sampled", "albedo", "plain"]
Tint = Literal["none", "exact", "field", "difference"]
Judge = Literal["exact", "field"]

SURFACES: dict[Surface, str] = {
    "completed": "Completed",
    "mirrored": "Mirrored alone",
    "sampled": "As sampled",
    "albedo": "Albedo",
    "plain": "Shape alone",
}
TINTS: dict[Tint, str] = {
    "none": "No overlay",
    "exact": "By rays",
    "field": "By field",
    "difference": "Difference",
}
# Degrees that the head can be turned by the scrub; the field was trained on these.
FURTHEST = 90.0
_CLOSEST, _FARTHEST = 8.0, 0.35

# How everything is drawn, on the graphics card or not: what lies bare, the wires, and how light falls.
BARE = (0.72, 0.70, 0.68)
WIRE = (0.05, 0.07, 0.09)
AMBIENT, DIFFUSE, SPECULAR = 0.5, 0.52, 0.05


@dataclass(frozen=True)
class Scene:
    """The face as it is to be shown.

    yaw, pitch: of the head in degrees, as the camera of the photograph would see it; absolute, not from the fit.
    identity, expression: the coefficients of its shape.
    threshold: from which probability on the field's points count as seen.
    judge: whose visibility completes the texture. surface: what is laid onto the mesh.
    filled: whether what neither the face nor its mirror image shows gets the colours nearby; else it lies bare.
    """

    yaw: float
    pitch: float
    identity: tuple[float, ...]
    expression: tuple[float, ...]
    threshold: float = 0.5
    judge: Judge = "exact"
    surface: Surface = "completed"
    filled: bool = True

    def turned(self, yaw: float, pitch: float) -> Scene:
        """The same with the head turned, within the scrub's range."""
        yaw, pitch = (float(np.clip(angle, -FURTHEST, FURTHEST)) for angle in (yaw, pitch))
        return replace(self, yaw=yaw, pitch=pitch)

    def shaped(self, part: str, index: int, value: float) -> Scene:
        """The same with one coefficient of the "identity" or the "expression" changed."""
        values = list(getattr(self, part))
        values[index] = value
        return replace(self, **{part: tuple(values)})  # type: ignore[arg-type]

    def moved_along(self, vector: Sequence[float], coefficient: float) -> Scene:
        """The same with the shape moved along a vector of length 1 until it projects onto it so far, in deviations."""
        further = coefficient - sum(one * value for one, value in zip(vector, self.identity, strict=True))
        moved = (value + further * one for one, value in zip(vector, self.identity, strict=True))
        return replace(self, identity=tuple(moved))


@dataclass(frozen=True)
class RenderStyle:
    """How it is drawn; nothing is computed anew for it.

    tint: the visibility that colours the surface. azimuth, elevation: where the light comes from, in degrees.
    lit: whether there is a light; without, the texture is shown as it is.
    photograph: whether the mesh lies over the photograph, and opacity how much it covers of it.
    """

    tint: Tint = "none"
    wireframe: bool = False
    landmarks: bool = False
    lit: bool = True
    azimuth: float = -25.0
    elevation: float = 35.0
    photograph: bool = False
    opacity: float = 0.75

    def light(self) -> Floats:
        """(3,) unit: toward the light, in the camera's axes."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        across = np.cos(elevation)
        return np.array([across * np.sin(azimuth), np.sin(elevation), across * np.cos(azimuth)], np.float32)


@dataclass(frozen=True)
class Camera:
    """Where the viewer stands. yaw, pitch: degrees about the head. zoom: 1 shows the frame. across, down: in frames."""

    yaw: float = 0.0
    pitch: float = 0.0
    zoom: float = 1.0
    across: float = 0.0
    down: float = 0.0

    @property
    def rotates(self) -> bool:
        """Whether it stands elsewhere than the camera of the photograph."""
        return (self.yaw, self.pitch) != (0.0, 0.0)

    def orbited(self, yaw: float, pitch: float) -> Camera:
        """Walked around the head by angles in degrees."""
        pitch = float(np.clip(self.pitch + pitch, -90.0, 90.0))
        return replace(self, yaw=(self.yaw + yaw + 180.0) % 360.0 - 180.0, pitch=pitch)

    def panned(self, across: float, down: float) -> Camera:
        """Moved sideways, in sides of the frame as it is shown at zoom 1."""
        return replace(self, across=self.across + across, down=self.down + down)

    def zoomed(self, factor: float, across: float = 0.0, down: float = 0.0) -> Camera:
        """Come nearer by a factor; what lies so far from the middle, in frames at zoom 1, stays where it is."""
        zoom = float(np.clip(self.zoom * factor, _FARTHEST, _CLOSEST))
        grown = zoom / self.zoom
        return replace(
            self,
            zoom=zoom,
            across=across + (self.across - across) * grown,
            down=down + (self.down - down) * grown,
        )

    def rotation(self) -> Floats:
        """(3, 3), from the camera of the photograph to this one."""
        yaw, pitch = np.radians([self.yaw, self.pitch])
        about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        return np.asarray(about_x @ about_y, np.float32)


@dataclass(frozen=True, eq=False)
class Pose:
    """A head in the frame of its photograph: rotation (3, 3), pixels for a millimetre, and where its origin falls."""

    rotation: Floats
    scale: float
    translation: Floats


@dataclass(frozen=True, eq=False)
class Placement:
    """How points in millimetres come onto a screen: x, y in pixels from its upper left corner, y down.

    rotation: (3, 3). scale: pixels for a millimetre. offset: (2,) where the head's origin falls.
    corner: (2,) and side: where the frame of the photograph lies.
    """

    rotation: Floats
    scale: float
    offset: Floats
    corner: Floats
    side: float

    def project(self, points: Floats) -> Floats:
        """(N, 3) millimetres to (N, 3): x and y in pixels, and depth, larger is nearer."""
        turned = points @ self.rotation.T * np.float32(self.scale)
        turned[:, 1] *= -1
        turned[:, :2] += self.offset
        return np.asarray(turned, np.float32)


@dataclass(frozen=True, eq=False)
class Ball:
    """What holds a whole head, however it is turned: centre (3,) and radius in millimetres."""

    centre: Floats
    radius: float


def place(pose: Pose, camera: Camera, frame: int, width: float, height: float, head: Ball | None = None) -> Placement:
    """Where a head and the frame of its photograph come to lie on a screen.

    Args:
        frame: side of the photograph's frame in its own pixels.
        width, height: of the screen in pixels.
        head: to be turned about its middle and shown whole; None lays the head where it lies in its photograph.
    """
    shorter = min(width, height)
    rotation, shift = camera.rotation() @ pose.rotation, np.array([camera.across, camera.down], np.float32) * shorter
    middle = np.array([width / 2, height / 2], np.float32) + shift
    if head is None:
        grow = shorter * camera.zoom / frame
        offset = middle + np.float32(grow) * (pose.translation - frame / 2)
    else:
        grow = shorter * camera.zoom / (2 * head.radius * pose.scale)
        turned = rotation @ head.centre * np.float32(pose.scale * grow)
        offset = middle - turned[:2] * np.array([1, -1], np.float32)
    return Placement(rotation, pose.scale * grow, offset, offset - np.float32(grow) * pose.translation, frame * grow)


def rotation_of(yaw: float, pitch: float, roll: float) -> Floats:
    """Rz(roll) Rx(pitch) Ry(yaw) for angles in degrees, (3, 3), as `science.geometry.rotation`."""
    roll = float(np.radians(roll))
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ Camera(yaw, pitch).rotation(), np.float32)
