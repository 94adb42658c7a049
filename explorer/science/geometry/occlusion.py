"""One mesh asked again and again, from any side, which of its points are seen: its vertices, or the texels of a map.

The answer is that of `visibility.point_visibility`. What takes its time there, sorting the triangles into a tree,
is done once: turning the head turns the rays instead. A map asked at its texels is sharp; carried over from vertices,
its edges would be as coarse as the mesh.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.uv import UvMap
from explorer.science.geometry.visibility import FACING, OFFSET, Method, point_visibility


class Occluder:
    """A mesh at rest, seen by cameras that turn around it.

    Args:
        vertices: (V, 3). triangles: (T, 3), counter-clockwise seen from outside.
        method: "rays" (embreex) or "z-buffer"; rays where embreex can be imported if None.
        uv: the map at whose texels on the face it is asked, row by row; at the vertices if None.

    Raises:
        ImportError: "rays" was asked for without embreex.
    """

    def __init__(
        self, vertices: Tensor, triangles: Tensor, method: Method | None = None, uv: UvMap | None = None
    ) -> None:
        self._vertices, self._triangles = vertices.detach(), triangles
        self._points, self._normals = self._vertices, vertex_normals(self._vertices, triangles)
        if uv is not None:
            self._points, normals = uv.at_texels(self._vertices), uv.at_texels(self._normals)
            self._normals = torch.nn.functional.normalize(normals, dim=1)
        self._seen = self._slowly if method == "z-buffer" else self._rays(required=method == "rays")

    def visible(self, rotation: Tensor) -> Tensor:
        """Which points a camera sees, (P,) bool, for its rotation (3, 3) from the mesh's axes to the camera's."""
        return self._seen(rotation.detach())

    def _slowly(self, rotation: Tensor) -> Tensor:
        mesh = self._vertices, self._triangles
        return point_visibility(self._points, self._normals, *mesh, rotation, "z-buffer")

    def _rays(self, required: bool) -> Callable[[Tensor], Tensor]:
        try:
            from embreex import rtcore_scene
            from embreex.mesh_construction import TriangleMesh
        except ImportError:
            if required:
                raise
            return self._slowly
        centre, size = self._vertices.mean(0), (self._vertices.amax(0) - self._vertices.amin(0)).norm()
        size = size.clamp_min(1e-12)
        placed, points = (_floats((part - centre) / size) for part in (self._vertices, self._points))
        scene = rtcore_scene.EmbreeScene(robust=True)
        TriangleMesh(scene, placed, self._triangles.cpu().numpy().astype(np.int32))
        normals = _floats(self._normals)
        origins = points + np.float32(OFFSET) * normals
        # Column by column: a product of matrices this thin would wake OpenBLAS's threads.
        across, up, out = np.ascontiguousarray(normals.T)

        def seen(rotation: Tensor) -> Tensor:
            toward = rotation[2].cpu().numpy().astype(np.float32)
            facing = np.flatnonzero(across * toward[0] + up * toward[1] + out * toward[2] > FACING)
            directions = np.repeat(toward[None], len(facing), axis=0)
            blocked = scene.run(origins.take(facing, axis=0), directions, query="OCCLUDED") >= 0
            visible = np.zeros(len(normals), bool)
            visible[facing[~blocked]] = True
            return torch.from_numpy(visible).to(rotation.device)

        return seen


def _floats(values: Tensor) -> NDArray[np.float32]:
    return values.cpu().numpy().astype(np.float32)
