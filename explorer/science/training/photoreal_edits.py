"""Edits of photoreal people: directions of W that change one attribute each, in the style layers that change it and
least the identity.

Each direction is the normal of a ridge regression of a label on w (`training.edits`), made orthogonal to the normals of
all other attributes (conditional manipulation; Shen et al., Interpreting the Latent Space of GANs for Semantic Face
Editing, CVPR 2020, section 3.3). It is applied to a band of the style layers alone: of a few bands the one in which a
change of the attribute costs least under the encoders that check identities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.generation.mobilestylegan import LATENT_SIZE, STYLE_LAYERS
from explorer.science.leakage.labels.mesh import BLENDSHAPES
from explorer.science.training.edits import FOLDS, RIDGES

# A strength is kept as so many steps in a signed byte: +-4 spreads of w along the direction.
STEP = 1 / 32
MOST_STEPS = 127


@dataclass(frozen=True)
class Axis:
    """An attribute that is edited.

    most: how far it may change, in its unit, from what the person's own w shows.
    longest: how far w is moved along its direction at most, in spreads.
    """

    name: str
    unit: str
    most: float
    longest: float = 3.0


AXES = (
    Axis("yaw", "degrees", 18.0),
    Axis("pitch", "degrees", 9.0),
    Axis("smile", "mean of the two smile blendshapes", 0.45),
    Axis("jaw", "blendshape jawOpen", 0.15),
    Axis("brows", "blendshape browInnerUp", 0.2),
    # Hair greys and skin wrinkles by far more than the years that the age network reads.
    Axis("age", "years", 3.0, longest=0.8),
)
# What an edit must not bring along, beside the other axes.
HELD = ("male", "eyeglasses", "hat")
# First and last style layer, the last excluded: the stem, three layers for each doubling from 4 px, and the picture's.
BANDS = ((0, 4), (0, 7), (4, 10), (4, 13), (7, 23), (0, 23))


@dataclass(frozen=True, eq=False)
class PhotorealEdit:
    """How an attribute is edited.

    normal: (512,) of length 1, in W. spread: standard deviation of w along it.
    first, last: of the style layers that are moved, the last excluded.
    gain: how far the attribute changes a spread, in its unit. reach: the most that w is moved, in spreads.
    """

    axis: Axis
    normal: Tensor
    spread: float
    first: int
    last: int
    gain: float
    reach: float


def found_directions(w: Tensor, values: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, float]]:
    """The direction of each axis with the spread of w along it.

    Args:
        w: (N, 512). values: (N,) by axis and by what is held.
    """
    names = [axis.name for axis in AXES]
    told = (*names, *HELD)
    normals = dict(zip(told, ridge_normals(w, torch.stack([values[name] for name in told], 1)), strict=True))
    found = {}
    for name in names:
        others = torch.stack([normal for other, normal in normals.items() if other != name])
        alone = orthogonal(normals[name], others)
        found[name] = (alone, float((w @ alone).std()))
    return found


def ridge_normals(w: Tensor, values: Tensor) -> Tensor:
    """The normals (K, D) of length 1 that `edits.find_direction` finds of each of K labels, for all labels at once.

    Args:
        w: (N, D). values: (N, K).
    """
    scale = w.std(0)
    x, y = ((w - w.mean(0)) / scale).double(), (values - values.mean(0)).double()
    fold = torch.arange(len(x)) % FOLDS
    explained = torch.zeros(len(RIDGES), values.shape[1], dtype=torch.float64)
    for held_out in (fold == number for number in range(FOLDS)):
        seen = y[held_out]
        for place, coefficients in enumerate(_ridges(x[~held_out], y[~held_out])):
            explained[place] += 1 - (seen - x[held_out] @ coefficients).var(0) / seen.var(0)
    whole = torch.stack(list(_ridges(x, y)))
    best = whole[explained.argmax(0), :, torch.arange(values.shape[1])]
    return F.normalize((best * scale).float(), dim=1)


def _ridges(x: Tensor, y: Tensor) -> Iterator[Tensor]:
    """The coefficients (D, K) at every penalty, by one decomposition."""
    levels, axes = torch.linalg.eigh(x.T @ x)
    along = axes.T @ (x.T @ y)
    for ridge in RIDGES:
        yield axes @ (along / (levels + ridge * len(x))[:, None])


def orthogonal(direction: Tensor, others: Tensor) -> Tensor:
    """What of a direction (D,) is at right angles to all others (K, D), at length 1.

    Example:
        >>> import torch
        >>> from explorer.science.training.photoreal_edits import orthogonal
        >>> orthogonal(torch.tensor([3.0, 4.0, 0.0]), torch.tensor([[1.0, 0.0, 0.0]])).tolist()
        [0.0, 1.0, 0.0]
    """
    basis, _ = torch.linalg.qr(others.double().T)
    left = direction.double() - basis @ (basis.T @ direction.double())
    alone: Tensor = (left / left.norm()).float()
    return alone


def label_values(labels: Mapping[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    """What the labellers say of N faces, by axis and by what is held: (N,) each.

    Args:
        labels: pose, smile, blendshapes, age, male, eyeglasses and hat, (N, ...).
    """
    shapes = labels["blendshapes"]
    values = {
        "yaw": labels["pose"][:, 0],
        "pitch": labels["pose"][:, 1],
        "jaw": shapes[:, BLENDSHAPES.index("jawOpen")],
        "brows": shapes[:, BLENDSHAPES.index("browInnerUp")],
        **{name: labels[name] for name in ("smile", "age", *HELD)},
    }
    return {name: torch.from_numpy(np.ascontiguousarray(value)).float() for name, value in values.items()}


@dataclass(frozen=True)
class Trial:
    """What moving one band did, in the mean over some people: to the attribute a spread, and to the identity.

    loss: of the checkers' scores at the strength tried, from 0 (the same) to 1 (at the threshold).
    """

    band: tuple[int, int]
    gain: float
    loss: float


def best_band(axis: Axis, trials: Sequence[Trial]) -> tuple[Trial, float]:
    """The band in which a change of the attribute costs least identity, and how far w is then moved, in spreads.

    What a band cannot change as far as the axis says counts against it: its cost is divided by the share that it can.
    """

    def cost(trial: Trial) -> float:
        gain = max(trial.gain, 1e-9)
        return trial.loss / gain / min(1.0, gain * axis.longest / axis.most)

    best = min(trials, key=cost)
    return best, min(axis.longest, axis.most / max(best.gain, 1e-9))


def moved(styles: Tensor, edits: Sequence[PhotorealEdit], strengths: Sequence[float]) -> Tensor:
    """Styles (1, 23, 512) moved along every direction in its layers, by so many spreads."""
    changed = styles.clone()
    for edit, strength in zip(edits, strengths, strict=True):
        changed[:, edit.first : edit.last] += strength * edit.spread * edit.normal.to(styles)
    return changed


def checked(edit: PhotorealEdit) -> PhotorealEdit:
    """The same edit.

    Raises:
        ValueError: it is none: of other layers or another width, or of numbers that are not finite.
    """
    numbers = (edit.spread, edit.gain, edit.reach)
    if edit.normal.shape != (LATENT_SIZE,) or not bool(edit.normal.isfinite().all()) or not np.isfinite(numbers).all():
        raise ValueError(f"the direction of {edit.axis.name} is no direction of W")
    if not 0 <= edit.first < edit.last <= STYLE_LAYERS or not 0 <= edit.reach <= (MOST_STEPS + 1) * STEP:
        raise ValueError(f"the edit of {edit.axis.name} is of layers or of a strength that there is not")
    return edit
