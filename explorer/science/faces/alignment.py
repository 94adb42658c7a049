"""Bring a face into a template or into the common frame by its five points, differentiably.

Coordinates are continuous pixels: x right, y down, the centre of the first pixel at (0.5, 0.5), the image's
outline from (0, 0) to (W, H). Code that puts the centre of the first pixel at (0, 0), as `cv2.warpAffine`
does, differs by 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from explorer.science.faces.face import Face, FaceCrop, FaceError, Photograph
from explorer.science.faces.filling import filled

Fill = Literal["zeros", "border"]

# Above this shrinkage bilinear sampling skips pixels and aliases visibly.
_LARGEST_PLAIN_SHRINK = 2.0
# Photographs are halved, thirded, ... before they become floats, down to no less than this around the face:
# twice the 1024 px frame is more than any encoder or figure resolves.
_LARGEST_REGION = 2048


class FaceTemplate(Protocol):
    """How an encoder wants its faces: by five points (`Template`) or by their box (`SquareBox`)."""

    @property
    def name(self) -> str:
        """No two templates that differ have the same."""

    @property
    def size(self) -> int:
        """Side of the square in pixels."""

    def matrix(self, points: Tensor) -> Tensor:
        """The similarity from image pixels to the template's: (B, 5, 2) to (B, 2, 3); raises FaceError."""


@dataclass(frozen=True)
class Template:
    """Where an encoder wants a face's five points.

    size: side of the square in pixels.
    points: eye on the image's left, eye on the image's right, nose tip, mouth corner left, mouth corner
        right; pixels of the template, centres at +0.5.
    """

    name: str
    size: int
    points: tuple[tuple[float, float], ...]

    def matrix(self, points: Tensor) -> Tensor:
        """The least-squares similarity from image pixels to the template's: (B, 5, 2) to (B, 2, 3).

        Raises:
            FaceError: the points coincide.
        """
        return similarity(points, points.new_tensor(self.points))


def _shifted(points: tuple[tuple[float, float], ...], by: float) -> tuple[tuple[float, float], ...]:
    return tuple((x + by, y + by) for x, y in points)


# The published points (InsightFace, `face_align.py`) are handed to cv2.warpAffine, hence the half pixel.
ARCFACE_112 = Template(
    "arcface-112",
    112,
    _shifted(
        ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)),
        0.5,
    ),
)

_DLIB_PADDING = 0.25
# Of dlib's mean face (interpolation.h, `get_face_chip_details`): the six outline points of each eye (iBUG
# 36-41 and 42-47), the nose tip (30) and the mouth corners (48, 54), in units of the unpadded chip.
_DLIB_LEFT_EYE = (
    (0.121737, 0.216423),
    (0.187122, 0.178758),
    (0.265825, 0.179852),
    (0.334606, 0.231733),
    (0.260918, 0.245099),
    (0.182743, 0.244077),
)
_DLIB_RIGHT_EYE = (
    (0.645647, 0.231733),
    (0.714428, 0.179852),
    (0.793132, 0.178758),
    (0.858516, 0.216423),
    (0.797510, 0.244077),
    (0.719335, 0.245099),
)
_DLIB_NOSE_AND_MOUTH = ((0.490127, 0.515625), (0.254149, 0.780233), (0.726104, 0.780233))


