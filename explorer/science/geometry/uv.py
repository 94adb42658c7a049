"""The face's texture: what the photograph shows, laid flat, and completed by the face's symmetry.

Textures are (..., C, S, S): row and column are the v and u of the model's map, texel centres at +0.5. The map is
symmetric about its middle column, so that a flip brings every texel to its partner.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.geometry.lighting import harmonics
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rasterising import Raster, rasterise
from explorer.science.geometry.sampling import sample_bilinear

# Shading below this share of full light says nothing about what it falls on.
_DARKEST = 0.05


@dataclass(frozen=True, eq=False)
class UvMap:
    """Which point of the mesh each texel is.

    raster: (S, S) triangles and weights. triangles: (T, 3) of the mesh.
    """

    raster: Raster
    triangles: Tensor

    @property
    def covered(self) -> Tensor:
        """(S, S) bool: whether a texel lies on the face."""
        return self.raster.covered

    def at_texels(self, values: Tensor) -> Tensor:
        """Values on vertices, (V, C), at the T texels on the face, row by row: (T, C)."""
        corners = self.triangles[self.raster.triangle[self.covered]]
        mixed: Tensor = (values[corners] * self.raster.weights[self.covered][..., None].to(values)).sum(1)
        return mixed

    def lay(self, values: Tensor) -> Tensor:
        """Values at the texels on the face, (..., T), as maps (..., S, S) that are 0 off the face."""
        laid = values.new_zeros(*values.shape[:-1], *self.covered.shape)
        laid[..., self.covered] = values
        return laid

    def spread(self, values: Tensor) -> Tensor:
        """Values on vertices, (V, C), as a texture (C, S, S); 0 off the face; differentiable."""
        return self.raster.interpolate(values, self.triangles).permute(2, 0, 1)


def uv_map(model: MorphableModel, size: int) -> UvMap:
    """The map of a model at a resolution, from S x S texels.

    Raises:
        MorphableModelError: the model has no texture coordinates.
    """
    if model.uv is None or model.uv_triangles is None:
        raise MorphableModelError(f"{model.name} has no texture coordinates: use the default model for textures")
    flat = torch.cat([model.uv.double() * size, model.uv.new_zeros(len(model.uv), 1).double()], 1)
    raster = rasterise(flat, model.uv_triangles, size, size)
    # A texel's centre on the map's very border may be in on one side and out on the other.
    both = raster.covered & raster.covered.flip(1)
    triangle = torch.where(both, raster.triangle, -1)
    return UvMap(Raster(triangle, raster.weights.to(model.mean) * both[..., None]), model.triangles)


def unwrap(image: Tensor, vertices: Tensor, pose: Pose, uv: UvMap) -> Tensor:
    """Lay the photograph's colours flat, hidden parts included: those show what is in front of them.

    Args:
        image: (3, H, W). vertices: (V, 3) millimetres. Gradients flow to both and to the pose.

    Returns:
        (3, S, S), 0 off the face.
    """
    places = uv.spread(project(vertices, pose))
    sampled = sample_bilinear(image[None], places.flatten(1).mT[None])[0]
    texture: Tensor = sampled.unflatten(1, places.shape[1:]) * uv.covered
    return texture


def complete(texture: Tensor, visibility: Tensor) -> tuple[Tensor, Tensor]:
    """Fill what is hidden with its mirror image where that is visible (thesis, eq. 5.10, as it is meant).

    R = M V + (1 - M) flip(M) flip(V): where M = 1 the texture stays exactly as it is; where M and its mirror are 0,
    nothing is known and R is 0. Printed, the equation has flip(M) where M is meant.

    Args:
        texture: (..., C, S, S). visibility: (..., 1, S, S) in [0, 1]. Gradients flow to both.

    Returns:
        The completed texture, and (..., 1, S, S) in [0, 1]: how much of it is known, 1 - (1 - M) (1 - flip(M)).

    Example:
        >>> import torch
        >>> from explorer.science.geometry import complete
        >>> texture, seen = torch.tensor([[[1.0, 2.0, 3.0, 9.0]]]), torch.tensor([[[1.0, 1.0, 1.0, 0.0]]])
        >>> completed, known = complete(texture, seen)
        >>> completed.tolist(), known.tolist()  # the last texel takes its mirror's colour
        ([[[1.0, 2.0, 3.0, 1.0]]], [[[1.0, 1.0, 1.0, 1.0]]])
    """
    mirrored = visibility.flip(-1)
    borrowed = (1 - visibility) * mirrored
    return visibility * texture + borrowed * texture.flip(-1), visibility + borrowed


def texture_albedo(texture: Tensor, normals: Tensor, light: Tensor, uv: UvMap) -> Tensor:
    """What a texture's colours would be under even white light: colour over irradiance.

    Args:
        texture: (3, S, S). normals: (V, 3) unit, in the camera's axes. light: (9, 3).

    Returns:
        (3, S, S) in [0, 1].
    """
    irradiance = uv.spread(harmonics(normals) @ light)
    return (texture / irradiance.clamp_min(_DARKEST)).clamp(0, 1) * uv.covered
