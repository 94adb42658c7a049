"""The directions of a corpus's edits: found on its own faces, tried out, and kept beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE, THRESHOLDS, halved
from explorer.science.training.corpus import RESOLUTION, CorpusModels, CorpusRecipe, plan, styles_of
from explorer.science.training.edits import (
    EDIT_KINDS,
    Direction,
    Directions,
    EditKind,
    EditPlan,
    edited,
    find_direction,
    is_editable,
    with_reach,
)
from explorer.studio.corpus.shards import CorpusFolder, ShardName
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

# Fewer faces show too few hats and eyeglasses to find their directions.
LEAST_FACES = 500
_TRIAL_FACES = 16


def read_directions(corpus: CorpusFolder) -> Directions | None:
    """The directions that were found on a corpus; None where none were yet.

    Raises:
        UserError: their file is damaged.
    """
    place = corpus.folder / "directions.safetensors"
    if not place.exists():
        return None
    try:
        with safe_open(place, "pt") as file:
            return decoded_directions(json.loads(file.metadata()["about"]), file.get_tensor("normals").numpy())
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place} is damaged ({error}): remove it and the edit shards, and run again") from error


def find_directions(
    corpus: CorpusFolder,
    recipe: CorpusRecipe,
    models: Callable[[], CorpusModels],
    tell: Callable[[str], None] = lambda line: None,
    known: Mapping[str, Tensor] | None = None,
) -> Directions:
    """Find the directions on the first base faces, try out how far rare attributes must be moved, and keep both.

    Args:
        models: loads the networks for the trials.
        tell: told a line for each direction.
        known: `NEEDED` of these faces, their first axis running over them; read off the corpus's shards where None.
    """
    faces = min(recipe.directions_from, recipe.faces)
    w, values = _training_faces(known or _read(corpus, faces // recipe.per_shard))
    directions = {kind.name: find_direction(kind, w, values[kind.name]) for kind in EDIT_KINDS}
    loaded = models()
    for kind in EDIT_KINDS:
        if kind.rare:
            directions[kind.name] = _tried(loaded, recipe, kind, Directions(faces, directions))
        found = directions[kind.name]
        tell(
            f"{found.name}: explains {found.explained:.0%} of the variance of unseen faces, "
            f"moved by {found.reach[0]:.1f} to {found.reach[1]:.1f} standard deviations"
        )
    write_directions(corpus, Directions(faces, directions))
    return Directions(faces, directions)


def _read(corpus: CorpusFolder, shards: int) -> dict[str, Tensor]:
    read = [corpus.read(ShardName("base", number)) for number in range(shards)]
    return {name: torch.cat([shard[name] for shard in read]) for name in NEEDED}


def _training_faces(joined: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """w (N, 512) of the unmixed training faces among the first ones, and what is to be edited of each."""
    chosen = (joined["split"] == 0) & (joined["crossover"] == 0)
    values = {}
    for kind in EDIT_KINDS:
        label = joined[f"labels/{_LABELS[kind.name]}"][chosen]
        if kind.name in _POSE:
            label = label[:, _POSE[kind.name]]
        values[kind.name] = (label > THRESHOLDS[kind.name]).float() if kind.rare else label
    return joined["w"][chosen], values


_POSE = {"yaw": 0, "pitch": 1}
_LABELS = {kind.name: "pose" if kind.name in _POSE else kind.name for kind in EDIT_KINDS}
# What directions are found on, by the names of the shards' tensors.
NEEDED = ("w", "split", "crossover", *dict.fromkeys(f"labels/{label}" for label in _LABELS.values()))


def _tried(models: CorpusModels, recipe: CorpusRecipe, kind: EditKind, directions: Directions) -> Direction:
    """The direction of a rare attribute with the distance that trial faces show to be needed."""
    plans = [one for one in (plan(recipe, index) for index in range(directions.faces)) if is_editable(one)]

    def hits(distance: float) -> float:
        shown = [
            _has(models, kind.name, EditPlan(one, kind.name, distance), directions) for one in plans[:_TRIAL_FACES]
        ]
        return float(np.mean(shown))

    return with_reach(directions.by_name[kind.name], hits)


@torch.no_grad()
def _has(models: CorpusModels, attribute: str, edit: EditPlan, directions: Directions) -> bool:
    """Whether an edited face is found and has the attribute."""
    latents = edited(models.generator, edit, directions)
    pixels = to_uint8(models.draw(styles_of(latents, 0), RESOLUTION)[0])
    face = models.detector.detect_in_frame(pixels)
    if face is None:
        return False
    frame = crop_frame(Photograph(pixels, "trial", ""), face, LABEL_SIZE).frame
    return bool(getattr(models.labellers(frame, halved(frame)), attribute) > THRESHOLDS[attribute])


def write_directions(corpus: CorpusFolder, directions: Directions) -> None:
    """Keep directions beside a corpus."""
    note, normals = described_directions(directions)
    atomic_write(corpus.folder / "directions.safetensors", encode({"normals": normals}, {"about": json.dumps(note)}))


def described_directions(directions: Directions) -> tuple[dict[str, Any], Tensor]:
    """Directions as JSON has them, and their normals (D, 512)."""
    found = list(directions.by_name.values())
    note = {
        "faces": directions.faces,
        "directions": [
            {"name": one.name, "spread": one.spread, "explained": one.explained, "reach": one.reach} for one in found
        ],
    }
    return note, torch.stack([one.normal for one in found])


def decoded_directions(note: dict[str, Any], normals: NDArray[np.float32]) -> Directions:
    """The directions that were described so.

    Raises:
        ValueError, KeyError, TypeError: they were not.
    """
    found = {
        one["name"]: Direction(one["name"], normal, one["spread"], one["explained"], tuple(one["reach"]))
        for one, normal in zip(note["directions"], torch.tensor(normals), strict=True)
    }
    return Directions(note["faces"], found)
