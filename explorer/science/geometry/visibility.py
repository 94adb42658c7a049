"""Which vertices the camera sees: exact, by rays against every triangle, or by a z-buffer where embreex is missing.

The camera is orthographic: all rays run along its z axis, and neither scale nor translation nor roll matters. A vertex
is seen if its surface faces the camera and nothing lies between.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.rasterising import rasterise

Method = Literal["rays", "z-buffer"]

# Rays start this far along the normal, in shares of the mesh's diagonal: a ray from the surface itself would meet it.
_OFFSET = 2e-4
# Side of the z-buffer's picture in pixels, and how much deeper than what it shows a vertex may lie, in shares of the
# mesh's diagonal: about one pixel of a steep surface.
_BUFFER = 1024
_DEPTH_SLACK = 4e-3


def vertex_visibility(vertices: Tensor, triangles: Tensor, rotation: Tensor, method: Method | None = None) -> Tensor:
    """Which vertices of one posed mesh are seen.

    Args:
        vertices: (V, 3). triangles: (T, 3), counter-clockwise seen from outside.
        rotation: (3, 3), from the mesh's axes to the camera's.
        method: "rays" (embreex) or "z-buffer"; rays where embreex can be imported if None.

    Returns:
        (V,) bool, on the vertices' device.

    Raises:
        ImportError: "rays" was asked for without embreex.
    """
    posed = vertices.detach() @ rotation.detach().mT
    normals = vertex_normals(posed, triangles)
    facing = normals[:, 2] > 0
    method = method or ("rays" if _has_embreex() else "z-buffer")
    free = _unblocked_rays if method == "rays" else _unblocked_buffer
    return facing & free(posed, normals, triangles)


def _has_embreex() -> bool:
    try:
        import embreex  # noqa: F401
    except ImportError:
        return False
    return True


def _unblocked_rays(posed: Tensor, normals: Tensor, triangles: Tensor) -> Tensor:
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    # Single precision is embree's own; the mesh is brought to the origin and to size 1 to make the most of it.
    centre, size = posed.mean(0), (posed.amax(0) - posed.amin(0)).norm().clamp_min(1e-12)
    placed = ((posed - centre) / size).cpu().numpy().astype(np.float32)
    origins = placed + np.float32(_OFFSET) * normals.cpu().numpy().astype(np.float32)
    scene = rtcore_scene.EmbreeScene(robust=True)
    TriangleMesh(scene, placed, triangles.cpu().numpy().astype(np.int32))
    directions = np.zeros_like(origins)
    directions[:, 2] = 1
    blocked = scene.run(np.ascontiguousarray(origins), directions, query="OCCLUDED") >= 0
    return torch.from_numpy(~blocked).to(posed.device)


def _unblocked_buffer(posed: Tensor, normals: Tensor, triangles: Tensor) -> Tensor:
    low, high = posed.amin(0), posed.amax(0)
    size = (high - low).norm().clamp_min(1e-12)
    scale = (_BUFFER - 2) / (high - low)[:2].amax().clamp_min(1e-12)
    x = (posed[:, 0] - low[0]) * scale + 1
    y = (high[1] - posed[:, 1]) * scale + 1
    points = torch.stack([x, y, posed[:, 2]], 1)
    raster = rasterise(points, triangles, _BUFFER, _BUFFER)
    depth = raster.interpolate(posed[:, 2:], triangles)[..., 0]
    depth = torch.where(raster.covered, depth, depth.new_tensor(-torch.inf))
    # The ray's start, as with rays; the pixel under it.
    start = posed + _OFFSET * size * normals
    column = ((start[:, 0] - low[0]) * scale + 1).long().clamp(0, _BUFFER - 1)
    row = ((high[1] - start[:, 1]) * scale + 1).long().clamp(0, _BUFFER - 1)
    unblocked: Tensor = depth[row, column] <= start[:, 2] + _DEPTH_SLACK * size
    return unblocked
