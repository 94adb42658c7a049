"""A program whose gallery keeps its cache in a folder, with the people that tests put in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from explorer.science.faces.face import Face
from explorer.science.faces.reading import read_file
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress
from explorer.studio.faces.requests import EmbedFace, FaceEmbedded, OpenPhotographs, PhotographOpened
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.inversion.state import WEIGHTS
from explorer.studio.session.handlers import SESSION_HANDLERS
from tests import canned_program as canned
from tests.studio.gallery.gallery_kit import (
    DIMENSIONS,
    POINTS,
    CannedGallery,
    person_vector,
)
from tests.studio.session.session_kit import Program


def one_face_each(request: OpenPhotographs, control: Control) -> Iterator[PhotographOpened]:
    for source in request.sources:
        photograph = read_file(source.path)
        face = Face(POINTS * 100, (20.0, 20.0, 80.0, 90.0), 0.9)
        yield PhotographOpened(photograph, (face,), (photograph.pixels[:64, :64],), photograph.pixels)


def embed_face(request: EmbedFace, control: Control) -> Iterator[Progress]:
    yield Progress("embedding")
    pixels = request.photograph.pixels
    vectors = {encoder: person_vector(pixels, size) for encoder, size in DIMENSIONS.items()}
    return FaceEmbedded(request.face_key, np.zeros((512, 512, 3), np.uint8), pixels[:64, :64], vectors)


class Many(Program):
    """A program whose gallery keeps its cache in a folder."""

    def __init__(self, cache: Path | None = None) -> None:
        super().__init__()
        self.gallery = CannedGallery(cache)
        handlers = canned.handlers(OpenPhotographs=one_face_each, EmbedFace=embed_face)
        self.engine = FakeEngine({**handlers, **self.gallery.table(), **SESSION_HANDLERS})
        self.bench = Workbench(self.engine, self.session, self.session[WEIGHTS])
        self.engine.connect(self.bench.handle)

    def add(self, folder: Path) -> None:
        self.bench.gallery.add_folders([folder])
        self.settle()

    def names(self) -> list[str]:
        """What is shown, in order."""
        browsing = self.session[BROWSING]
        return [browsing.listing.names[row] for row in browsing.shown.rows]

    def people(self) -> dict[str, str]:
        listing = self.session[BROWSING].listing
        return dict(zip(listing.names, listing.people, strict=True))

    def key(self, name: str) -> str:
        listing = self.session[BROWSING].listing
        return listing.keys[listing.names.index(name)]
