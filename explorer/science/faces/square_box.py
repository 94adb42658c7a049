"""The template of encoders that were trained on a detector's box made square, and not on a face's points."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from explorer.science.faces.alignment import square_matrix, upright

# Of the box's longer side, in eye-to-eye and eyes-to-mouth distances, and of its centre, in parts of the way from the
# eyes to the mouth and of the nose's way off it.
_OF_EYES, _OF_HEIGHT = 2.40, 0.55
_DOWN, _ASIDE = 0.30, -0.30


@dataclass(frozen=True)
class SquareBox:
    """Where a face's box lies, told by its five points.

    Makers of such encoders take the box of a detector, make it square by its longer side about its centre, enlarge it
    by a factor, and scale what lies in it. The box here follows from the points alone, so that it moves with them, and
    is turned upright with the face, as the pictures mostly were that the encoders learned from. With e from eye to eye,
    d from the eyes' middle to the mouth's and o from the middle of those two to the nose tip:

        side = 2.40 |e| + 0.55 |d|,    centre = eyes + 0.30 d - 0.30 o

    by least squares to SCRFD's boxes of openpeople's 200 photographs: half of the sides are within 3 % of theirs, all
    within 13 %; half of the centres within 2 % of a side, all within 9 %. On ORL, which had no part in that, the
    sides are 8 % larger in the mean, and at most 23 %.

    size: side of the square in pixels.
    margin: how many times as large as the face's box, 1.0 to 1.3 with most makers.

    Example:
        >>> import torch
        >>> from explorer.science.faces import SquareBox
        >>> points = torch.tensor([[[40.0, 50.0], [80.0, 50.0], [60.0, 70.0], [45.0, 90.0], [75.0, 90.0]]])
        >>> SquareBox(160, 1.0).matrix(points).shape
        torch.Size([1, 2, 3])
    """

    size: int
    margin: float = 1.0

    def __post_init__(self) -> None:
        if not 16 <= self.size <= 1024 or not 0.5 <= self.margin <= 3:
            raise ValueError(
                f"a square box of {self.size} px, x {self.margin:g} is none: take 16 to 1024 px, x 0.5 to 3"
            )

    @property
    def name(self) -> str:
        """Such as "square-160-x1.1"."""
        return f"square-{self.size}-x{self.margin:g}"

    def matrix(self, points: Tensor) -> Tensor:
        """The similarity from image pixels to the square's: (B, 5, 2) to (B, 2, 3); gradients flow.

        Raises:
            FaceError: the points coincide.
        """
        left, right, nose, mouth = points[..., 0, :], points[..., 1, :], points[..., 2, :], points[..., 3:5, :].mean(-2)
        eyes = (left + right) / 2
        across, down = right - left, mouth - eyes
        side = _OF_EYES * across.norm(dim=-1) + _OF_HEIGHT * down.norm(dim=-1)
        centre = eyes + _DOWN * down + _ASIDE * (nose - (eyes + mouth) / 2)
        return square_matrix(centre, upright(across, down), self.margin * side / 2, self.size)
