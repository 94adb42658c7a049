"""Parts of a face that are hidden: eyes, mouth, any area or stroke (Deep Face Decoder, section 4.3.2).

Places are of the common frame. Eyes, mouth and the other regions are blocks at the face's own landmarks, and turn with
the line of the eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.faces.alignment import face_region, frame_matrix, invert
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.regions import Fill, Region
from explorer.science.leakage.edits import Patch
from explorer.science.leakage.labels.landmarks import OUTER_EYE_CORNERS
from explorer.science.leakage.retouch import COVER, covered

Pixels = NDArray[np.uint8]
Level = Annotated[int, Field(ge=0, le=255)]

_LARGEST_REGION = 1024
# Of the blur that hides, in parts of the frame's side: no eye and no lip is made out behind it.
_BLUR = 0.05


@dataclass(frozen=True)
class _Block:
    """Which of the 68 landmarks a block holds, and how far it reaches beyond them, in parts of the distance between the
    outer corners of the eyes."""

    landmarks: tuple[int, ...]
    across: float
    down: float


_BLOCKS: dict[Region, _Block] = {
    "eyes": _Block(tuple(range(36, 48)), 0.15, 0.12),
    "left-eye": _Block(tuple(range(36, 42)), 0.12, 0.12),
    "right-eye": _Block(tuple(range(42, 48)), 0.12, 0.12),
    "brows": _Block(tuple(range(17, 27)), 0.06, 0.06),
    "nose": _Block(tuple(range(27, 36)), 0.08, 0.04),
    "mouth": _Block(tuple(range(48, 68)), 0.10, 0.10),
}


_NAMED = {(0, 0, 0): "black", (128, 128, 128): "grey", (255, 255, 255): "white"}


class Cover(BaseModel):
    """What a part is hidden by: a colour, the mean colour of the part itself, or a blur of the picture.

    colour: red, green and blue, 0 to 255; of `colour` alone.

    Example:
        >>> from explorer.science.laboratory import Cover
        >>> Cover().words, Cover(fill="blur").words
        ('black', 'blur')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fill: Fill = "colour"
    colour: tuple[Level, Level, Level] = (0, 0, 0)

    @property
    def words(self) -> str:
        """Such as "black", "colour #203040", "mean", "blur"."""
        if self.fill != "colour":
            return self.fill
        return _NAMED.get(self.colour, f"colour #{bytes(self.colour).hex()}")


