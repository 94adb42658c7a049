"""Many faces, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.gallery.browsing import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="gallery",
    slices=SLICES,
    controllers=("explorer.studio.gallery.controller:GalleryController",),
    handlers="explorer.studio.gallery.handlers:handlers",
    codecs=("explorer.studio.gallery.codec:CODEC",),
    exports=(
        ExportKind("shards", reason="they are the files of a data set, and hold what they are made of"),
        ExportKind("collection", reason="the table is the collection's own, which has to be there to write it again"),
    ),
)
