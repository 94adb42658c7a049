"""Where a model's landmarks are, out of a small file beside it: 68 vertices, or eos's mapping of some of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.contents import read_bytes, stand_in
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModelError
from explorer.science.names import name_of

NAMES = ("landmarks.txt", "landmarks.csv", "landmarks.json")
_MAPPING = "ibug_to_"
_LARGEST = 1 << 20
# Of a JSON object, where the numbers may stand; the last is ICT-FaceKit's.
_KEYS = ("landmarks", "vertices", "idx_to_landmark_verts")
_PAIR = re.compile(r"^\s*(\d{1,2})\s*(?:=|\s)\s*(\d{1,9})\s*$")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?")

UNKNOWN = -1


def read_landmark_file(path: Path, vertices: int) -> NDArray[np.int64]:
    """The vertices of the 68 landmarks.

    Args:
        path: 68 whole numbers, counted from 0, as text, CSV or a list in JSON; or eos's mapping, which numbers the
            landmarks from 1.
        vertices: of the model.

    Returns:
        (68,), `UNKNOWN` where a mapping leaves a landmark out.

    Raises:
        MorphableModelError: the file cannot be read, holds something else, or points beyond the model.
    """
    name = name_of(path)
    try:
        content = read_bytes(path) if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        raise MorphableModelError(f"{name} cannot be read: {error.strerror or error}") from error
    if content is None:
        raise MorphableModelError(f"{name} is larger than any list of {LANDMARKS} landmarks")
    what = stand_in(content)
    if what:
        raise MorphableModelError(f"{name} is {what}")
    text = content.decode("utf-8-sig", errors="replace")
    try:
        found = _of_json(text) if path.suffix.lower() == ".json" else _of_text(text)
    except (ValueError, RecursionError, OverflowError) as error:
        raise MorphableModelError(
            f"{name} does not say where the landmarks are: give {LANDMARKS} vertices, counted from 0"
        ) from error
    beyond = found[found != UNKNOWN]
    if not len(beyond) or beyond.min() < 0 or beyond.max() >= vertices:
        raise MorphableModelError(f"{name} points at vertices that the model of {vertices} vertices does not have")
    return found


def landmark_file_beside(place: Path) -> Path | None:
    """The file of landmarks that lies in a model's folder, or beside its file; eos's mappings are not looked for."""
    folder = place if place.is_dir() else place.parent
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def mapping_beside(place: Path) -> Path | None:
    """Eos's `ibug_to_MODEL.txt` beside a model's file, where its name says that it is this model's."""
    stem = place.stem.lower()
    stem = stem.replace("model", "bfm", 1) if stem.startswith("model20") else stem
    stem = "bfm2009" if stem == "01_morphablemodel" else stem
    files = place.parent.glob(f"{_MAPPING}*.txt")
    fitting = [file for file in files if _is_of(file.stem.lower()[len(_MAPPING) :], stem)]
    return max(fitting, key=lambda file: (len(file.stem), file.stem), default=None)


def _is_of(model: str, stem: str) -> bool:
    return stem == model or stem.startswith((f"{model}_", f"{model}-")) or (model == "bfm" and stem == "bfm2009")


def _of_json(text: str) -> NDArray[np.int64]:
    said: Any = json.loads(text)
    if isinstance(said, dict):
        said = next((said[key] for key in _KEYS if key in said), None)
    if not isinstance(said, list) or len(said) != LANDMARKS or not all(type(one) is int for one in said):
        raise ValueError("no list of 68 whole numbers")
    return np.array(said, np.int64)


def _of_text(text: str) -> NDArray[np.int64]:
    lines = [re.split("[;#]", line, maxsplit=1)[0] for line in text.splitlines()]
    if any("landmark" in line.lower() and re.search("[{\\[]", line) for line in lines) or "{" in "".join(lines):
        return _of_mapping(lines)
    numbers = [float(number) for line in lines for number in _NUMBER.findall(line)]
    if len(numbers) != LANDMARKS or any(number != int(number) for number in numbers):
        raise ValueError("no 68 whole numbers")
    return np.array(numbers, np.int64)


def _of_mapping(lines: list[str]) -> NDArray[np.int64]:
    found = np.full(LANDMARKS, UNKNOWN, np.int64)
    for pair in filter(None, map(_PAIR.match, lines)):
        landmark, vertex = int(pair[1]), int(pair[2])
        if not 1 <= landmark <= LANDMARKS:
            raise ValueError("a landmark beyond the 68")
        found[landmark - 1] = vertex
    return found
