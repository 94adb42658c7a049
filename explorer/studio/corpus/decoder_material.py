"""What a decoder is trained on: drawn faces, a corpus, and photographs of a folder; each with embedding and picture.

Drawn faces and those of a folder are kept in the work folder, which its owner alone can enter: they take longer to make
than to read. People that a folder keeps for tests take no part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.names import shown
from explorer.science.training.corpus import SPLITS, Split
from explorer.science.training.decoder import DecoderFaces
from explorer.science.training.decoder_faces import (
    CHUNK,
    DECODER_SEED,
    FaceMaking,
    MadeFaces,
    drawn_for_each,
    made_of,
)
from explorer.science.training.folders import LAYOUTS, FolderListing, choose, layout_of
from explorer.studio.corpus.folders import meant_face
from explorer.studio.corpus.reading import corpus_words
from explorer.studio.corpus.shards import KINDS, CorpusFolder, from_jpeg
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

# Told how many of how many are done.
Step = Callable[[int, int], None]
# Faces in a file.
_PER_PART = 16 * CHUNK
# Of the drawn faces one in so many is held out.
_HELD_OUT = 20
_FITTING: tuple[Split, ...] = ("train", "calibration")


@dataclass(frozen=True, eq=False)
class Material:
    """Faces of one source.

    held_out: (N,) which of them nothing is learnt from. words: where they come from. photographs: whether of people.
    """

    faces: MadeFaces
    held_out: Tensor
    words: str
    photographs: bool = False

    def __len__(self) -> int:
        return len(self.held_out)


def without(material: Material, left_out: Tensor) -> Material:
    """What remains of photographs where some, (N,), are left out.

    Raises:
        UserError: nothing does.
    """
    kept = ~left_out
    if not kept.any():
        raise UserError("the photographs show nobody but people that judge: give photographs of others")
    faces = MadeFaces(material.faces.embeddings[kept], material.faces.pictures[kept])
    words = f"{material.words}, of which {int(left_out.sum())} that pass as people that judge were left out"
    return Material(faces, material.held_out[kept], words if left_out.any() else material.words, material.photographs)


def joined(parts: Sequence[Material]) -> DecoderFaces:
    """All faces to learn from and to decide by.

    Raises:
        UserError: there are too few.
    """
    held_out = torch.cat([part.held_out for part in parts])
    rows = torch.arange(len(held_out))
    whole = _together([part.faces for part in parts])
    try:
        return DecoderFaces(whole.embeddings, whole.pictures, rows[~held_out], rows[held_out])
    except ValueError as error:
        raise UserError(str(error)) from error


def drawn_material(
    making: FaceMaking, key: object, faces: int, work: Path, step: Step, enough: Callable[[], bool] = lambda: False
) -> Material:
    """Faces that the generator draws; an interrupted call goes on behind the last file that it kept.

    Args:
        key: all that the faces follow from besides their numbers; its words are hashed.
        enough: asked behind each file: no more are drawn where it says so, and none the next time that as many are
            asked for, so that a training goes on with the faces that it began with.
    """
    place = _place(work, key)
    ended = place / f"ended-{faces}.json"
    total = json.loads(ended.read_bytes()) if ended.exists() else faces
    parts, done = list[MadeFaces](), 0
    while done < total:
        if done and total == faces and enough():
            atomic_write(ended, json.dumps(done).encode())
            break
        last = min(done + _PER_PART, faces)
        draw_for_each([making], [key], done, last, work, lambda made, _: step(made, total))
        kept = load_file(_part(place, done, last))
        parts.append(MadeFaces(kept["embeddings"], kept["pictures"]))
        done = last
    whole = _together(parts)
    held_out = torch.arange(len(whole.embeddings)) % _HELD_OUT == 0
    words = (
        f"{len(held_out)} generated faces drawn at {making.resolution} px, seeds {DECODER_SEED:,} on, "
        f"{100 * making.camera:.0f} % of them as a random camera has them; no photograph of anybody"
    )
    return Material(whole, held_out, words)


def draw_for_each(
    makings: Sequence[FaceMaking], keys: Sequence[object], first: int, faces: int, work: Path, step: Step
) -> None:
    """Draw faces once for several encoders, and keep them where `drawn_material` of each will find them.

    Args:
        makings: that differ in their encoders alone. keys: of each, as of `drawn_material`.
        first: where to begin, so that processes can share the work; the file that it lies in is begun at its beginning.
    """
    places = [_place(work, key) for key in keys]
    for start in range(first - first % _PER_PART, faces, _PER_PART):
        last = min(start + _PER_PART, faces)
        files = [_part(place, start, last) for place in places]
        if any(_read(file) is None for file in files):
            parts: list[list[MadeFaces]] = [[] for _ in makings]
            for made in drawn_for_each(makings, start, last):
                for part, one in zip(parts, made, strict=True):
                    part.append(one)
                step(min(start + len(parts[0]) * CHUNK, last), faces)
            for file, part in zip(files, parts, strict=True):
                whole = _together(part)
                _keep(file, {"embeddings": whole.embeddings, "pictures": whole.pictures})
        step(last, faces)


def corpus_material(corpus: CorpusFolder, encoder: str, side: int, step: Step, most: int | None = None) -> Material:
    """Faces of a corpus; those of its test split take no part, those of its calibration split are held out.

    Args:
        most: of them so many, the first; all where None.

    Raises:
        UserError: the corpus has no embeddings of the encoder, or a shard cannot be read.
    """
    names = [name for kind in KINDS for name in corpus.names(kind)]
    embeddings, pictures, held_out, edits = list[Tensor](), list[NDArray[np.uint8]](), list[Tensor](), 0
    for done, name in enumerate(names, 1):
        shard = corpus.read(name)
        if f"first/{encoder}" not in shard:
            raise UserError(f"{corpus.folder} holds no embeddings of {encoder}: leave the corpus out, or embed it anew")
        split = shard["split"]
        used = torch.isin(split, torch.tensor([SPLITS.index(one) for one in _FITTING], dtype=split.dtype))
        embeddings.append(shard[f"first/{encoder}"][used].float())
        if most is not None:
            used &= used.cumsum(0) <= most - len(pictures)
        rows = used.nonzero()[:, 0].tolist()
        pictures += [_resized(from_jpeg(data), side) for data in corpus.jpegs(name, rows)]
        held_out.append(split[used] == SPLITS.index("calibration"))
        edits += len(rows) if name.kind == "edit" else 0
        step(done, len(names))
        if len(pictures) == most:
            break
    if not pictures:
        raise UserError(f"{corpus.folder} holds no faces to learn from: make them with `likeness train corpus`")
    made = MadeFaces(torch.cat(embeddings), torch.from_numpy(np.stack(pictures)))
    held = torch.cat(held_out)
    words = corpus_words(corpus, len(held) - int(held.sum()), edits)
    return Material(made, held, words, photographs="edits" not in corpus.recipe)


def folder_material(making: FaceMaking, key: object, folder: Path, most: int, work: Path, step: Step) -> Material:
    """Photographs of a folder in one of the published layouts, or with a folder for each person.

    People of its calibration split are held out, those of its test split left out; kept for as long as no file changes.

    Raises:
        UserError: no usable face is found.
        FolderError: the folder is not of its layout, or holds no photographs.
    """
    listing = choose(LAYOUTS[layout_of(folder)].read(folder), most)
    digest = hashlib.sha256(f"{key!r} {_state_of(listing)}".encode()).hexdigest()[:12]
    file = private_folder(work) / f"decoder-photographs-{digest}.safetensors"
    kept = _read(file, "held_out")
    if kept is None:
        kept = _photographed(making, listing, step)
        if not kept:
            raise UserError(f"no usable face to learn from is found in {shown(folder)}: give other photographs")
        _keep(file, kept)
    made, held_out = MadeFaces(kept["embeddings"], kept["pictures"]), kept["held_out"]
    words = f"{len(held_out)} photographs of a folder in the layout {layout_of(folder)}"
    return Material(made, held_out.bool(), words, photographs=True)


def _photographed(making: FaceMaking, listing: FolderListing, step: Step) -> dict[str, Tensor]:
    """The faces as they are kept; nothing where none is found."""
    parts, held_out = list[MadeFaces](), list[bool]()
    used = [one for one in listing.faces if one.split in _FITTING]
    for done, one in enumerate(used):
        step(done, len(used))
        try:
            photograph = read_file(one.path)
            found: tuple[Photograph, Face] = photograph, meant_face(photograph, making.detector, one.points)
            parts.append(made_of(making, [found]))
        except FaceError:
            continue
        held_out.append(one.split == "calibration")
    step(len(used), len(used))
    if not parts:
        return {}
    made = _together(parts)
    return {"embeddings": made.embeddings, "pictures": made.pictures, "held_out": torch.tensor(held_out)}


def _state_of(listing: FolderListing) -> str:
    known = [(str(one.path), one.path.stat()) for one in listing.faces]
    return json.dumps([[name, state.st_size, state.st_mtime_ns] for name, state in known])


def _together(parts: Iterable[MadeFaces]) -> MadeFaces:
    """Parts end to end, without a second copy of all pictures."""
    listed = list(parts)
    pictures = torch.empty(sum(len(part.pictures) for part in listed), *listed[0].pictures.shape[1:], dtype=torch.uint8)
    at = 0
    for part in listed:
        pictures[at : at + len(part.pictures)] = part.pictures
        at += len(part.pictures)
    return MadeFaces(torch.cat([part.embeddings for part in listed]), pictures)


def _resized(frame: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _place(work: Path, key: object) -> Path:
    """The folder of drawn faces."""
    return private_folder(work / f"decoder-faces-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}")


def _part(place: Path, first: int, last: int) -> Path:
    return place / f"{first:07d}-{last:07d}.safetensors"


def _read(file: Path, *more: str) -> dict[str, Tensor] | None:
    """What a file holds; None where it is not there, damaged or without something that is needed."""
    try:
        kept = load_file(file)
    except (OSError, SafetensorError):
        return None
    return kept if {"embeddings", "pictures", *more} <= kept.keys() else None


def _keep(file: Path, tensors: dict[str, Tensor]) -> None:
    atomic_write(file, encode({name: tensor.contiguous() for name, tensor in tensors.items()}))
