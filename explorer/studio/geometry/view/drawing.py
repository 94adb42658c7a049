"""The scene as a picture, without OpenGL: z-buffered, lit, textured, the same as on the graphics card.

For the command line, figures and films, and for the window where there is no OpenGL.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.rasterising import Raster, rasterise
from explorer.studio.geometry.fitting import as_picture
from explorer.studio.geometry.view.face_view import FaceView
from explorer.studio.geometry.view.scene import AMBIENT, BARE, DIFFUSE, SPECULAR, WIRE, Camera, RenderStyle, place
from explorer.studio.geometry.view.tinting import tint_picture

Image = NDArray[np.uint8]

_WIRE_PIXELS = 0.6


@torch.no_grad()
def draw(view: FaceView, look: RenderStyle, camera: Camera, frame: int, width: int, height: int) -> Image:
    """Draw the mesh.

    Args:
        frame: side of the photograph's frame in its own pixels.

    Returns:
        (height, width, 4) RGBA, not premultiplied: opaque where the mesh is, clear elsewhere.
    """
    placed = place(view.pose, camera, frame, width, height, None if look.photograph else view.shape.ball)
    points = torch.from_numpy(placed.project(view.shape.points))
    triangles = torch.from_numpy(view.shape.topology.triangles).long()
    raster = rasterise(points, triangles, height, width)
    texture = as_picture(view.texture)
    uv = raster.interpolate(torch.from_numpy(view.shape.topology.uv), triangles)
    skin = _sample(texture, uv)
    colours = skin[..., :3] + (1 - skin[..., 3:]) * torch.tensor(BARE)
    if look.tint != "none":
        tint = _sample(as_picture(tint_picture(view.maps, look.tint)), uv)
        colours = torch.lerp(colours, tint[..., :3], tint[..., 3:])
    if look.lit:
        normals = torch.from_numpy(view.shape.normals) @ torch.from_numpy(placed.rotation).mT
        colours = _lit(colours, raster.interpolate(normals, triangles), torch.from_numpy(look.light()))
    if look.wireframe:
        wire = _wire(raster, points, triangles)
        colours = torch.lerp(colours, torch.tensor(WIRE).expand_as(colours), 0.6 * wire[..., None])
    picture = torch.cat([colours.clamp(0, 1), raster.covered[..., None].float()], -1)
    return np.asarray((picture * 255).round().byte().numpy())


def composed(picture: Image, behind: Image, opacity: float = 1.0) -> Image:
    """Lay a picture (H, W, 4) over another (H, W, 3): (H, W, 3)."""
    share = picture[..., 3:].astype(np.float32) / 255 * opacity
    mixed = share * picture[..., :3] + (1 - share) * behind
    return np.asarray(mixed.round().astype(np.uint8))


def _sample(texture: Tensor, uv: Tensor) -> Tensor:
    """(C, S, S) at (H, W, 2) in [0, 1]: (H, W, C)."""
    sampled = torch.nn.functional.grid_sample(
        texture[None], (uv * 2 - 1)[None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return sampled[0].permute(1, 2, 0)


def _lit(colours: Tensor, normals: Tensor, light: Tensor) -> Tensor:
    normals = torch.nn.functional.normalize(normals, dim=-1)
    # Both sides of a triangle show; the light falls on the one that does.
    normals = torch.where(normals[..., 2:] < 0, -normals, normals)
    half = torch.nn.functional.normalize(light + torch.tensor([0.0, 0.0, 1.0]), dim=0)
    diffuse = (normals @ light).clamp_min(0)[..., None]
    return colours * (AMBIENT + DIFFUSE * diffuse) + SPECULAR * ((normals @ half).clamp_min(0) ** 24)[..., None]


def _wire(raster: Raster, points: Tensor, triangles: Tensor) -> Tensor:
    """How much of each pixel an edge covers, (H, W), from the distance to the nearest edge of its triangle."""
    corners = points[triangles, :2]
    sides = corners.roll(-2, 1) - corners.roll(-1, 1)  # the side opposite to each corner
    one, other = sides[:, 0], sides[:, 1]
    area = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).abs()
    heights = area[:, None] / sides.norm(dim=-1).clamp_min(1e-6)
    distance = (raster.weights * heights[raster.triangle.clamp_min(0)]).amin(-1)
    wire: Tensor = (1 - distance / _WIRE_PIXELS).clamp(0, 1) * raster.covered
    return wire
