"""One mesh asked again and again, from any side, which of its vertices are seen.

The answer is that of `visibility.vertex_visibility`. What takes its time there, sorting the triangles into embree's
tree, is done once: turning the head turns the rays instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.visibility import Method, vertex_visibility

# As far along the normal, in shares of the mesh's size, as `vertex_visibility` starts its rays.
_OFFSET = 2e-4


class Occluder:
    """A mesh at rest, seen by cameras that turn around it.

    Args:
        vertices: (V, 3). triangles: (T, 3), counter-clockwise seen from outside.
        method: "rays" (embreex) or "z-buffer"; rays where embreex can be imported if None.

    Raises:
        ImportError: "rays" was asked for without embreex.
    """

    def __init__(self, vertices: Tensor, triangles: Tensor, method: Method | None = None) -> None:
        self._vertices, self._triangles = vertices.detach(), triangles
        self._normals = vertex_normals(self._vertices, triangles).cpu().numpy().astype(np.float32)
        self._seen = self._slowly if method == "z-buffer" else self._rays(required=method == "rays")

    def visible(self, rotation: Tensor) -> Tensor:
        """Which vertices a camera sees, (V,) bool, for its rotation (3, 3) from the mesh's axes to the camera's."""
        return self._seen(rotation.detach())

    def _slowly(self, rotation: Tensor) -> Tensor:
        return vertex_visibility(self._vertices, self._triangles, rotation, "z-buffer")

    def _rays(self, required: bool) -> Callable[[Tensor], Tensor]:
        try:
            from embreex import rtcore_scene
            from embreex.mesh_construction import TriangleMesh
        except ImportError:
            if required:
                raise
            return self._slowly
        centre, size = self._vertices.mean(0), (self._vertices.amax(0) - self._vertices.amin(0)).norm()
        placed = ((self._vertices - centre) / size.clamp_min(1e-12)).cpu().numpy().astype(np.float32)
        scene = rtcore_scene.EmbreeScene(robust=True)
        TriangleMesh(scene, placed, self._triangles.cpu().numpy().astype(np.int32))
        origins, normals = placed + np.float32(_OFFSET) * self._normals, self._normals

        def seen(rotation: Tensor) -> Tensor:
            toward = rotation[2].cpu().numpy().astype(np.float32)
            facing = np.flatnonzero(normals @ toward > 0)
            directions = np.repeat(toward[None], len(facing), axis=0)
            blocked = scene.run(np.ascontiguousarray(origins[facing]), directions, query="OCCLUDED") >= 0
            visible = np.zeros(len(normals), bool)
            visible[facing[~blocked]] = True
            return torch.from_numpy(visible).to(rotation.device)

        return seen
