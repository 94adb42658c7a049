"""What a localiser learns from and is measured on: drawn people, whose poses are known.

They are kept in the work folder, a file for a few of them: an interrupted call goes on behind the last one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

import explorer
from explorer.science.alignment.faces import LANDMARKS, Placement, PosedFaces
from explorer.science.alignment.framing import mean_placement
from explorer.science.alignment.measures import FOURTEEN
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

# Told how many of how many are done.
Step = Callable[[int, int], None]
TRAINING_SEED, UNSEEN_SEED = 90_000_000, 95_000_000
"""Of the first person who is learnt from, and of the first who judges."""
YAW = 30.0
# People in a file.
_PER_PART = 4
_PARTS = ("pictures", "people", "yaw", "rotation", "landmarks", "place", "scale")


@dataclass(frozen=True, eq=False)
class PosedMaterial:
    """Faces, where the mean face lies in them, and where they come from in words."""

    faces: PosedFaces
    placement: Placement
    words: str


def drawn_people(
    model: MorphableModel, seed: int, people: int, pictures: int, side: int, work: Path, step: Step
) -> PosedMaterial:
    """Draw people with so many pictures each, heads turned aside by up to 30 degrees.

    Args:
        seed: of the first person.
    """
    key = f"{explorer.__version__} {model.name} {seed} {pictures} {side} {YAW}"
    folder = private_folder(work / f"posed-people-{hashlib.sha256(key.encode()).hexdigest()[:12]}")
    parts = list[dict[str, Tensor]]()
    for first in range(0, people, _PER_PART):
        last = min(first + _PER_PART, people)
        file = folder / f"{first:06d}-{last:06d}.safetensors"
        part = _read(file)
        if part is None:
            part = _drawn(model, seed, range(first, last), pictures, side)
            atomic_write(file, encode(part), mode=0o600)
        parts.append(part)
        step(last, people)
    whole = {name: torch.cat([part[name] for part in parts]) for name in _PARTS}
    words = (
        f"{people} drawn people with {pictures} pictures each at {side} px, seeds {seed:,} on, heads turned by up to "
        f"{YAW:g} degrees; no photograph of anybody"
    )
    return PosedMaterial(_faces(whole), mean_placement(whole["place"], whole["scale"]), words)


def _faces(whole: dict[str, Tensor]) -> PosedFaces:
    return PosedFaces(*(whole[name] for name in _PARTS[:5]))


def _drawn(model: MorphableModel, seed: int, numbers: range, pictures: int, side: int) -> dict[str, Tensor]:
    rows = list[dict[str, Tensor]]()
    for number in numbers:
        person = draw_person(seed + number)
        scenes = [draw_scene(person, picture, YAW) for picture in range(pictures)]
        rows += [_row(number, drawn, side) for drawn in render_scenes(scenes, model, side)]
    return {name: torch.stack([row[name] for row in rows]).contiguous() for name in _PARTS}


def _row(number: int, drawn: Rendered, side: int) -> dict[str, Tensor]:
    view = drawn.portrait.view
    landmarks = torch.from_numpy(drawn.landmarks().points[list(FOURTEEN)]).float() / side
    return {
        "pictures": torch.from_numpy(drawn.pixels.copy()),
        "people": torch.tensor(number),
        "yaw": torch.tensor(drawn.scene.yaw, dtype=torch.float32),
        "rotation": view.rotation.float(),
        "landmarks": landmarks,
        "place": torch.tensor(view.centre, dtype=torch.float32) / side,
        "scale": torch.tensor(view.scale / side, dtype=torch.float32),
    }


def kept_people(file: Path, key: object, make: Callable[[], PosedMaterial]) -> PosedMaterial:
    """Material that was kept in a file under the same key, or that is made and kept."""
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:12]
    place = file.with_name(f"{file.stem}-{digest}.safetensors")
    kept = _read(place)
    about = place.with_suffix(".json")
    if kept is not None and about.exists():
        known = json.loads(about.read_bytes())
        x, y = known["place"]
        return PosedMaterial(_faces(kept), Placement((x, y), known["millimetres"]), known["words"])
    made = make()
    faces, placement = made.faces, made.placement
    tensors = {name: getattr(faces, name) for name in _PARTS[:5]}
    empty = torch.zeros(len(faces))
    atomic_write(place, encode({**tensors, "place": empty, "scale": empty.clone()}), mode=0o600)
    words = {"place": placement.place, "millimetres": placement.millimetres, "words": made.words}
    atomic_write(about, json.dumps(words).encode(), mode=0o600)
    return made


def _read(file: Path) -> dict[str, Tensor] | None:
    """What a file holds; None where it is missing, or not whole."""
    try:
        kept: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError):
        return None
    whole = set(kept) == set(_PARTS) and kept["landmarks"].shape[1:] == (LANDMARKS, 2)
    return kept if whole else None
