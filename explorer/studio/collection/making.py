"""Where a collection's faces come from: folders of photographs, shards, or an array with a table beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from explorer.science.errors import LikenessError
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import is_usable
from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.names import name_of, shown
from explorer.studio.catalogue.networks import Networks
from explorer.studio.collection.exporting import rows_of_shards
from explorer.studio.collection.layout import CollectionError
from explorer.studio.collection.writing import Row

Say = Callable[[str], object]
# Of a photograph that nobody gave, which a row of an array is known by.
_ROW = "likeness row"


def rows_of(source: Path, encoder: str, networks: Networks, small: Callable[..., bytes], say: Say) -> Iterator[Row]:
    """The faces of a source.

    Args:
        source: a folder of photographs, with a folder a person; a folder or file of shards (.tar); an array (.npy) of
            raw embeddings, (N, D).
        small: makes a face's thumbnail, from the photograph's pixels and the face.
        say: told in a line what could not be used.

    Raises:
        CollectionError: it is none of these.
    """
    if source.is_dir():
        shards = sorted(source.glob("*.tar"))
        yield from rows_of_shards(shards) if shards else _photographs(source, encoder, networks, small, say)
    elif source.suffix.lower() == ".tar":
        yield from rows_of_shards([source])
    elif source.suffix.lower() == ".npy":
        yield from _array(source)
    else:
        raise CollectionError(f"{shown(source)} is no folder of photographs, no shard (.tar) and no array (.npy)")


def _photographs(root: Path, encoder: str, networks: Networks, small: Callable[..., bytes], say: Say) -> Iterator[Row]:
    detector, recogniser = networks.detector(), networks.recogniser(encoder)
    passed = PassedOver()
    for path in photographs_in(root, passed, str.casefold):
        try:
            photograph = read_file(path)
            faces = [face for face in detector.detect(photograph.pixels) if is_usable(face)]
            person = "" if path.parent == root else name_of(path.parent)
            for number, face in enumerate(faces):
                name = photograph.name if not number else f"{photograph.name}, face {number + 1}"
                vector = embed_face(recogniser, photograph, face).numpy()
                yield Row(vector, photograph.sha256, number, name, person, small(photograph.pixels, face))
            if not faces:
                say(f"{shown(path)}: no face in it can be used")
        except LikenessError as error:
            say(f"{shown(path)}: {error}")
    if passed:
        say(f"passed over: {passed.words()}")


def _array(path: Path) -> Iterator[Row]:
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise CollectionError(f"{shown(path)} cannot be read as an array: {error}") from error
    if vectors.ndim != 2:
        raise CollectionError(f"{shown(path)} holds an array {vectors.shape}, not one embedding a row")
    for number, vector in enumerate(vectors):
        key = hashlib.sha256(f"{_ROW} {number}".encode() + np.ascontiguousarray(vector).tobytes()).hexdigest()
        yield Row(np.asarray(vector, np.float32), key, 0, f"row {number + 1}")
