"""The list of photoreal people: seeds and edits, from which their pictures are drawn anywhere; one small file.

A safetensors file. The metadata's `about` says the recipe, the checkers' thresholds, and of each axis its unit, layers,
spread, gain and reach.

seeds        (N,) int32, of each person's w
codes        (N, P, A) int8, how far each picture is moved along each axis, in steps of 1/32 spread
tries        (N, P) uint8, at which try the picture was the same person to the checkers; 0 where it is not there
age, male    (N,) uint8, as dlib's networks read them off the first picture: years, and 255ths of a probability
directions   (A, 512) float16
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as decode
from safetensors.numpy import save as encode

from explorer.science.generation.mobilestylegan import LATENT_SIZE
from explorer.science.training.photoreal_edits import STEP, Axis, PhotorealEdit, checked
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

VERSION = 1
# A thousand people with ten pictures each take a tenth of it.
LARGEST_FILE = 16_000_000
LARGEST_SEED = 2**31 - 1
_SHAPES: dict[str, tuple[Any, int]] = {
    "seeds": (np.int32, 1),
    "codes": (np.int8, 3),
    "tries": (np.uint8, 2),
    "age": (np.uint8, 1),
    "male": (np.uint8, 1),
    "directions": (np.float16, 2),
}


def people_list_file() -> Path:
    """Where the list lies that ships with the program."""
    return places.models() / "people-list.safetensors"


@dataclass(frozen=True, eq=False)
class PeopleList:
    """N people with P numbers of pictures and A axes.

    recipe: how they were found, as JSON has it; `psi` and `pictures` are in it. thresholds: by checker.
    edits: A of them. seeds: (N,) int32. codes: (N, P, A) int8.
    tries: (N, P) uint8, 0 where there is no picture.
    age: (N,) uint8 years. male: (N,) uint8, in 255ths.
    """

    recipe: Mapping[str, Any]
    thresholds: Mapping[str, float]
    edits: tuple[PhotorealEdit, ...]
    seeds: NDArray[np.int32]
    codes: NDArray[np.int8]
    tries: NDArray[np.uint8]
    age: NDArray[np.uint8]
    male: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(N, P), which pictures there are."""
        return self.tries > 0

    @property
    def psi(self) -> float:
        """The truncation of every w."""
        return float(self.recipe["psi"])

    def numbers(self, person: int, most: int) -> list[int]:
        """The numbers of a person's first pictures that are there."""
        return [int(number) for number in np.flatnonzero(self.kept[person])[:most]]


def rounded(edit: PhotorealEdit) -> PhotorealEdit:
    """An edit as it comes back of the file; what is checked is drawn by these."""
    normal = torch.from_numpy(edit.normal.numpy().astype(np.float16).astype(np.float32))
    return PhotorealEdit(edit.axis, normal, edit.spread, edit.first, edit.last, edit.gain, edit.reach)


def list_bytes(people: PeopleList) -> bytes:
    """The file; the same people make the same bytes."""
    tensors = {
        "seeds": people.seeds,
        "codes": people.codes,
        "tries": people.tries,
        "age": people.age,
        "male": people.male,
        "directions": np.stack([edit.normal.numpy() for edit in people.edits]),
    }
    about = {
        "version": VERSION,
        "step": STEP,
        "recipe": dict(people.recipe),
        "thresholds": dict(people.thresholds),
        "axes": [described(edit) for edit in people.edits],
    }
    arrays = {name: np.ascontiguousarray(values, _SHAPES[name][0]) for name, values in tensors.items()}
    return encode(arrays, {"about": json.dumps(about)})


def write_people_list(people: PeopleList, path: Path) -> Path:
    """Write the file, whole or not at all.

    Raises:
        UserError: it cannot be written there.
    """
    return atomic_write(path, list_bytes(people), mode=0o644)


def read_people_list(path: Path) -> tuple[PeopleList, str]:
    """Read such a file; the list, and the sha256 (hex) of the file.

    Raises:
        UserError: it is missing, damaged, something else, or of another version.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{path} is larger than a list of people is: choose another file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} is missing: make it with `likeness train people-list --work DIR`") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): choose a list of people") from error
    try:
        return decoded(data), hashlib.sha256(data).hexdigest()
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is no list of people, or it is damaged ({error}): choose another file") from error


def decoded(data: bytes) -> PeopleList:
    """The list that a file's bytes hold.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, SafetensorError: they hold none.
    """
    length = int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    if about["version"] != VERSION or about["step"] != STEP:
        raise ValueError("it is of another version of this program")
    tensors = decode(data)
    for name, (kind, axes) in _SHAPES.items():
        if tensors[name].dtype != kind or tensors[name].ndim != axes:
            raise ValueError(f"{name} is not as a list has it")
    normals = tensors["directions"].astype(np.float32)
    edits = edits_of(about["axes"], normals)
    people, pictures, axes = tensors["codes"].shape
    shapes = {name: tensors[name].shape for name in ("seeds", "tries", "age", "male")}
    if axes != len(edits) or shapes != {
        "seeds": (people,), "tries": (people, pictures), "age": (people,), "male": (people,)
    }:  # fmt: skip
        raise ValueError("its parts are not of the same people")
    seeds, recipe = tensors["seeds"], dict(about["recipe"])
    if (seeds < 0).any() or len(np.unique(seeds)) < people:
        raise ValueError("its seeds are none, or two of them are the same")
    if not 0 <= float(recipe["psi"]) <= 1.5:
        raise ValueError("its truncation is none")
    thresholds = {str(name): float(value) for name, value in about["thresholds"].items()}
    arrays = (tensors[name] for name in ("codes", "tries", "age", "male"))
    return PeopleList(recipe, thresholds, edits, seeds, *arrays)


def described(edit: PhotorealEdit) -> dict[str, Any]:
    """An edit without its direction, for JSON."""
    return {
        "name": edit.axis.name,
        "unit": edit.axis.unit,
        "most": edit.axis.most,
        "spread": edit.spread,
        "first": edit.first,
        "last": edit.last,
        "gain": edit.gain,
        "reach": edit.reach,
    }


def edits_of(axes: Sequence[Mapping[str, Any]], normals: NDArray[np.float32]) -> tuple[PhotorealEdit, ...]:
    """The edits that were described so, with their directions (A, 512).

    Raises:
        ValueError, KeyError, TypeError: they are none.
    """
    if normals.shape != (len(axes), LATENT_SIZE):
        raise ValueError("its directions are not as many as its axes")
    return tuple(
        checked(
            PhotorealEdit(
                Axis(str(one["name"]), str(one["unit"]), float(one["most"])),
                torch.from_numpy(np.array(normal, np.float32)),
                float(one["spread"]),
                int(one["first"]),
                int(one["last"]),
                float(one["gain"]),
                float(one["reach"]),
            )
        )
        for one, normal in zip(axes, normals, strict=True)
    )
