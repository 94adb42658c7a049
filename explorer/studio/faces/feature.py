"""Photographs, faces and vectors, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.faces.state import SLICES
from explorer.studio.session.feature import Feature

FEATURE = Feature(
    name="faces",
    slices=SLICES,
    controllers=("explorer.studio.faces.controller:FacesController",),
    handlers="explorer.studio.faces.handlers:handlers",
    codecs=(
        "explorer.studio.faces.codec_photographs:CODEC",
        "explorer.studio.faces.codec_faces:CODEC",
        "explorer.studio.faces.codec_vectors:CODEC",
    ),
)
