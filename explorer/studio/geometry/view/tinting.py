"""Visibility as colours: over the surface, and as pictures of the map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.studio.geometry.view.face_view import VisibilityMaps
from explorer.studio.geometry.view.scene import Tint

Image = NDArray[np.uint8]

# After Okabe and Ito, told apart with any kind of colour vision.
SEEN, HIDDEN = (86, 180, 233), (213, 94, 0)
EXACT_ALONE, FIELD_ALONE = (240, 228, 66), (204, 121, 167)
# What is seen of a texel where the photograph shows background instead of the person.
FOREIGN = FIELD_ALONE
_OPACITY = 150


def tint_picture(maps: VisibilityMaps, tint: Tint) -> Image:
    """The overlay of a surface in its texture map, (S, S, 4) RGBA; clear where there is nothing to say."""
    picture = np.zeros((*maps.covered.shape, 4), np.uint8)
    field = maps.seen_by_field()
    if tint == "none" or (field is None and tint != "exact"):
        return picture
    exact = maps.seen()
    if tint == "difference":
        assert field is not None
        for chosen, colour in ((exact & ~field, EXACT_ALONE), (field & ~exact, FIELD_ALONE)):
            picture[chosen & maps.covered] = (*colour, 255)
        return picture
    seen = exact if tint == "exact" or field is None else field
    picture[maps.covered & seen] = (*SEEN, _OPACITY)
    picture[maps.covered & ~seen] = (*HIDDEN, _OPACITY)
    if maps.foreign is not None:
        picture[maps.foreign] = (*FOREIGN, _OPACITY)
    return picture


def map_picture(maps: VisibilityMaps, tint: Tint) -> Image:
    """A map as a picture, (S, S, 3): white where seen, purple where the photograph shows background there; for the
    difference, grey where both say seen."""
    field = maps.seen_by_field()
    picture = np.zeros((*maps.covered.shape, 3), np.uint8)
    if tint == "difference" and field is not None:
        exact = maps.seen()
        picture[maps.covered] = 40
        picture[maps.covered & exact & field] = 150
        for chosen, colour in ((exact & ~field, EXACT_ALONE), (field & ~exact, FIELD_ALONE)):
            picture[chosen & maps.covered] = colour
        return picture
    share = maps.field if tint == "field" and maps.field is not None else maps.exact
    picture[maps.covered] = 40
    picture[maps.covered] += (share[maps.covered, None] * 215).astype(np.uint8)
    if maps.foreign is not None:
        picture[maps.foreign & (share > 0)] = FOREIGN
    return picture