class Occlusion(BaseModel):
    """What is hidden of a face at once.

    name: by which figures and tables call it.
    regions: at the face's landmarks. patches: areas and strokes in the frame.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=200)
    regions: tuple[Region, ...] = Field((), max_length=20)
    patches: tuple[Patch, ...] = Field((), max_length=100)

    def patches_of(self, landmarks: NDArray[np.floating[Any]] | None) -> tuple[Patch, ...]:
        """All that is hidden of a face with these landmarks, (68, 2) in units of the frame; None where no region is.

        Raises:
            ValueError: there is a region, and no landmarks.
        """
        if not self.regions:
            return self.patches
        if landmarks is None:
            raise ValueError(f"{', '.join(self.regions)} lie where the face's landmarks are, and there are none")
        return (*(region_patch(region, landmarks) for region in self.regions), *self.patches)


def region_patch(region: Region, landmarks: NDArray[np.floating[Any]]) -> Patch:
    """The block over a region of a face.

    Args:
        landmarks: (68, 2) in units of the common frame.

    Example:
        >>> import numpy as np
        >>> from explorer.science.laboratory import region_patch
        >>> landmarks = np.full((68, 2), 0.5)
        >>> landmarks[36:42], landmarks[42:48] = (0.3, 0.4), (0.7, 0.4)
        >>> [tuple(round(number, 3) for number in corner) for corner in region_patch("eyes", landmarks).points]
        [(0.24, 0.352), (0.76, 0.352), (0.76, 0.448), (0.24, 0.448)]
    """
    block = _BLOCKS[region]
    left, right = (landmarks[corner].astype(np.float64) for corner in OUTER_EYE_CORNERS)
    distance = float(np.linalg.norm(right - left))
    across = (right - left) / max(distance, 1e-9)
    axes = np.stack([across, [-across[1], across[0]]])
    places = landmarks[list(block.landmarks)].astype(np.float64) @ axes.T
    margin = distance * np.array([block.across, block.down])
    low, high = places.min(0) - margin, places.max(0) + margin
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])]) @ axes
    return Patch(points=tuple((float(x), float(y)) for x, y in corners.clip(-1, 2)))


def hidden_share(
    shape: tuple[int, int], patches: Sequence[Patch], from_frame: NDArray[np.float64]
) -> NDArray[np.float32]:
    """How much of each pixel patches hide, (H, W) in [0, 1].

    Args:
        shape: height and width. from_frame: (2, 3), from the unit frame, in which patches are given, to the pixels.
    """
    painted = covered(np.zeros((*shape, 3), np.uint8), tuple(patches), from_frame)
    return np.asarray(painted[..., 0] / COVER[0], np.float32)


@dataclass(frozen=True, eq=False)
class Occluded:
    """A face of which a part is hidden.

    photograph: its surroundings, less than 2048 px a side, under the photograph's own name and hash. face: in it.
    share: of the common frame's area that is hidden.
    """

    photograph: Photograph
    face: Face
    share: float


def occluded(photograph: Photograph, face: Face, patches: Sequence[Patch], cover: Cover) -> Occluded:
    """Hide parts of a face; the face keeps its points, as it is known where it is.

    Args:
        photograph: with the face in it; it is left as it is. patches: in units of the common frame.

    Raises:
        FaceError: the face's points coincide.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import face_by_hand, photograph_of
        >>> from explorer.science.laboratory import Cover, occluded
        >>> from explorer.science.leakage.edits import Patch
        >>> photograph = photograph_of(np.full((100, 100, 3), 90, np.uint8), "plain.png")
        >>> face = face_by_hand([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], photograph)
        >>> whole = occluded(photograph, face, [Patch.rectangle(-1, -1, 2, 2)], Cover(colour=(1, 2, 3)))
        >>> whole.photograph.pixels[50, 50].tolist(), whole.share
        ([1, 2, 3], 1.0)
    """
    pixels, points = face_region(photograph.pixels, face.points, _LARGEST_REGION)
    from_frame = invert(frame_matrix(torch.from_numpy(points)[None], 1))[0].numpy()
    share = hidden_share(pixels.shape[:2], patches, from_frame)[..., None]
    if patches:
        mixed = pixels * (1 - share) + _filling(pixels, share, cover, float(np.linalg.norm(from_frame[:, 0]))) * share
        pixels = np.rint(mixed).clip(0, 255).astype(np.uint8)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    moved = Face(points, (float(left), float(top), float(right), float(bottom)), face.score, face.by_hand)
    whole = hidden_share((_LARGEST_REGION // 4, _LARGEST_REGION // 4), patches, _TO_SMALL_FRAME)
    picture = Photograph(pixels, photograph.name, photograph.sha256, generated=photograph.generated)
    return Occluded(picture, moved, float(whole.mean()))


_TO_SMALL_FRAME = np.array([[_LARGEST_REGION / 4, 0.0, 0.0], [0.0, _LARGEST_REGION / 4, 0.0]])


def _filling(pixels: Pixels, share: NDArray[np.float32], cover: Cover, side: float) -> NDArray[np.float32]:
    """What comes in the place of what is hidden, (H, W, 3) or (3,). side: of the frame in pixels."""
    if cover.fill == "colour":
        return np.array(cover.colour, np.float32)
    if cover.fill == "blur":
        blurred = cv2.GaussianBlur(pixels, (0, 0), _BLUR * side, borderType=cv2.BORDER_REFLECT_101)
        return blurred.astype(np.float32)
    mean = (pixels * share).sum((0, 1)) / max(float(share.sum()), 1e-6)
    return np.asarray(mean, np.float32)
