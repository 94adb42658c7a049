"""Many faces as part of the session. No Qt, no torch, and of each photograph no more than a thumbnail.

Faces lie in blocks of some dozens that never change once they are full: what is added, removed or saved concerns the
blocks it touches, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face
from explorer.studio.gallery.far import Linked
from explorer.studio.session.slices import Forgotten, Slice

Matrix = NDArray[np.float32]
Rule = Literal["folder", "likeness"]

BLOCK = 64


@dataclass(frozen=True, eq=False)
class GalleryFace:
    """A face of a photograph in a folder.

    key: the photograph's sha256 and the face's number, as `LoadedFace.key`. name: as it is shown.
    path: of the photograph. folder: name of the folder it lies in; empty directly below the one that was added.
    thumbnail: a small JPEG, square.
    """

    key: str
    name: str
    path: Path
    folder: str
    face: Face
    thumbnail: bytes

    @property
    def sha256(self) -> str:
        """Of its photograph."""
        return self.key.partition("/")[0]


@dataclass(frozen=True, eq=False)
class Block:
    """Some faces. vectors: by encoder, (n, D) float32 raw, row by row as `faces`."""

    faces: tuple[GalleryFace, ...]
    vectors: Mapping[str, Matrix]

    def only(self, rows: Sequence[int]) -> Block:
        """Some of them."""
        kept = list(rows)
        return Block(
            tuple(self.faces[row] for row in kept), {encoder: some[kept] for encoder, some in self.vectors.items()}
        )


@dataclass(frozen=True, eq=False)
class Refused:
    """A photograph that could not be used, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Grouping:
    """What makes faces one person, where the user has not said so: the folder, or an encoder and its threshold."""

    rule: Rule = "folder"
    encoder: str = ""
    threshold: float = 0.0

    @property
    def says(self) -> str:
        """In words."""
        if self.rule == "folder":
            return "one person a folder"
        return f"by likeness: {self.encoder}, mean score at its threshold of {self.threshold:.3g} (generated faces)"


_BY_FOLDER = Grouping()


@dataclass(frozen=True, eq=False)
class Gallery:
    """Everything that a session keeps of many faces.

    roots: folders that were added. unfinished: those of them that have not been read to their end.
    refused: photographs without a face that can be used. grouping: what makes faces one person.
    grouped: person by key, where that is likeness. named: person by key, where the user said who it is.
    linked: a collection that is shown behind them; its faces are not among those of the blocks.
    """

    blocks: tuple[Block, ...] = ()
    roots: tuple[Path, ...] = ()
    unfinished: tuple[Path, ...] = ()
    refused: tuple[Refused, ...] = ()
    grouping: Grouping = _BY_FOLDER
    grouped: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    linked: Linked | None = None

    def __len__(self) -> int:
        return sum(len(block.faces) for block in self.blocks)

    def faces(self) -> Iterator[GalleryFace]:
        """All faces, in the order in which they came."""
        for block in self.blocks:
            yield from block.faces

    def person(self, face: GalleryFace) -> str:
        """Who a face is; empty where nobody knows."""
        chosen = self.named.get(face.key)
        if chosen is not None:
            return chosen
        return face.folder if self.grouping.rule == "folder" else self.grouped.get(face.key, "")


EMPTY = Gallery()


def with_faces(gallery: Gallery, found: Block, refused: Iterable[Refused] = ()) -> Gallery:
    """Add faces, but for those that are there, and photographs that were refused."""
    known = {face.key for face in gallery.faces()}
    new: list[int] = []
    for row, face in enumerate(found.faces):
        if face.key not in known:
            known.add(face.key)
            new.append(row)
    blocks = _extended(gallery.blocks, found if len(new) == len(found.faces) else found.only(new))
    return replace(gallery, blocks=blocks, refused=(*gallery.refused, *refused))


def with_faces_anew(gallery: Gallery, found: Block, refused: Iterable[Refused] = ()) -> Gallery:
    """Put faces that are there in the place of themselves, as they are embedded by now; none is added but of folders
    that have not been read to their end."""
    known = {face.key for face in gallery.faces()}

    def wanted(face: GalleryFace) -> bool:
        return face.key in known or any(face.path.is_relative_to(folder) for folder in gallery.unfinished)

    here = found.only([row for row, face in enumerate(found.faces) if wanted(face)])
    others = without(gallery, {face.key for face in here.faces})
    return with_faces(replace(others, grouped=gallery.grouped, named=gallery.named), here, refused)


def without(gallery: Gallery, keys: Collection[str]) -> Gallery:
    """The gallery but for some faces; itself where it holds none of them."""
    gone = set(keys)
    blocks: list[Block] = []
    for block in gallery.blocks:
        kept = [row for row, face in enumerate(block.faces) if face.key not in gone]
        if len(kept) == len(block.faces):
            blocks.append(block)
        elif kept:
            blocks.append(block.only(kept))
    if len(blocks) == len(gallery.blocks) and all(a is b for a, b in zip(blocks, gallery.blocks, strict=True)):
        return gallery
    grouped = {key: person for key, person in gallery.grouped.items() if key not in gone}
    named = {key: person for key, person in gallery.named.items() if key not in gone}
    return replace(gallery, blocks=tuple(blocks), grouped=grouped, named=named)


def keys_of(gallery: Gallery, sha256: str) -> list[str]:
    """Keys of all faces of a photograph."""
    return [face.key for face in gallery.faces() if face.sha256 == sha256]


def _extended(blocks: tuple[Block, ...], new: Block) -> tuple[Block, ...]:
    """Fill the last block up, and begin new ones."""
    if not new.faces:
        return blocks
    full, rest = list(blocks), new
    if full and len(full[-1].faces) < BLOCK and full[-1].vectors.keys() == new.vectors.keys():
        rest = _joined(full.pop(), new)
    starts = range(0, len(rest.faces), BLOCK)
    return (*full, *(rest.only(range(start, min(start + BLOCK, len(rest.faces)))) for start in starts))


def _joined(one: Block, other: Block) -> Block:
    vectors = {encoder: np.concatenate([some, other.vectors[encoder]]) for encoder, some in one.vectors.items()}
    return Block((*one.faces, *other.faces), vectors)


def _forget(gallery: Gallery, forgotten: Forgotten) -> Gallery:
    left = without(gallery, [face.key for face in gallery.faces() if forgotten.holds(face.key)])
    if left.linked is not None and (linked := left.linked.without(forgotten)) is not left.linked:
        left = replace(left, linked=linked)
    # Faces that are loaded can be named without lying in a folder of the gallery.
    if not any(forgotten.holds(key) for key in (*left.named, *left.grouped)):
        return left
    named = {key: person for key, person in left.named.items() if not forgotten.holds(key)}
    grouped = {key: person for key, person in left.grouped.items() if not forgotten.holds(key)}
    return replace(left, named=named, grouped=grouped)


GALLERY = Slice[Gallery](
    name="gallery",
    default=lambda: EMPTY,
    without=_forget,
    mark=lambda gallery: gallery,
    undo=True,
    content=lambda gallery: bool(gallery.roots) or gallery.linked is not None,
)
"""Many faces."""
