"""Which part of a photograph is the person's own: what is sampled beside it is background, however the fit lies."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rendering import raster_of
from explorer.science.geometry.sampling import sample_bilinear
from explorer.science.geometry.uv import UvMap
from explorer.science.leakage.labels.parsing import CLASSES

# What face parsing names that no texture of a head is to show. Hair, glasses and a hat are the person's own.
FOREIGN = ("background", "clothes")

# Side of the silhouette's picture in pixels. How far within the border the fit is trusted, in shares of the frame's
# side: a contour lies up to 3 % of the frame off, and a pixel at the border shows both sides of it.
_SIDE = 256
_TRUSTED, _MIXED = 0.03, 0.008


def own_by_parsing(classes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The person's own pixels by face parsing, without the border, whose pixels show both sides of it.

    Args:
        classes: (H, W), places in `CLASSES`.

    Returns:
        (H, W).
    """
    own = ~np.isin(classes, [CLASSES.index(name) for name in FOREIGN])
    return _within(own, _MIXED * len(own))


def own_by_fit(vertices: Tensor, triangles: Tensor, pose: Pose, frame: int) -> NDArray[np.bool_]:
    """The pixels well within the silhouette of a fit, where even a fit that is somewhat off shows the person.

    Args:
        vertices: (V, 3) millimetres, of a shape posed in a frame of so many pixels a side.

    Returns:
        (256, 256), of that frame.
    """
    small = Pose(pose.rotation, pose.translation * (_SIDE / frame), pose.scale * (_SIDE / frame))
    covered = raster_of(vertices.detach(), triangles, small, _SIDE, _SIDE).covered.cpu().numpy()
    return _within(covered, _TRUSTED * _SIDE)


def _within(own: NDArray[np.bool_], margin: float) -> NDArray[np.bool_]:
    """(H, W): what lies further from the border than so many pixels. The edge of the frame is no border."""
    from scipy.ndimage import distance_transform_edt

    around = np.pad(own, 1, mode="edge")
    distance = distance_transform_edt(np.pad(around, 1, mode="edge"))[2:-2, 2:-2]
    return np.asarray(own & (distance > margin))


@torch.no_grad()
def laid_flat(own: NDArray[np.bool_], vertices: Tensor, pose: Pose, frame: int, uv: UvMap) -> Tensor:
    """Which texels are sampled from the person's own pixels; those that fall off the frame are not.

    Args:
        own: (H, H) of the frame, whatever its resolution. vertices, pose, frame: as of `own_by_fit`.

    Returns:
        (S, S) bool, False off the face.
    """
    places = uv.spread(project(vertices, pose)) * (own.shape[0] / frame)
    picture = torch.from_numpy(own.astype(np.float32))[None, None].to(vertices)
    sampled = sample_bilinear(picture, places.flatten(1).mT[None])[0, 0].unflatten(0, places.shape[1:])
    kept: Tensor = (sampled > 0.5) & uv.covered
    return kept
