"""Photographs, faces and vectors, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.faces.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="faces",
    slices=SLICES,
    controllers=("explorer.studio.faces.controller:FacesController",),
    handlers="explorer.studio.faces.handlers:handlers",
    exports=(
        ExportKind("embedding", reproducer="explorer.studio.reproducing.embeddings:EmbeddingReproducer"),
        ExportKind("template", reproducer="explorer.studio.reproducing.templates:TemplateReproducer"),
        ExportKind("modified embedding", reason="the command that made it of embeddings makes it again"),
        ExportKind("changed embedding", reason="an export of its row of the laboratory says how the face was changed"),
        ExportKind("bare embedding", reason="its numbers came out of a file, and were not computed here"),
        ExportKind("photograph", reason="it shows its source itself, and nothing that was computed"),
        ExportKind("picture", reason="it is a picture of the window that shows its source"),
    ),
    codecs=(
        "explorer.studio.faces.codec_photographs:CODEC",
        "explorer.studio.faces.codec_faces:CODEC",
        "explorer.studio.faces.codec_vectors:CODEC",
    ),
)
