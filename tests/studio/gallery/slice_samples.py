"""Values of the gallery's slices: the one face, with a name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.studio.gallery.browsing import BROWSING, GalleryViewState
from explorer.studio.gallery.listing import Listing
from explorer.studio.gallery.pictures import small_jpeg
from explorer.studio.gallery.state import GALLERY, Block, Gallery, GalleryFace
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import EMBEDDING, FACE, KEY, PIXELS


def samples() -> Mapping[Slice[Any], Any]:
    face = GalleryFace(KEY, "jane.png", Path("/made up/jane.png"), "Jane", FACE, small_jpeg(PIXELS, FACE))
    block = Block((face,), {"sface": EMBEDDING[None].astype(np.float32)})
    gallery = Gallery(blocks=(block,), roots=(Path("/made up"),), named={KEY: "Jane"})
    listing = Listing((KEY,), ("jane.png",), ("Jane",), (face.thumbnail,), {KEY: face})
    return {GALLERY: gallery, BROWSING: GalleryViewState(listing=listing, chosen=(KEY,))}
