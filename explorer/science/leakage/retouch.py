"""A photograph with parts of its face hidden, blurred, exposed otherwise, noisy or compressed."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import face_region, frame_matrix, invert, transform
from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.edits import Patch, PictureEdit

# What hides a part: middle grey, which is neither a dark lens nor a bright mask.
COVER = (128, 128, 128)

_LARGEST_REGION = 1024
_GAMMA = 2.2
# Bits behind the point of the coordinates that OpenCV is handed.
_FRACTION = 6
# A stream of randomness that no other use of the same seed shares.
_GRAIN = 0x677261696E

Pixels = NDArray[np.uint8]


def retouched(photograph: Photograph, face: Face, edit: PictureEdit) -> tuple[Photograph, Face]:
    """Do to the surroundings of a face what the edit says; the face keeps its points, as the user knows where it is.

    Args:
        photograph: with the face in it; it is left as it is.

    Returns:
        The part of the photograph that lies under the common frame widened by a quarter, less than 2048 px a side and
        edited, under the photograph's own name and hash; and the face in it.

    Raises:
        FaceError: the face's points coincide.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import face_by_hand, photograph_of
        >>> from explorer.science.leakage import PictureEdit, retouched
        >>> photograph = photograph_of(np.full((100, 100, 3), 90, np.uint8), "plain.png")
        >>> face = face_by_hand([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], photograph)
        >>> same, place = retouched(photograph, face, PictureEdit())
        >>> same.pixels.shape[2], place.points.shape
        (3, (5, 2))
    """
    pixels, points = face_region(photograph.pixels, face.points, _LARGEST_REGION)
    from_frame = invert(frame_matrix(torch.from_numpy(points)[None], 1))[0].numpy()
    side = float(np.linalg.norm(from_frame[:, 0]))
    pixels = covered(pixels, edit.hidden, from_frame)
    if edit.blur > 0:
        spread = edit.blur / 100 * side
        pixels = cv2.GaussianBlur(pixels, (0, 0), spread, borderType=cv2.BORDER_REFLECT_101).astype(np.uint8)
    if edit.brightness:
        pixels = exposed(pixels, edit.brightness)
    if edit.grain > 0:
        pixels = grainy(pixels, edit.grain / 100, edit.grain_seed)
    if edit.jpeg is not None:
        pixels = compressed(pixels, edit.jpeg)
    left, top = points.min(0)
    right, bottom = points.max(0)
    moved = Face(points, (float(left), float(top), float(right), float(bottom)), face.score, face.by_hand)
    return Photograph(pixels, photograph.name, photograph.sha256), moved


def covered(pixels: Pixels, patches: tuple[Patch, ...], from_frame: NDArray[np.float64]) -> Pixels:
    """Paint patches over in grey.

    Args:
        pixels: (H, W, 3). from_frame: (2, 3), from the unit frame, in which patches are given, to the pixels.
    """
    if not patches:
        return pixels
    painted = np.ascontiguousarray(pixels).copy()
    side = float(np.linalg.norm(from_frame[:, 0]))
    for patch in patches:
        places = transform(torch.from_numpy(from_frame), torch.tensor(patch.points, dtype=torch.float64)).numpy()
        # OpenCV counts from pixel centres, we from pixel corners.
        course = np.rint((places - 0.5) * 2**_FRACTION).astype(np.int32)[None]
        if patch.width == 0:
            cv2.fillPoly(painted, course, COVER, lineType=cv2.LINE_AA, shift=_FRACTION)
            continue
        # Its smooth edges make a line nearly two pixels wider than it is asked to be.
        width = max(1, round(patch.width * side - 1.7))
        cv2.polylines(painted, course, False, COVER, width, lineType=cv2.LINE_AA, shift=_FRACTION)
        for x, y in course[0][[0, -1]].tolist():
            radius = round(width / 2 * 2**_FRACTION)
            cv2.circle(painted, (x, y), radius, COVER, -1, lineType=cv2.LINE_AA, shift=_FRACTION)
    return painted


def exposed(pixels: Pixels, stops: float) -> Pixels:
    """Expose (H, W, 3) pixels by so many stops more: their light, at a gamma of 2.2, times 2^stops, clipped."""
    light = (np.arange(256) / 255) ** _GAMMA * 2**stops
    table = np.rint(255 * np.clip(light, 0, 1) ** (1 / _GAMMA)).astype(np.uint8)
    return table[pixels]


def grainy(pixels: Pixels, spread: float, seed: int) -> Pixels:
    """Add Gaussian noise to (H, W, 3) pixels, each colour of its own.

    Args:
        spread: standard deviation in units of full scale.
    """
    noise = np.random.default_rng((seed, _GRAIN)).standard_normal(pixels.shape, np.float32)
    seen: Pixels = np.rint(np.clip(pixels + 255 * spread * noise, 0, 255)).astype(np.uint8)
    return seen


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """What comes back of (H, W, 3) pixels from a JPEG file of a quality of 1 to 100."""
    written, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if not written or decoded is None:
        raise ValueError(f"a picture of {pixels.shape[1]} x {pixels.shape[0]} px cannot be compressed as JPEG")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
