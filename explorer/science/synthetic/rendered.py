"""Scenes as pictures with everything that is true of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.uv import UvMap, uv_map
from explorer.science.synthetic.drawing import draw
from explorer.science.synthetic.portrait import Portrait, portrait
from explorer.science.synthetic.scene import Scene
from explorer.science.synthetic.surfaces import Floats
from explorer.science.synthetic.truth import Landmarks, landmarks_of, texels_seen

SMALLEST, LARGEST = 32, 1024
# Pictures drawn at once: more need memory and save no time.
_BATCH = 8


@dataclass(frozen=True, eq=False)
class Rendered:
    """A picture of a scene; H = W.

    pixels: (H, W, 3) uint8 sRGB.
    segments: (H, W) uint8, places in `surfaces.SEGMENTS`.
    depth: (H, W) float32 millimetres toward the viewer from the head's origin; nan where nothing is.
    normals: (H, W, 3) float32 unit, in the camera's axes; 0 where nothing is.
    portrait: what it was drawn from.

    Example:
        >>> from explorer.science.synthetic import Scene, render_scenes
        >>> (rendered,) = render_scenes([Scene()], model, size=32, oversampling=1)
        >>> bool((rendered.segments > 0).any()), rendered.landmarks().seen.shape
        (True, (68,))
    """

    scene: Scene
    pixels: NDArray[np.uint8]
    segments: NDArray[np.uint8]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    portrait: Portrait

    def landmarks(self) -> Landmarks:
        """The 68 landmarks."""
        return landmarks_of(self.portrait)

    def uv_visibility(self, size: int) -> NDArray[np.bool_]:
        """(S, S), which texels of the skin's map are seen."""
        return texels_seen(self.portrait, _map_of(self.portrait.body.model, size))


def render_scenes(
    scenes: Sequence[Scene],
    model: MorphableModel,
    size: int = 128,
    oversampling: int = 2,
    skies: Mapping[str, Floats] | None = None,
) -> Iterator[Rendered]:
    """Draw scenes as square pictures, one after the other in their order.

    Args:
        model: the one that ships, or one like it.
        size: pixels a side, 32 to 1024. oversampling: samples a pixel along either side.
        skies: maps of those that scenes have, as of `surroundings.even_sky`.

    Raises:
        ValueError: there is no such size.
        MorphableModelError: the model lacks what people need.

    Example:
        >>> from explorer.science.synthetic import Scene, render_scenes
        >>> (rendered,) = render_scenes([Scene()], model, size=32, oversampling=1)  # the model that ships
        >>> rendered.pixels.shape, rendered.landmarks().points.shape
        ((32, 32, 3), (68, 2))
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"pictures have {SMALLEST} to {LARGEST} pixels a side, not {size}")
    return _rendered(scenes, model, size, oversampling, skies)


@torch.no_grad()
def _rendered(
    scenes: Sequence[Scene],
    model: MorphableModel,
    size: int,
    oversampling: int,
    skies: Mapping[str, Floats] | None,
) -> Iterator[Rendered]:
    for some in _batches(scenes, max(1, min(_BATCH, _BATCH * 128**2 // size**2))):
        portraits = [portrait(scene, model, size, skies) for scene in some]
        drawn = draw(
            [one.surface for one in portraits],
            [one.view for one in portraits],
            torch.stack([one.light for one in portraits]),
            torch.stack([one.background for one in portraits]),
            oversampling,
        )
        pixels = (255 * drawn.pictures).round().byte().permute(0, 2, 3, 1).numpy()
        normals = drawn.normals.permute(0, 2, 3, 1).numpy()
        segments, depth = drawn.segments.byte().numpy(), drawn.depth.numpy()
        for index, (scene, made) in enumerate(zip(some, portraits, strict=True)):
            yield Rendered(scene, pixels[index], segments[index], depth[index], normals[index], made)


def _batches(scenes: Sequence[Scene], count: int) -> Iterator[tuple[Scene, ...]]:
    for first in range(0, len(scenes), count):
        yield tuple(scenes[first : first + count])


@lru_cache(maxsize=4)
def _map_of(model: MorphableModel, size: int) -> UvMap:
    return uv_map(model, size)
