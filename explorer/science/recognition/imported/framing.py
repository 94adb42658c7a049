"""How an imported network's input is cut out of a photograph: the template of its convention, and its own shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor, nn

from explorer.science.faces.alignment import ARCFACE_112, FaceTemplate, Template, frame_matrix
from explorer.science.faces.square_box import SquareBox
from explorer.science.recognition.imported.conventions import InputConvention, Size
from explorer.science.recognition.imported.network import ScaledInput


@dataclass(frozen=True)
class WholeFrame:
    """The common frame of a face (FFHQ's crop), hair and shoulders with it.

    size: side of the square in pixels.

    Example:
        >>> from explorer.science.recognition.imported.framing import WholeFrame
        >>> WholeFrame(224).name
        'frame-224'
    """

    size: int

    @property
    def name(self) -> str:
        """Such as "frame-224"."""
        return f"frame-{self.size}"

    def matrix(self, points: Tensor) -> Tensor:
        """The similarity from image pixels to the frame's: (B, 5, 2) to (B, 2, 3); raises FaceError."""
        return frame_matrix(points, self.size)


def template_of(convention: InputConvention) -> FaceTemplate:
    """The square that a convention cuts faces by: as wide as the longer side of the network's input.

    Example:
        >>> from explorer.science.recognition.imported import InputConvention
        >>> from explorer.science.recognition.imported.framing import template_of
        >>> template_of(InputConvention("arcface", (224, 224))).name
        'arcface-224'
    """
    side = max(convention.size)
    if convention.framing == "square-box":
        return SquareBox(side, convention.margin)
    if convention.framing == "whole-frame":
        return WholeFrame(side)
    return _arcface(side)


def _arcface(side: int) -> Template:
    if side == ARCFACE_112.size:
        return ARCFACE_112
    scale = side / ARCFACE_112.size
    return replace(
        ARCFACE_112,
        name=f"arcface-{side}",
        size=side,
        points=tuple((x * scale, y * scale) for x, y in ARCFACE_112.points),
    )


class CutInput(nn.Module):
    """A network that wants an oblong, behind the square that it is cut out of the middle of."""

    def __init__(self, body: nn.Module, size: Size) -> None:
        super().__init__()
        self.body, self.size = body, size

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) to (B, D), S the longer side of the size."""
        embedding: Tensor = self.body(cut_to(image, self.size))
        return embedding


def cut_to(image: Tensor, size: Size) -> Tensor:
    """The middle of (B, 3, S, S) pictures: (B, 3, rows, columns)."""
    rows, columns = size
    top, left = (image.shape[-2] - rows) // 2, (image.shape[-1] - columns) // 2
    return image[..., top : top + rows, left : left + columns]


def input_of(body: nn.Module, convention: InputConvention) -> nn.Module:
    """What `Encoder` wants as its body: a network's body behind its convention, of the square of its template."""
    return CutInput(ScaledInput(body, convention), convention.size)
