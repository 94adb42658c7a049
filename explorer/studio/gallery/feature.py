"""Many faces, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.gallery.browsing import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="gallery",
    slices=SLICES,
    controllers=("explorer.studio.gallery.controller:GalleryController",),
    handlers="explorer.studio.gallery.handlers:handlers",
    codecs=("explorer.studio.gallery.codec:CODEC",),
)
