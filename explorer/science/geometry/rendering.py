"""A face as a picture: z-buffered, lit by spherical harmonics."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.science.geometry.lighting import shade
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.projection import Pose, in_camera, project
from explorer.science.geometry.rasterising import Raster, rasterise

# Light from above and a little from the viewer's left, for pictures of a shape alone.
STUDIO_LIGHT = torch.tensor([0.62, 0.22, 0.34, -0.12, 0.0, 0.0, 0.0, 0.0, 0.0])[:, None].expand(9, 3)


def raster_of(vertices: Tensor, triangles: Tensor, pose: Pose, height: int, width: int) -> Raster:
    """Which triangle of a posed shape, (V, 3) millimetres, shows at each pixel."""
    depth = in_camera(vertices, pose)[..., 2:]
    return rasterise(torch.cat([project(vertices, pose), depth], -1), triangles, height, width)


def render(
    vertices: Tensor,
    triangles: Tensor,
    pose: Pose,
    size: tuple[int, int],
    albedo: Tensor | None = None,
    light: Tensor | None = None,
    background: Tensor | None = None,
) -> Tensor:
    """Draw a shape.

    Args:
        vertices: (V, 3) millimetres.
        triangles: (T, 3).
        size: height and width in pixels.
        albedo: (V, 3) RGB in [0, 1]; a light grey where None.
        light: (9, 3) spherical harmonics; `STUDIO_LIGHT` where None.
        background: (3, H, W) behind it; black where None.

    Returns:
        (3, H, W) RGB in [0, 1].

    Example:
        >>> import torch
        >>> from explorer.science.geometry import Pose, render
        >>> corners = torch.tensor([[0.0, 10.0, 0.0], [-10.0, -10.0, 0.0], [10.0, -10.0, 0.0]])
        >>> pose = Pose(torch.eye(3), torch.tensor([16.0, 16.0]), torch.tensor(1.0))
        >>> picture = render(corners, torch.tensor([[0, 1, 2]]), pose, (32, 32))
        >>> picture.shape, bool((picture[:, 16, 16] > 0).all()), float(picture[:, 0, 0].max())
        (torch.Size([3, 32, 32]), True, 0.0)
    """
    raster = raster_of(vertices, triangles, pose, *size)
    normals = vertex_normals(vertices, triangles) @ pose.rotation.mT
    albedo = torch.full_like(vertices, 0.8) if albedo is None else albedo
    colours = shade(albedo, normals, (STUDIO_LIGHT if light is None else light).to(vertices))
    picture = raster.interpolate(colours.clamp(0, 1), triangles).permute(2, 0, 1)
    return picture if background is None else torch.where(raster.covered, picture, background)
