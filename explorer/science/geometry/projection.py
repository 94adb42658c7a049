"""The scaled orthographic camera (thesis, section 5.2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Pose:
    """Where the camera sees the head; all three share their leading shape.

    rotation: (..., 3, 3), from the model's axes to the camera's (x right, y up, z toward the viewer).
    translation: (..., 2), the pixel on which the model's origin falls (x right, y down, pixel centres at +0.5).
    scale: (...), pixels for a millimetre of the model, positive.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import Pose
        >>> pose = Pose(torch.eye(3), torch.tensor([32.0, 32.0]), torch.tensor(2.0))
        >>> pose.to(torch.float64).scale.dtype
        torch.float64
    """

    rotation: Tensor
    translation: Tensor
    scale: Tensor

    def to(self, *to: Any) -> Pose:
        """The same pose on another device or in another precision."""
        return Pose(*(part.to(*to) for part in (self.rotation, self.translation, self.scale)))


def in_camera(points: Tensor, pose: Pose) -> Tensor:
    """Turn points to the camera and scale them to pixels, in the camera's axes, y still up.

    Args:
        points: (..., N, 3) of the model, in millimetres.

    Returns:
        (..., N, 3); a larger z is nearer to the viewer.
    """
    return points @ pose.rotation.mT * pose.scale[..., None, None]


def project(points: Tensor, pose: Pose) -> Tensor:
    """Project points into the image (thesis, eq. 5.6; its y is turned, for rows of pixels run down).

    Args:
        points: (..., N, 3) of the model, in millimetres; broadcast against the pose. Gradients flow to both.

    Returns:
        (..., N, 2) pixels, x right, y down, centres at +0.5.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import Pose, project
        >>> pose = Pose(torch.eye(3), torch.tensor([32.0, 32.0]), torch.tensor(2.0))
        >>> project(torch.tensor([[0.0, 0.0, 5.0], [1.0, 3.0, 0.0]]), pose).tolist()  # up is toward row 0
        [[32.0, 32.0], [34.0, 26.0]]
    """
    plane = in_camera(points, pose)[..., :2]
    return plane * plane.new_tensor([1.0, -1.0]) + pose.translation[..., None, :]
