"""What a scene shows, as plain arrays that any thread may draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.studio.geometry.view.scene import Ball, Pose, Scene

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Topology:
    """A mesh but for its places: P points, a vertex on a seam of the texture being two of them.

    triangles: (T, 3) of points. vertex: (P,) of the model's vertices. uv: (P, 2), v down.
    """

    triangles: Integers
    vertex: Integers
    uv: Floats


@dataclass(frozen=True, eq=False)
class Shape:
    """Where the points of a topology are, in millimetres, (P, 3), their unit normals, (P, 3), the landmarks, and what
    holds them all."""

    topology: Topology
    points: Floats
    normals: Floats
    landmarks: Floats
    ball: Ball


@dataclass(frozen=True, eq=False)
class VisibilityMaps:
    """Which texels are seen, (S, S).

    covered: bool, which lie on the face. exact, field: in [0, 1], 0 off the face; field None where there is none.
    threshold: from which the field's texels count as seen; the exact one's count from one half.
    iou: of the two; None without a field. exact_share, field_share: seen texels among those on the face.
    foreign: bool, where the photograph shows background and not the person, at the fitted pose; None where that was not
        looked for. The numbers are of the geometry alone.
    """

    covered: NDArray[np.bool_]
    exact: Floats
    field: Floats | None
    threshold: float
    iou: float | None
    exact_share: float
    field_share: float | None
    foreign: NDArray[np.bool_] | None = None

    def seen(self) -> NDArray[np.bool_]:
        """(S, S) by the exact one."""
        return np.asarray(self.exact >= 0.5)

    def seen_by_field(self) -> NDArray[np.bool_] | None:
        """(S, S) by the field."""
        return None if self.field is None else np.asarray(self.field >= self.threshold)


@dataclass(frozen=True, eq=False)
class FaceView:
    """A scene of one fitted face.

    key: of the fit. still: whether it is drawn in full, not as while something moves.
    shape: the same object as before where the shape did not change. pose: of the head in the frame.
    texture: (T, T, 4) what is laid onto the mesh, premultiplied by how much of it is known or filled in.
    sampled, completed: (T, T, 3). unknown: share of the face of which neither side is seen, filled in or not.
    """

    key: str
    scene: Scene
    still: bool
    shape: Shape
    pose: Pose
    maps: VisibilityMaps
    texture: Image
    sampled: Image
    completed: Image
    unknown: float


@dataclass(frozen=True, eq=False)
class YawSweep:
    """The maps' numbers over yaw, as far as they have come. degrees, exact_share, field_share and iou go together."""

    key: str
    scene: Scene
    degrees: tuple[float, ...] = ()
    exact_share: tuple[float, ...] = ()
    field_share: tuple[float, ...] = ()
    iou: tuple[float, ...] = ()
    finished: bool = False
