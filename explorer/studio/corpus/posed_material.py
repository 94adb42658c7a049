"""What a localiser learns from and is measured on: drawn people whose poses are known, and photographs of a folder.

Drawn people are kept in the work folder, a file for a few of them: an interrupted call goes on behind the last one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

import explorer
from explorer.science.alignment.faces import LANDMARKS, Placement, PosedFaces
from explorer.science.alignment.framing import cut, into_window, mean_placement, placement_in_frame, window_of
from explorer.science.alignment.measures import FOURTEEN
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.names import shown
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.science.training.folders import LAYOUTS, FolderFace, layout_of
from explorer.studio.corpus.folders import meant_face
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.geometry.fitting import fit_frame
from explorer.studio.geometry.landmark_sources import LandmarkFinder
from explorer.studio.places import private_folder

# Told how many of how many are done.
Step = Callable[[int, int], None]
TRAINING_SEED, UNSEEN_SEED = 90_000_000, 95_000_000
"""Of the first person who is learnt from, and of the first who judges."""
YAW = 30.0
# People in a file.
_PER_PART = 4
# Side of the frames in which a photograph's pose is found.
_FRAME = 512
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


def folder_people(
    model: MorphableModel, detector: Detector, finder: LandmarkFinder, folder: Path, most: int, side: int, step: Step
) -> PosedMaterial:
    """The people with the most photographs of a folder in a published layout, CASIA-WebFace's or another.

    Those that the layout keeps for tests take no part.
    Yaw is that of the fit to the found landmarks, in place of the thesis's network; the landmarks are only measured by.

    Args:
        most: people.

    Raises:
        UserError: no two people have a usable face.
        FolderError: the folder is not of its layout, or holds no photographs.
    """
    listing = LAYOUTS[layout_of(folder)].read(folder)
    learnt = [face for face in listing.faces if face.split != "test"]
    counted = Counter(face.identity for face in learnt)
    chosen = {name: number for number, (name, _) in enumerate(counted.most_common(most))}
    used = [face for face in learnt if face.identity in chosen]
    placement = Placement()
    window = window_of(placement, placement_in_frame(model))
    basis, rows = landmark_basis(model), list[tuple[Tensor, int, float, Tensor]]()
    for done, face in enumerate(used):
        step(done, len(used))
        try:
            frame = _frame(face, detector)
            fitted = fit_frame(frame, model, finder, basis)
        except FaceError:
            continue
        picture = (255 * cut(frame, window, side)).round().byte().permute(1, 2, 0)
        points = torch.from_numpy(fitted.landmarks[list(FOURTEEN)]).float() / _FRAME
        rows.append((picture, chosen[face.identity], fitted.angles()[0], into_window(points, window)))
    step(len(used), len(used))
    numbers = sorted({row[1] for row in rows})
    if len(numbers) < 2:
        raise UserError(f"{shown(folder)}: no two people with a usable face are found: give other photographs")
    people = torch.tensor([numbers.index(row[1]) for row in rows])
    faces = PosedFaces(
        torch.stack([row[0] for row in rows]),
        people,
        torch.tensor([row[2] for row in rows]),
        torch.full((len(rows), 3, 3), torch.nan),
        torch.stack([row[3] for row in rows]),
    )
    words = f"{len(rows)} photographs of {len(numbers)} people of a folder in the layout {layout_of(folder)}"
    return PosedMaterial(faces, placement, words)


def _frame(face: FolderFace, detector: Detector) -> NDArray[np.uint8]:
    photograph = read_file(face.path)
    return crop_frame(photograph, meant_face(photograph, detector, face.points), _FRAME).frame


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
