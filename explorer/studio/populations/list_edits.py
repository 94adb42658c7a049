"""The edits of a list of people while it is made: directions, the bands in which they are applied, and thresholds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from explorer.science.training.photoreal_edits import AXES, BANDS, PhotorealEdit, Trial, best_band
from explorer.science.training.photoreal_people import CHECKERS
from explorer.studio.errors import UserError
from explorer.studio.populations.list_file import described, edits_of, rounded
from explorer.studio.populations.list_work import ListWork

DIRECTIONS, EDITS, CHOSEN = "directions", "edits", "chosen"


def write_directions(work: ListWork, found: dict[str, tuple[Tensor, float]]) -> None:
    """Keep the direction and the spread of each axis."""
    normals = torch.stack([found[axis.name][0] for axis in AXES])
    work.write(DIRECTIONS, {"normals": normals, "spreads": torch.tensor([found[axis.name][1] for axis in AXES])})


def read_directions(work: ListWork) -> dict[str, tuple[Tensor, float]]:
    """What was kept of them.

    Raises:
        UserError: nothing was.
    """
    held = work.read(DIRECTIONS)
    if held is None:
        raise UserError(f"{work.folder} lacks directions: run the same command again")
    pairs = zip(held["normals"], held["spreads"].tolist(), strict=True)
    return {axis.name: pair for axis, pair in zip(AXES, pairs, strict=True)}


@dataclass(frozen=True)
class Tried:
    """What all trials of an axis say, by band, and which band was taken."""

    axis: str
    trials: tuple[Trial, ...]
    taken: tuple[int, int]


def decided(
    directions: dict[str, tuple[Tensor, float]],
    trials: list[dict[str, Tensor]],
    thresholds: dict[str, float],
    strength: float,
) -> tuple[tuple[PhotorealEdit, ...], tuple[Tried, ...]]:
    """The edits by what the trials showed.

    Args:
        trials: of each person, values (A, B, 2) and cosines (A, B, 2, C). strength: at which bands were tried.
    """
    values = torch.stack([one["values"] for one in trials])
    least = torch.tensor([thresholds[name] for name in CHECKERS])
    # From 0, the same picture, to 1, at the checker's threshold; the worse of the checkers counts.
    losses = ((1 - torch.stack([one["cosines"] for one in trials])) / (1 - least)).amax(-1)
    gains = (values[..., 1] - values[..., 0]) / (2 * strength)
    edits, tried = [], []
    for place, axis in enumerate(AXES):
        found = tuple(
            Trial(band, float(gains[:, place, at].nanmean()), float(losses[:, place, at].nanmean()))
            for at, band in enumerate(BANDS)
            if bool(gains[:, place, at].isfinite().any())
        )
        if not found:
            raise UserError(f"no trial of {axis.name} shows a face: choose another --work and other seeds")
        best, reach = best_band(axis, found)
        normal, spread = directions[axis.name]
        edits.append(rounded(PhotorealEdit(axis, normal, spread, *best.band, best.gain, reach)))
        tried.append(Tried(axis.name, found, best.band))
    return tuple(edits), tuple(tried)


def write_edits(
    work: ListWork, edits: tuple[PhotorealEdit, ...], tried: tuple[Tried, ...], thresholds: dict[str, float]
) -> None:
    """Keep the edits, what they were decided by, and the thresholds."""
    about = {
        "axes": [described(edit) for edit in edits],
        "thresholds": thresholds,
        "tried": [asdict(one) for one in tried],
    }
    work.write(EDITS, {"normals": torch.stack([edit.normal for edit in edits])}, about)


def read_edits(work: ListWork) -> tuple[tuple[PhotorealEdit, ...], dict[str, float]]:
    """The edits and the thresholds that were kept.

    Raises:
        UserError: none were.
    """
    held = work.read(EDITS)
    if held is None:
        raise UserError(f"{work.folder} lacks the edits: run the same command again")
    about = work.about(EDITS)
    return edits_of(about["axes"], held["normals"].numpy()), dict(about["thresholds"])


def read_tried(work: ListWork) -> tuple[Tried, ...]:
    """What the trials said."""
    found = []
    for one in work.about(EDITS)["tried"]:
        trials = tuple(Trial(tuple(trial["band"]), trial["gain"], trial["loss"]) for trial in one["trials"])
        found.append(Tried(one["axis"], trials, tuple(one["taken"])))
    return tuple(found)
