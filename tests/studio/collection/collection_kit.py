"""Small collections of faces that no photograph shows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.studio.collection.reading import Collection, open_collection
from explorer.studio.collection.writing import CollectionWriter, Row
from explorer.studio.gallery.pictures import jpeg


def sha256_of(number: int) -> str:
    return hashlib.sha256(f"face {number}".encode()).hexdigest()


def made_up_rows(faces: int, each: int = 5, size: int = 512, seed: int = 0) -> list[Row]:
    """Faces of people in turn; each has a thumbnail of its own colour."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((faces // each + 1, size))
    pictures = [jpeg(np.full((128, 128, 3), random.integers(0, 255, 3), np.uint8)) for _ in range(min(faces, 24))]
    return [
        Row(
            (centres[number // each] + 0.4 * random.standard_normal(size)).astype(np.float32),
            sha256_of(number),
            name=f"face {number + 1}.jpg",
            person=f"Person {number // each + 1}",
            thumbnail=pictures[number % len(pictures)],
            values={"age": float(number % 90)},
        )
        for number in range(faces)
    ]


def made_up_collection(folder: Path, faces: int = 40, **how: object) -> Collection:
    rows = made_up_rows(faces)
    with CollectionWriter(folder, "arcface-mbf", 512, **how) as writer:  # type: ignore[arg-type]
        for row in rows:
            writer.add(row)
    return open_collection(folder)


def colour(thumbnail: bytes, folder: Path) -> tuple[int, ...]:
    place = folder / "one.jpg"
    place.write_bytes(thumbnail)
    with Image.open(place) as picture:
        return tuple(np.asarray(picture).mean((0, 1)).round().astype(int).tolist())
