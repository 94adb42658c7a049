"""Rotated, shifted and scaled faces, as encoders are shown them (Deep Face Decoder, section 4.3.1).

A face is altered in its window, about the window's centre. *Without realignment*, as in the paper, the window is an
encoder's own template: the encoder sees the altered template. *With realignment*, as systems work, the window is the
face's box in the photograph: the altered photograph is searched for the face again, and the face aligned anew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.faces.alignment import FaceTemplate, Fill, as_image, invert, transform, warp
from explorer.science.faces.face import Face, Photograph
from explorer.science.faces.square_box import SquareBox
from explorer.science.recognition.base import Encoder

Mode = Literal["template", "realigned"]
"""Whether the encoder sees the altered template, or the altered photograph is aligned anew."""

# Of a shift that names no distance, in widths of the window, as in the paper.
_SHIFT = 0.2
# The altered photograph is so many boxes of the face wide, and at most so many pixels.
_BOXES, _LARGEST = 3, 640
# The least side of a box in pixels.
_UNIT = 16
# A face that is found again lies this near to where the alteration brought the face, in widths of its box.
_FOUND_AGAIN = 0.35

_NAME = re.compile(
    r"rotated-(?P<rotated>\d+(\.\d+)?)"
    r"|shifted-(?P<way>left|right|up|down)(-(?P<shifted>\d+(\.\d+)?))?"
    r"|scaled-(?P<scaled>\d+(\.\d+)?)"
)
_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class AlterationError(LikenessError, ValueError):
    """An alteration that there is none of; the message says which there are."""


@dataclass(frozen=True)
class Alteration:
    """What happens to the content of a window: scaled and turned about the window's centre, then shifted.

    rotation: in degrees, counterclockwise as seen.
    right, down: in widths of the window.
    scale: above 0; below 1 the face shrinks.
    name: by which tables and files call the alteration.

    Example:
        >>> from explorer.science.laboratory import Alteration
        >>> Alteration("larger", scale=2.0).matrix(100.0)[0].tolist()
        [2.0, 0.0, -50.0]
        >>> Alteration("shifted-right", right=0.25).matrix(100.0)[0, 2].item()
        25.0
    """

    name: str
    rotation: float = 0.0
    right: float = 0.0
    down: float = 0.0
    scale: float = 1.0

    def matrix(self, side: float) -> Tensor:
        """The map (2, 3) float64 of pixels of a window of this side, centres at +0.5."""
        numbers = torch.tensor([self.rotation, self.right, self.down, self.scale], dtype=torch.float64)
        return alteration_matrix(*numbers, side=side)


def alteration_matrix(rotation: Tensor, right: Tensor, down: Tensor, scale: Tensor, *, side: float) -> Tensor:
    """The map of an alteration whose numbers are tensors (...), through which gradients flow.

    Args:
        rotation: in degrees. right, down: in widths of the window. scale: above 0. side: of the window in pixels.

    Returns:
        (..., 2, 3) affine maps of the window's pixels.

    Example:
        >>> import torch
        >>> from explorer.science.laboratory import alteration_matrix
        >>> angle = torch.tensor(30.0, requires_grad=True)
        >>> still, one = torch.tensor(0.0), torch.tensor(1.0)
        >>> alteration_matrix(angle, still, still, one, side=112).sum().backward()
        >>> bool(angle.grad.isfinite())
        True
    """
    angle = rotation * (math.pi / 180)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    # Rows count downward: counterclockwise as seen is clockwise in the mathematicians' plane.
    linear = torch.stack([torch.stack([cosine, sine], -1), torch.stack([-sine, cosine], -1)], -2)
    centre = torch.full_like(linear[..., 0], side / 2)
    moved = torch.stack([right, down], -1) * side
    return torch.cat([linear, (centre + moved - (linear @ centre[..., None])[..., 0])[..., None]], -1)


UPRIGHT = Alteration("upright")


def alteration_of(name: str) -> Alteration:
    """The alteration of a name: rotated-30, shifted-left (by 20 %), shifted-left-0.1, scaled-0.5, upright.

    Several are done at once where they are joined by "+", each kind once, and a shift once across and once down.

    Raises:
        AlterationError: it is none, its number is out of range, or a kind is named twice.

    Example:
        >>> from explorer.science.laboratory import alteration_of
        >>> alteration_of("shifted-left").right, alteration_of("rotated-330").rotation
        (-0.2, 330.0)
        >>> both = alteration_of("rotated-10+shifted-up-0.1")
        >>> both.rotation, both.down, both.scale
        (10.0, -0.1, 1.0)
        >>> alteration_of("mirrored")
        Traceback (most recent call last):
        explorer.science.laboratory.geometry.AlterationError: no alteration called 'mirrored': ...
    """
    if name == UPRIGHT.name:
        return UPRIGHT
    if "+" in name:
        return _together(name)
    found = _NAME.fullmatch(name)
    if found is None:
        raise AlterationError(
            f"no alteration called {name!r}: give rotated-DEGREES, shifted-left, -right, -up or -down (by 0.2 of the "
            "window, or shifted-left-0.1), or scaled-FACTOR; several joined by +"
        )
    if found["rotated"]:
        return Alteration(name, rotation=_within(name, found["rotated"], 0, 360))
    if found["scaled"]:
        return Alteration(name, scale=_within(name, found["scaled"], 0.2, 4))
    across, down = _WAYS[found["way"]]
    distance = _SHIFT if found["shifted"] is None else _within(name, found["shifted"], 0, 1)
    return Alteration(name, right=across * distance, down=down * distance)


def _together(name: str) -> Alteration:
    """What several names that are joined by "+" do at once."""
    values: dict[str, float] = {}
    for part in map(alteration_of, name.split("+")):
        moved = {key: getattr(part, key) for key, rest in _STILL.items() if getattr(part, key) != rest}
        twice = [key for key in moved if key in values]
        if twice:
            raise AlterationError(f"{name} says {twice[0]} twice: name each kind once")
        values |= moved
    return Alteration(name, **values)


_STILL = {"rotation": 0.0, "right": 0.0, "down": 0.0, "scale": 1.0}


def _within(name: str, number: str, least: float, most: float) -> float:
    value = float(number)
    if not least <= value <= most:
        raise AlterationError(f"{name}: give a number between {least:g} and {most:g}")
    return value


ROTATIONS = tuple(alteration_of(f"rotated-{degrees}") for degrees in range(30, 360, 30))
SHIFTS = tuple(alteration_of(f"shifted-{way}") for way in _WAYS)
SCALES = tuple(alteration_of(f"scaled-{scale}") for scale in ("0.5", "1.5"))
ALTERATIONS = (*ROTATIONS, *SHIFTS, *SCALES)
"""Those of the paper: rotations in steps of 30 degrees, shifts by 20 % in four directions, scalings by 0.5 and 1.5."""


def altered(image: Tensor, alteration: Alteration, fill: Fill = "zeros") -> Tensor:
    """Alter square pictures as their own windows.

    Args:
        image: (B, 3, S, S); gradients flow to it.
        fill: what comes in from outside: black, or the colours of the border.

    Returns:
        (B, 3, S, S).

    Raises:
        ValueError: the pictures are not square.

    Example:
        >>> import torch
        >>> from explorer.science.laboratory import altered, alteration_of
        >>> face = torch.rand(1, 3, 20, 20)
        >>> turned = altered(face, alteration_of("rotated-90"))
        >>> torch.allclose(turned, face.rot90(1, (2, 3)), atol=1e-4)
        True
    """
    height, width = image.shape[-2:]
    if height != width:
        raise ValueError(f"a window is square, and not {width} x {height} pixels")
    return warp(image, alteration.matrix(width).expand(len(image), 2, 3), width, fill)


def followed_by(first: Tensor, then: Tensor) -> Tensor:
    """The affine map (..., 2, 3) that does one map and then another one."""
    linear, shift = then[..., :2].to(first), then[..., 2].to(first)
    return torch.cat([linear @ first[..., :2], (linear @ first[..., 2:]) + shift[..., None]], -1)


def altered_template(
    image: Tensor, points: Tensor, template: FaceTemplate, alterations: Sequence[Alteration]
) -> Tensor:
    """Bring a face into a template and alter it there; the picture is sampled once, so that nothing is blurred twice.

    Args:
        image: (1, 3, H, W) RGB in [0, 1]; gradients flow to it. points: (1, 5, 2) of the face in it.

    Returns:
        (A, 3, S, S), one an alteration; black outside of the picture.

    Raises:
        FaceError: the points coincide.
    """
    aligning = template.matrix(points.to(image))
    size = template.size
    return torch.cat([warp(image, followed_by(aligning, one.matrix(size)), size) for one in alterations])


def embed_altered(encoder: Encoder, image: Tensor, points: Tensor, alterations: Sequence[Alteration]) -> Tensor:
    """What an encoder sees of a face whose template is altered, without realignment: (A, D).

    Args:
        image, points: as `altered_template` takes them.
    """
    embeddings: Tensor = encoder(altered_template(image, points, encoder.spec.template, alterations))
    return embeddings


@dataclass(frozen=True, eq=False)
class AlteredPhotograph:
    """A square picture of a face that was altered in its photograph.

    points: (5, 2) where the alteration brought the face's points. box: side of the face's altered box in pixels.
    """

    photograph: Photograph
    points: Tensor
    box: float


def altered_photograph(photograph: Photograph, face: Face, alteration: Alteration) -> AlteredPhotograph:
    """Alter a photograph about a face: three times as wide as the face's box, at most 640 px.

    Shifts are in widths of the box. What lies outside of the photograph is black.

    Raises:
        FaceError: the face's points coincide.
    """
    points = torch.from_numpy(face.points)[None]
    box = int(max(_UNIT, min(_box_side(face), _LARGEST / _BOXES)))
    canvas = _BOXES * box
    margin = torch.tensor([[1.0, 0.0, (canvas - box) / 2], [0.0, 1.0, (canvas - box) / 2]], dtype=torch.float64)
    change = followed_by(followed_by(SquareBox(box, 1.0).matrix(points), alteration.matrix(box)), margin)
    image, change_of_part = _seen_part(photograph, change, canvas)
    drawn = warp(image, change_of_part.float(), canvas)[0].permute(1, 2, 0)
    pixels = (drawn.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    picture = Photograph(pixels, photograph.name, photograph.sha256, generated=photograph.generated)
    return AlteredPhotograph(picture, transform(change, points)[0], box * alteration.scale)


def _seen_part(photograph: Photograph, change: Tensor, canvas: int) -> tuple[Tensor, Tensor]:
    """The part of a photograph that comes into a picture, averaged down where it is much larger, and the map of it."""
    corners = torch.tensor([[[0, 0], [canvas, 0], [canvas, canvas], [0, canvas]]], dtype=torch.float64)
    outline = transform(invert(change), corners)[0].numpy()
    height, width = photograph.pixels.shape[:2]
    left, top = np.clip(np.floor(outline.min(0)) - 1, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(outline.max(0)) + 1, (left + 1, top + 1), (width, height)).astype(int)
    part = photograph.pixels[top:bottom, left:right]
    factor = max(1, min(int(torch.linalg.det(change[0, :, :2]).rsqrt()), *part.shape[:2]))
    if factor > 1:
        rows, columns = part.shape[0] // factor, part.shape[1] // factor
        whole = part[: rows * factor, : columns * factor]
        part = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    into_photograph = torch.tensor([[factor, 0, left], [0, factor, top]], dtype=torch.float64)
    return as_image(part), followed_by(into_photograph, change)


def found_again(picture: AlteredPhotograph, faces: Sequence[Face]) -> Face | None:
    """Of the faces that a detector finds in an altered photograph the one that was altered; None where it is none."""
    return _nearest(picture.points.mean(0).numpy(), picture.box, faces)


def nearest_face(face: Face, faces: Sequence[Face]) -> Face | None:
    """Of the faces that a detector finds the one that lies where a face was; None where it is none."""
    return _nearest(face.points.mean(0), _box_side(face), faces)


def _nearest(expected: NDArray[np.float64], box: float, faces: Sequence[Face]) -> Face | None:
    apart = [float(np.linalg.norm(face.points.mean(0) - expected)) for face in faces]
    if not apart or min(apart) > _FOUND_AGAIN * box:
        return None
    return faces[apart.index(min(apart))]


def _box_side(face: Face) -> float:
    """The side of a face's box in pixels of its photograph."""
    matrix = SquareBox(_UNIT, 1.0).matrix(torch.from_numpy(face.points)[None])[0]
    return _UNIT / float(torch.linalg.det(matrix[:, :2]).sqrt())
