"""The labels of a corpus without its pictures and embeddings: one small file, from which the corpus is drawn again.

A safetensors file. The metadata's `about` says the recipe, which shards the labels are of, the scale of each label, and
how far along their directions edits reach; for each KIND, `base` and `edit`:

KIND/index, KIND/split     number of each face, and place in SPLITS; what a shard lacks shows no face
KIND/camera                how many cameras failed before that of the second view
KIND/repeated              numbers of the faces whose second view is labelled too
KIND/labels/X, KIND/repeat/X, KIND/labels/points    codes of `label_codes`, packed
edit/base, edit/attribute, edit/distance            whose edit it is, along which direction, and how far in its spreads
directions/normals         (7, 512)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as decode
from safetensors.numpy import save as encode

from explorer.science.leakage.labels import LABELS
from explorer.science.training.corpus import CorpusRecipe
from explorer.science.training.edits import Directions
from explorer.science.training.label_codes import CODES, POINTS, pack, unpack
from explorer.studio import places
from explorer.studio.corpus.editing import decoded_directions, described_directions
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

VERSION = 1
LabelledKind = Literal["base", "edit"]
LABELLED_KINDS: tuple[LabelledKind, ...] = ("base", "edit")
# What is kept of each face beside its labels, and of edits alone.
_COLUMNS = {"index": np.int32, "split": np.uint8, "camera": np.uint8}
_EDIT_COLUMNS = {"base": np.int32, "attribute": np.uint8, "distance": np.float32}
# How many there are of each: no part of which faces they are.
_SIZES_OF_RECIPE = ("faces", "edits")

Arrays = Mapping[str, NDArray[Any]]


def labels_file() -> Path:
    """Where the labels lie that ship with the program."""
    return places.models() / "corpus-labels.safetensors"


@dataclass(frozen=True, eq=False)
class CodedFaces:
    """The labels of N faces of a kind, in the order of their numbers.

    shards: whose faces they are, all of them that show a face.
    columns: index, split and camera (N,); of edits base, attribute and distance too.
    codes: by label, and `points`, (N, ...) int16.
    repeated: (M,) numbers of the faces that are labelled twice. again: (M, ...) codes of the second view by label.
    """

    shards: tuple[int, ...]
    columns: Arrays
    codes: Arrays
    repeated: NDArray[np.int32]
    again: Arrays

    def __len__(self) -> int:
        return len(self.columns["index"])

    def rows_of(self, numbers: range) -> NDArray[np.intp]:
        """The rows of the faces with those numbers, in order."""
        index = self.columns["index"]
        return np.flatnonzero((index >= numbers.start) & (index < numbers.stop))


@dataclass(frozen=True, eq=False)
class CorpusLabels:
    """The labels of a corpus. recipe: as `CorpusFolder` has it. directions: of its edits, where they are known."""

    recipe: Mapping[str, Any]
    kinds: Mapping[LabelledKind, CodedFaces]
    directions: Directions | None = field(default=None)

    def corpus_recipe(self) -> CorpusRecipe:
        """The recipe, up to the last face and the last edit that there are labels of."""
        given = {**self.recipe, "psi": tuple(self.recipe["psi"])}
        return CorpusRecipe(**{**given, "faces": self.reach("base"), "edits": self.reach("edit")})

    def differs_from(self, recipe: Mapping[str, Any]) -> list[str]:
        """In what another recipe differs, their sizes left aside; in nothing where the faces are the same."""
        names = {**self.recipe, **recipe}
        return [name for name in names if name not in _SIZES_OF_RECIPE and self.recipe.get(name) != recipe.get(name)]

    def reach(self, kind: LabelledKind) -> int:
        """Below which number all labelled faces of a kind lie; 0 where there is none."""
        shards = self.kinds[kind].shards if kind in self.kinds else ()
        return int(self.recipe["per_shard"]) * (max(shards, default=-1) + 1)


def write_labels(labels: CorpusLabels, path: Path) -> Path:
    """Write the file, whole or not at all.

    Raises:
        UserError: it cannot be written there.
    """
    tensors: dict[str, NDArray[Any]] = {}
    for kind, faces in labels.kinds.items():
        for name, dtype in _columns(kind).items():
            tensors[f"{kind}/{name}"] = np.ascontiguousarray(faces.columns[name], dtype)
        tensors[f"{kind}/repeated"] = faces.repeated.astype(np.int32)
        packed = {f"labels/{name}": (name, codes) for name, codes in faces.codes.items()}
        packed |= {f"repeat/{name}": (name, codes) for name, codes in faces.again.items()}
        for place, (name, codes) in packed.items():
            tensors[f"{kind}/{place}"] = np.frombuffer(pack(name, codes), np.uint8)
    about: dict[str, Any] = {
        "version": VERSION,
        "recipe": {name: value for name, value in labels.recipe.items() if name not in _SIZES_OF_RECIPE},
        "shards": {kind: _ranges(faces.shards) for kind, faces in labels.kinds.items()},
        "scales": {name: code.words() for name, code in CODES.items()},
    }
    if labels.directions is not None:
        about["directions"], normals = described_directions(labels.directions)
        tensors["directions/normals"] = normals.numpy()
    return atomic_write(path, encode(tensors, {"about": json.dumps(about)}), mode=0o644)


def read_labels_file(path: Path) -> CorpusLabels:
    """Read such a file.

    Raises:
        UserError: it is missing, damaged, something else, or of another version.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path} is missing: make it from a corpus with `likeness train corpus-labels --work DIR`"
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): choose a file of labels") from error
    try:
        about = _about(data)
        if about["version"] != VERSION or about["scales"] != {name: code.words() for name, code in CODES.items()}:
            raise UserError(f"{path} was written by another version of this program: make it again from its corpus")
        tensors = decode(data)
        directions = None
        if "directions" in about:
            directions = decoded_directions(about["directions"], tensors["directions/normals"])
        kinds = {
            kind: _faces(tensors, kind, _numbers(about["shards"][kind]))
            for kind in LABELLED_KINDS
            if kind in about["shards"]
        }
        return CorpusLabels(about["recipe"], kinds, directions)
    except UserError:
        raise
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path} is no file of a corpus's labels, or it is damaged ({error}): choose another"
        ) from error


def _about(data: bytes) -> dict[str, Any]:
    """The metadata of a safetensors file: eight bytes tell how long the JSON before the tensors is."""
    length = int.from_bytes(data[:8], "little")
    about: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    return about


def _faces(tensors: Arrays, kind: LabelledKind, shards: tuple[int, ...]) -> CodedFaces:
    columns = {name: tensors[f"{kind}/{name}"] for name in _columns(kind)}
    repeated, faces = tensors[f"{kind}/repeated"], len(columns["index"])
    return CodedFaces(
        shards,
        columns,
        {name: unpack(name, tensors[f"{kind}/labels/{name}"].tobytes(), faces) for name in (*LABELS, POINTS)},
        repeated,
        {name: unpack(name, tensors[f"{kind}/repeat/{name}"].tobytes(), len(repeated)) for name in LABELS},
    )


def _columns(kind: LabelledKind) -> dict[str, Any]:
    return _COLUMNS | (_EDIT_COLUMNS if kind == "edit" else {})


def _ranges(numbers: tuple[int, ...]) -> list[list[int]]:
    """Ascending numbers as first and last of each run."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _numbers(ranges: list[list[int]]) -> tuple[int, ...]:
    return tuple(number for first, last in ranges for number in range(first, last + 1))
