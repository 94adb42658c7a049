"""Many faces without networks: handlers that find a face in the middle of every picture, and made-up galleries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress
from explorer.studio.faces.similarity import similarity_table
from explorer.studio.gallery.handlers import GalleryHandlers
from explorer.studio.gallery.pictures import jpeg, small_jpeg
from explorer.studio.gallery.requests import CompareFew, FewCompared
from explorer.studio.gallery.state import Block, Gallery, GalleryFace, with_faces
from explorer.studio.gallery.store import Found, Maker, Store

DIMENSIONS = {encoder: encoder_spec(encoder).dimension for encoder in ENCODERS.names()}
POINTS = np.array([[0.35, 0.42], [0.65, 0.42], [0.5, 0.58], [0.38, 0.72], [0.62, 0.72]])
THRESHOLD = 0.4


class CannedGallery(GalleryHandlers):
    """The real handlers on networks that are none: a picture's mean colour says who it is; a dark one has no face.

    Args:
        root: of the cache; nothing is kept without one.

    Attributes:
        found: names of the photographs that were looked at, in order.
        embedded: names of the photographs and the encoders that embedded them, in order.
        present: the encoders that are here.
    """

    def __init__(self, root: Path | None = None) -> None:
        super().__init__(device=None)  # type: ignore[arg-type]
        self.found: list[str] = []
        self.embedded: list[tuple[str, str]] = []
        self.present = tuple(DIMENSIONS)
        self._root = root

    def _find(self, photograph: Photograph, control: Control) -> Found:
        self.found.append(photograph.name)
        pixels = photograph.pixels
        if pixels.mean() < 20:
            raise FaceError(f"no face found in {photograph.name}: use another photograph")
        height, width = pixels.shape[:2]
        face = Face(POINTS * (width, height), (0.2 * width, 0.2 * height, 0.8 * width, 0.9 * height), 0.9)
        return Found((face,), {}, (small_jpeg(pixels, face),))

    def _present(self, encoders: Sequence[str]) -> list[str]:
        return [encoder for encoder in encoders if encoder in self.present]

    def _embed(
        self, photograph: Photograph, faces: Sequence[Face], encoders: Sequence[str], control: Control
    ) -> dict[str, np.ndarray]:
        self.embedded += [(photograph.name, encoder) for encoder in encoders]
        return {name: person_vector(photograph.pixels, encoder_spec(name).dimension)[None] for name in encoders}

    def _store(self) -> Store:
        if self._root is None:
            return Nowhere()
        makers = {name: Maker(f"canned {name}", entry.spec.dimension) for name, entry in ENCODERS.items()}
        return Store(self._root, "canned", makers)

    def compare_few(self, request: CompareFew, control: Control):
        yield Progress("comparing")
        tables = {encoder: similarity_table(encoder, request.vectors, THRESHOLD) for encoder in DIMENSIONS}
        return FewCompared(tuple(request.vectors), tables)


class Nowhere(Store):
    """Keeps nothing."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"), "", {})

    def get(self, sha256: str) -> Found | None:
        return None

    def put(self, sha256: str, found: Found) -> None:
        pass

    def forget(self, sha256s) -> None:
        pass


def person_vector(pixels: np.ndarray, size: int) -> np.ndarray:
    """One direction a colour, and a little of the picture's own."""
    colour = tuple((pixels.reshape(-1, 3).mean(0) // 32).astype(int).tolist())
    own = int.from_bytes(hashlib.sha256(pixels.tobytes()).digest()[:4], "big")
    person = np.random.default_rng(sum(part * 8**place for place, part in enumerate(colour))).standard_normal(size)
    return (person + 0.3 * np.random.default_rng(own).standard_normal(size)).astype(np.float32)


def canned_gallery_handlers(root: Path | None = None):
    """Handlers by request."""
    return CannedGallery(root).table()


COLOURS = [(200, 60, 60), (60, 200, 60), (60, 60, 200), (200, 200, 60)]


def folder_of_people(root: Path, people: Sequence[str] = ("Ada", "Bob", "Cleo"), each: int = 3) -> Path:
    """A folder a person, in each some pictures of one colour."""
    for number, person in enumerate(people):
        folder = root / person
        folder.mkdir(parents=True)
        for picture in range(each):
            draw(folder / f"{person} {picture + 1}.png", COLOURS[number % len(COLOURS)], number * 100 + picture)
    return root


def draw(path: Path, colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (120, 100)) -> Path:
    """Write a picture of about one colour; no two are alike."""
    noise = np.random.default_rng(seed).integers(0, 10, (size[1], size[0], 3))
    Image.fromarray((np.array(colour) + noise).astype(np.uint8)).save(path)
    return path


def made_up_gallery(faces: int, people: int = 10, seed: int = 0, pictures: int = 32) -> Gallery:
    """A gallery of faces that no photograph shows; embeddings of one person lie together.

    Args:
        pictures: how many different thumbnails there are.
    """
    random = np.random.default_rng(seed)
    thumbnails = [
        jpeg(np.asarray(Image.fromarray(random.integers(0, 255, (5, 5, 3), np.uint8)).resize((128, 128))))
        for _ in range(pictures)
    ]
    person = random.integers(0, people, faces)
    vectors = {}
    for encoder, size in DIMENSIONS.items():
        centres = random.standard_normal((people, size))
        vectors[encoder] = (centres[person] + 0.5 * random.standard_normal((faces, size))).astype(np.float32)
    listed = tuple(
        GalleryFace(
            f"{hashlib.sha256(f'{seed} {number}'.encode()).hexdigest()}/0",
            f"face {number + 1}.jpg",
            Path("/made up") / f"person {person[number] + 1}" / f"face {number + 1}.jpg",
            f"person {person[number] + 1}",
            Face(POINTS * 100, (20.0, 20.0, 80.0, 90.0), 0.9),
            thumbnails[number % pictures],
        )
        for number in range(faces)
    )
    return with_faces(Gallery(roots=(Path("/made up"),)), Block(listed, vectors))
