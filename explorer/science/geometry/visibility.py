"""What of a mesh the camera sees: exact, by rays against every triangle, or by a z-buffer where embreex is missing.

The camera is orthographic: all rays run along its z axis, and neither scale nor translation nor roll matters. A point
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

# Rays start this far along the normal, in shares of the mesh's diagonal: 0.3 mm of a head. A ray from the surface
# itself would meet it, and one from nearer the next facets where the skin turns away, which are flat for round.
OFFSET = 1e-3
# Least cosine between normal and direction to the viewer: what is seen exactly edge-on, as the middle of a head is
# from its side, would be seen or not by the last digit of a rounding.
FACING = 1e-5
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

    Example:
        >>> import torch
        >>> from explorer.science.geometry import vertex_visibility
        >>> corners = torch.tensor([[0.0, 1.0, 0.0], [-1.0, -1.0, 0.0], [1.0, -1.0, 0.0]])
        >>> vertices = torch.cat([corners, 0.5 * corners - torch.tensor([0.0, 0.0, 1.0])])  # a smaller one behind
        >>> triangles = torch.tensor([[0, 1, 2], [3, 4, 5]])
        >>> vertex_visibility(vertices, triangles, torch.eye(3)).tolist()
        [True, True, True, False, False, False]
    """
    normals = vertex_normals(vertices.detach(), triangles)
    return point_visibility(vertices, normals, vertices, triangles, rotation, method)


def point_visibility(
    points: Tensor, normals: Tensor, vertices: Tensor, triangles: Tensor, rotation: Tensor, method: Method | None = None
) -> Tensor:
    """Which points of one mesh's surface are seen, (P,) bool.

    Args:
        points, normals: (P, 3), the normals of unit length; the rest as of `vertex_visibility`.

    Raises:
        ImportError: "rays" was asked for without embreex.
    """
    turn = rotation.detach().mT
    posed, points, normals = (part.detach() @ turn for part in (vertices, points, normals))
    facing = normals[:, 2] > FACING
    method = method or ("rays" if _has_embreex() else "z-buffer")
    free = _unblocked_rays if method == "rays" else _unblocked_buffer
    return facing & free(points, normals, posed, triangles)


def _has_embreex() -> bool:
    try:
        import embreex  # noqa: F401
    except ImportError:
        return False
    return True


def _unblocked_rays(points: Tensor, normals: Tensor, posed: Tensor, triangles: Tensor) -> Tensor:
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    # Single precision is embree's own; the mesh is brought to the origin and to size 1 to make the most of it.
    centre, size = posed.mean(0), (posed.amax(0) - posed.amin(0)).norm().clamp_min(1e-12)
    placed, starts = (((part - centre) / size).cpu().numpy().astype(np.float32) for part in (posed, points))
    origins = starts + np.float32(OFFSET) * normals.cpu().numpy().astype(np.float32)
    scene = rtcore_scene.EmbreeScene(robust=True)
    TriangleMesh(scene, placed, triangles.cpu().numpy().astype(np.int32))
    directions = np.zeros_like(origins)
    directions[:, 2] = 1
    blocked = scene.run(np.ascontiguousarray(origins), directions, query="OCCLUDED") >= 0
    return torch.from_numpy(~blocked).to(posed.device)


def _unblocked_buffer(points: Tensor, normals: Tensor, posed: Tensor, triangles: Tensor) -> Tensor:
    low, high = posed.amin(0), posed.amax(0)
    size = (high - low).norm().clamp_min(1e-12)
    scale = (_BUFFER - 2) / (high - low)[:2].amax().clamp_min(1e-12)
    x = (posed[:, 0] - low[0]) * scale + 1
    y = (high[1] - posed[:, 1]) * scale + 1
    raster = rasterise(torch.stack([x, y, posed[:, 2]], 1), triangles, _BUFFER, _BUFFER)
    depth = raster.interpolate(posed[:, 2:], triangles)[..., 0]
    depth = torch.where(raster.covered, depth, depth.new_tensor(-torch.inf))
    # The ray's start, as with rays; the pixel under it.
    start = points + OFFSET * size * normals
    column = ((start[:, 0] - low[0]) * scale + 1).long().clamp(0, _BUFFER - 1)
    row = ((high[1] - start[:, 1]) * scale + 1).long().clamp(0, _BUFFER - 1)
    unblocked: Tensor = depth[row, column] <= start[:, 2] + _DEPTH_SLACK * size
    return unblocked