def _mean(points: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _dlib_chip(size: int) -> Template:
    # dlib maps the chip's outline, not its pixel centres, so its chip coordinates already are continuous
    # ones. (Its own chip shows up to 0.67 % more, the larger the photograph: (150 s - 1) / 149 pixels a step
    # where s is meant.)
    five = (_mean(_DLIB_LEFT_EYE), _mean(_DLIB_RIGHT_EYE), *_DLIB_NOSE_AND_MOUTH)
    scale = size / (1 + 2 * _DLIB_PADDING)
    points = tuple(((x + _DLIB_PADDING) * scale, (y + _DLIB_PADDING) * scale) for x, y in five)
    return Template(f"dlib-{size}", size, points)


DLIB_150 = _dlib_chip(150)


def similarity(source: Tensor, target: Tensor) -> Tensor:
    """Least-squares similarity (rotation, uniform scale, shift; never a reflection) from points to points.

    Umeyama 1991, eqs. 40-43, which in the plane is linear: with centred points s and t, the matrix [[a, -b],
    [b, a]] has a = sum(s . t) / sum(s . s) and b = sum(s x t) / sum(s . s).

    Args:
        source, target: (..., N, 2), N >= 2, floating point, broadcast against each other; gradients flow to
            both.

    Returns:
        (..., 2, 3): a point p goes to M[:, :2] p + M[:, 2].

    Raises:
        FaceError: a set of points coincides or is not finite, or no rotation is better than another (the
            target is a mirror image of an isotropic source), so that the scale would be zero.
    """
    shape = np.broadcast_shapes(source.shape, target.shape)
    source, target = source.expand(shape), target.expand(shape)
    source_mean, target_mean = source.mean(-2), target.mean(-2)
    s, t = source - source_mean[..., None, :], target - target_mean[..., None, :]
    spread, target_spread = s.square().sum((-1, -2)), t.square().sum((-1, -2))
    a = (s * t).sum((-1, -2))
    b = (s[..., 0] * t[..., 1] - s[..., 1] * t[..., 0]).sum(-1)
    size = source.abs().amax((-1, -2)).square() + target.abs().amax((-1, -2)).square()
    tiny = torch.finfo(source.dtype).eps ** 1.5
    usable = (
        (spread > tiny * size)
        & (target_spread > tiny * size)
        & (a.square() + b.square() > tiny * spread * target_spread)
    )
    if not bool(usable.all()):
        raise FaceError("the points of a face coincide or are not finite: place the five points apart from each other")
    a, b = a / spread, b / spread
    linear = torch.stack([torch.stack([a, -b], -1), torch.stack([b, a], -1)], -2)
    shift = target_mean - (linear @ source_mean[..., None])[..., 0]
    return torch.cat([linear, shift[..., None]], -1)


def invert(matrix: Tensor) -> Tensor:
    """Inverse of affine maps: (..., 2, 3) to (..., 2, 3). Raises torch's LinAlgError for a singular one."""
    linear = torch.linalg.inv(matrix[..., :2])
    return torch.cat([linear, -linear @ matrix[..., 2:]], -1)


def transform(matrix: Tensor, points: Tensor) -> Tensor:
    """Map points (..., N, 2) by affine maps (..., 2, 3)."""
    return points @ matrix[..., :2].transpose(-1, -2) + matrix[..., None, :, 2]


def warp(image: Tensor, matrix: Tensor, size: int, fill: Fill = "zeros") -> Tensor:
    """Warp images by affine maps, bilinearly; gradients flow to the image and to the map.

    Where the map shrinks by more than two, the image is first averaged over squares of floor(shrinkage)
    pixels, so that a portrait of 4000 px does not alias in a template of 112.

    Args:
        image: (B, 3, H, W), floating point.
        matrix: (B, 2, 3) from image pixels to output pixels, centres at +0.5.
        size: side of the square output.
        fill: what lies outside of the image: black ("zeros"), as the encoders' own alignment code has it, or the
            colours of its border.

    Returns:
        (B, 3, size, size).
    """
    matrix = matrix.to(image.dtype)
    shrink = torch.linalg.det(matrix[..., :2].detach()).abs().rsqrt()
    factors = [int(s) if s > _LARGEST_PLAIN_SHRINK else 1 for s in shrink.tolist()]
    if len(set(factors)) <= 1:
        return _sample(image, matrix, size, fill, factors[0] if factors else 1)
    rows = [_sample(image[i : i + 1], matrix[i : i + 1], size, fill, factor) for i, factor in enumerate(factors)]
    return torch.cat(rows)


def _sample(image: Tensor, matrix: Tensor, size: int, fill: Fill, factor: int) -> Tensor:
    if factor > 1:
        image = functional.avg_pool2d(image, factor, ceil_mode=True, count_include_pad=False)
    height, width = image.shape[-2:]
    centres = torch.arange(size, dtype=image.dtype, device=image.device) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    positions = transform(invert(matrix), torch.stack([x, y], -1).reshape(1, -1, 2)) / factor
    if image.is_cuda and torch.is_grad_enabled():
        return gather_bilinear(image, positions, fill).reshape(*image.shape[:2], size, size)
    grid = positions * (2 / positions.new_tensor([width, height])) - 1
    return functional.grid_sample(
        image, grid.reshape(-1, size, size, 2), mode="bilinear", padding_mode=fill, align_corners=False
    )


def gather_bilinear(image: Tensor, positions: Tensor, fill: Fill) -> Tensor:
    """As torch's grid_sample, but with a gradient that is the same in every run on CUDA, where grid_sample's is not.

    On the CPU grid_sample is reproducible, and several times faster.

    Args:
        image: (B, C, H, W).
        positions: (B, N, 2) pixels of the image, centres at +0.5.

    Returns:
        (B, C, N).
    """
    height, width = image.shape[-2:]
    pixels = image.flatten(2)
    rows = torch.arange(len(image), device=image.device)[:, None]
    low = (positions - 0.5).floor()
    part = positions - 0.5 - low
    total = torch.zeros((), dtype=image.dtype, device=image.device)
    for across, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = low[..., 0] + across, low[..., 1] + down
        weight = (part[..., 0] if across else 1 - part[..., 0]) * (part[..., 1] if down else 1 - part[..., 1])
        if fill == "zeros":
            weight = weight * ((x >= 0) & (x < width) & (y >= 0) & (y < height))
        nearest = y.clamp(0, height - 1).long() * width + x.clamp(0, width - 1).long()
        total = total + pixels[rows, :, nearest] * weight[..., None]
    return total.transpose(1, 2)


def align(image: Tensor, points: Tensor, template: FaceTemplate) -> Tensor:
    """Bring faces into a template.

    Args:
        image: (B, 3, H, W) RGB in [0, 1]; gradients flow to it and to the points.
        points: (B, 5, 2) pixel coordinates, centres at +0.5.

    Returns:
        (B, 3, S, S), S the template's size; black outside of the image.

    Raises:
        FaceError: the points coincide.

    Example:
        >>> import torch
        >>> from explorer.science.faces import align
        >>> from explorer.science.recognition import encoder_spec
        >>> template = encoder_spec("sface").template
        >>> image, points = torch.rand(2, 3, 112, 112), torch.tensor(template.points)
        >>> aligned = align(image, points.expand(2, 5, 2), template)
        >>> torch.allclose(aligned, image, atol=1e-4)  # the points are where the template wants them
        True
    """
    return warp(image, template.matrix(points.to(image)), template.size)


def frame_matrix(points: Tensor, size: int) -> Tensor:
    """The FFHQ crop as a similarity from image pixels to a frame of size x size pixels.

    Karras et al. 2019 (FFHQ `download_ffhq.py`, `recreate_aligned_images`): the frame is a square about
    c = eyes + 0.1 (mouth - eyes), of half side max(2 |eye to eye|, 1.8 |eyes to mouth|), turned by the mean
    of the eye line and the perpendicular of the eye-to-mouth line.

    Args:
        points: (B, 5, 2) pixel coordinates, centres at +0.5.

    Returns:
        (B, 2, 3).

    Raises:
        FaceError: the points coincide.
    """
    left, right, mouth = points[..., 0, :], points[..., 1, :], points[..., 3:5, :].mean(-2)
    eyes = (left + right) / 2
    eye_to_eye, eye_to_mouth = right - left, mouth - eyes
    half_side = torch.maximum(2.0 * eye_to_eye.norm(dim=-1), 1.8 * eye_to_mouth.norm(dim=-1))
    return square_matrix(eyes + 0.1 * eye_to_mouth, upright(eye_to_eye, eye_to_mouth), half_side, size)


def upright(across: Tensor, down: Tensor) -> Tensor:
    """A face's own way to the right, of (..., 2) from eye to eye and from the eyes to the mouth: the mean of the first
    and of the perpendicular of the second."""
    return across - _quarter_turn(down)


def square_matrix(centre: Tensor, across: Tensor, half_side: Tensor, size: int) -> Tensor:
    """The similarity (..., 2, 3) from image pixels to a square of size x size pixels.

    Args:
        centre: (..., 2), half_side: (...) of the square in the image. across: (..., 2) along its upper side.

    Raises:
        FaceError: there is no direction, or no side.
    """
    length = across.norm(dim=-1)
    if not bool((length > 1e-6 * half_side).all()):
        raise FaceError("the eyes and the mouth of a face coincide: place the five points apart from each other")
    across = across * (half_side / length)[..., None]
    corners = torch.stack([centre - across, centre + across], -2)
    return similarity(corners, corners.new_tensor([[0.0, size / 2], [float(size), size / 2]]))


def _quarter_turn(vector: Tensor) -> Tensor:
    """(x, y) to (-y, x): from rightward to downward in an image."""
    return torch.stack([-vector[..., 1], vector[..., 0]], -1)


def as_image(pixels: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """(H, W, 3) uint8 RGB to (1, 3, H, W) float32 in [0, 1]."""
    tensor = torch.tensor(np.ascontiguousarray(pixels), device=device)
    return tensor.permute(2, 0, 1)[None].float() / 255


def face_image(photograph: Photograph, face: Face, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """The part of a photograph that encoders look at, for `Encoder.embed`, in bounded memory.

    The surroundings of the face are cut out and, where they are larger than about 2048 px, averaged down by a
    whole factor, before they become floating-point numbers.

    Returns:
        image: (1, 3, h, w) RGB in [0, 1], at most about 4096 px a side.
        points: (1, 5, 2) of the face in that image.
    """
    pixels, points = face_region(photograph.pixels, face.points)
    return as_image(pixels, device), torch.from_numpy(points).float()[None].to(device)


def face_region(
    pixels: NDArray[np.uint8], points: NDArray[np.float64], limit: int = _LARGEST_REGION
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut out what lies under a face's frame, widened by a quarter of it, and average it down by a whole
    factor.

    Args:
        pixels: (H, W, 3) of the photograph.
        points: (5, 2) of the face in it.
        limit: the longer side of what comes out is less than twice this.

    Returns:
        (h, w, 3) pixels and the (5, 2) points in them.
    """
    to_frame = frame_matrix(torch.from_numpy(points)[None], 1)
    corners = torch.tensor([[-0.25, -0.25], [1.25, -0.25], [1.25, 1.25], [-0.25, 1.25]], dtype=torch.float64)
    outline = transform(invert(to_frame), corners)[0].numpy()
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(outline.min(0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(outline.max(0)), (left + 1, top + 1), (width, height)).astype(int)
    region = pixels[top:bottom, left:right]
    factor = max(1, max(region.shape[:2]) // limit)
    rows, columns = max(1, region.shape[0] // factor), max(1, region.shape[1] // factor)
    if factor > 1:
        whole = region[: rows * factor, : columns * factor]
        region = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return region, (points - (left, top)) / factor


def crop_frame(photograph: Photograph, face: Face, size: int = 1024) -> FaceCrop:
    """Cut the common frame of a face out of a photograph.

    Where the frame leaves the photograph, the colours at its edge go on, blurred: no black corner enters a
    measure, and no mirrored second face the picture, as with FFHQ's own filling.

    Args:
        size: side of the frame in pixels.

    Raises:
        FaceError: the face's points coincide.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import crop_frame, face_by_hand, photograph_of
        >>> photograph = photograph_of(np.full((100, 100, 3), 90, np.uint8), "plain.png")
        >>> points = [[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]]
        >>> frame = crop_frame(photograph, face_by_hand(points, photograph), size=64).frame
        >>> frame.shape, int(np.ptp(frame))  # what is outside goes on in the colours of the edge
        ((64, 64, 3), 0)
    """
    region, points = face_region(photograph.pixels, face.points)
    matrix = frame_matrix(torch.from_numpy(points)[None], size).float()
    image = as_image(region)
    frame = warp(image, matrix, size, fill="border")
    inside = warp(torch.ones_like(image[:, :1]).expand(-1, 3, -1, -1), matrix, size)[0, 0].numpy()
    drawn = frame[0].permute(1, 2, 0).numpy()
    mixed = np.clip(filled(drawn, inside), 0, 1)
    return FaceCrop(photograph, face, np.rint(mixed * 255).astype(np.uint8))
