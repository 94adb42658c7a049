"""Train an encoder of faces from nothing: MobileNetV2 with ArcFace's loss on aligned pictures of known people.

Whatever the pictures are many or few, a training has as many steps: sets of different sizes are compared at equal work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.science.recognition.mobilenet_v2 import STRIDE, MobileNetV2
from explorer.science.training.arcface import MARGIN, SCALE, ArcFace
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded

# Brightness is multiplied and moved by as much at most, of 1.
_GAIN, _OFFSET = 0.25, 0.1
_SEEN_AT_ONCE = 256
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class TrainingFaces:
    """Aligned grey faces of known people.

    pictures: (N, S, S) uint8, S a multiple of 32. people: (N,) whole numbers from 0, none left out.

    Raises:
        TrainingError: shapes do not fit, there are fewer than two people, or a number is missing.
    """

    pictures: NDArray[np.uint8]
    people: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = self.pictures.shape
        if len(shape) != 3 or shape[1] != shape[2] or shape[1] % STRIDE or not shape[1]:
            raise TrainingError(f"pictures have shape {shape}: give (N, S, S) with S a multiple of {STRIDE}")
        if self.people.shape != shape[:1]:
            raise TrainingError(f"{shape[0]} pictures have {len(self.people)} people: say of each whose it is")
        there = np.unique(self.people)
        if len(there) < 2 or not np.array_equal(there, np.arange(len(there))):
            raise TrainingError(f"the people of {shape[0]} pictures are not at least two, numbered from 0")

    @property
    def count(self) -> int:
        """How many people there are."""
        return int(self.people.max()) + 1

    def digest(self) -> str:
        """A hash of all pictures and of whose they are."""
        whole = hashlib.sha256(np.ascontiguousarray(self.pictures).tobytes())
        whole.update(np.ascontiguousarray(self.people).tobytes())
        return whole.hexdigest()


@dataclass(frozen=True)
class FaceEncoderRecipe:
    """How an encoder is trained.

    steps: how many, of `batch` pictures each. every: steps of a round, after each of which a checkpoint is written.
    dimension, width: of the network. scale, margin: of ArcFace's loss.
    """

    seed: int = 0
    steps: int = 1000
    batch: int = 64
    every: int = 50
    dimension: int = 512
    width: float = 1.0
    rate: float = 1e-3
    decay: float = 5e-4
    warm_up: float = 0.05
    scale: float = SCALE
    margin: float = MARGIN


@dataclass(frozen=True)
class EncoderProgress:
    """steps: made. loss: of the last step. encoder: so far; in place, it goes on being trained."""

    steps: int
    loss: float
    encoder: MobileNetV2


class _Trained(nn.Module):
    def __init__(self, people: int, recipe: FaceEncoderRecipe) -> None:
        super().__init__()
        self.encoder = MobileNetV2(recipe.dimension, recipe.width)
        self.head = ArcFace(recipe.dimension, people, recipe.scale, recipe.margin)


def train_face_encoder(
    faces: TrainingFaces, recipe: FaceEncoderRecipe, checkpoint: Path | None = None, compute: Compute = CPU
) -> Iterator[EncoderProgress]:
    """Train an encoder, yielding after every round; the last one's encoder is the result.

    One whose checkpoint is there goes on from it; a finished one is given back at once.

    Raises:
        TrainingError: as of `TrainingLoop`; a checkpoint is of other faces or of another recipe.
    """
    with seeded(recipe.seed):
        module = _Trained(faces.count, recipe)
    # Filters of single channels are slow in torch's other order.
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rounds = -(-recipe.steps // recipe.every)
    pictures, people = torch.from_numpy(faces.pictures), torch.from_numpy(faces.people)

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * recipe.every, min((number + 1) * recipe.every, recipe.steps)):
            rows = rows_of_step(len(people), step, recipe.batch, recipe.seed)
            yield _varied(pictures[rows]), people[rows]

    plan: Plan[_Trained, Batch] = Plan(
        identity=f"face encoder: {asdict(recipe)} of {faces.digest()}",
        seed=recipe.seed,
        rounds=rounds,
        batches=batches,
        losses=_losses,
        optimiser=Optimiser("adamw", recipe.rate, "cosine", recipe.warm_up, recipe.decay),
        checkpoint=checkpoint,
    )
    loop = TrainingLoop(module, plan, compute)
    if loop.made == rounds:
        yield EncoderProgress(recipe.steps, float("nan"), module.encoder)
    for made in loop:
        yield EncoderProgress(min(made.made * recipe.every, recipe.steps), float(made.losses["loss"]), module.encoder)


def rows_of_step(count: int, step: int, batch: int, seed: int) -> Tensor:
    """Which of so many pictures a step sees, (batch,): each once before any is seen again, in an order of its own.

    Example:
        >>> from explorer.science.training.face_encoder import rows_of_step
        >>> sorted(int(row) for step in range(3) for row in rows_of_step(6, step, 2, seed=0))
        [0, 1, 2, 3, 4, 5]
    """
    places = torch.arange(step * batch, (step + 1) * batch)
    return torch.cat(
        [
            _order(count, int(turn), seed)[places[places // count == turn] % count]
            for turn in torch.unique(places // count)
        ]
    )


@torch.no_grad()
def embed_faces(encoder: MobileNetV2, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embeddings of aligned grey faces.

    Args:
        encoder: trained; what it was doing before, training or not, it goes on doing.
        pictures: (N, S, S) uint8.

    Returns:
        (N, D), of length 1.
    """
    device = next(encoder.parameters()).device
    training = encoder.training
    encoder.eval()
    found = [
        F.normalize(
            encoder(_as_input(torch.from_numpy(pictures[first : first + _SEEN_AT_ONCE]).float() / 255).to(device))
        )
        for first in range(0, len(pictures), _SEEN_AT_ONCE)
    ]
    encoder.train(training)
    embeddings: NDArray[np.float32] = torch.cat(found).cpu().numpy()
    return embeddings


def _order(count: int, turn: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(1_000_003 * seed + turn))


def _varied(pictures: Tensor) -> Tensor:
    """Grey pictures (B, S, S) uint8 as inputs, mirrored or not and of another brightness, by torch's random numbers."""
    grey = pictures.float() / 255
    mirrored = torch.rand(len(grey), 1, 1) < 0.5
    grey = torch.where(mirrored, grey.flip(2), grey)
    gain, offset = (by * (2 * torch.rand(len(grey), 1, 1) - 1) for by in (_GAIN, _OFFSET))
    return _as_input((grey * (1 + gain) + offset).clamp(0, 1))


def _as_input(grey: Tensor) -> Tensor:
    """(B, S, S) in [0, 1] to (B, 3, S, S) in [-1, 1]: the network has three colours."""
    return (2 * grey - 1)[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def _losses(module: _Trained, batch: Batch) -> Mapping[str, Tensor]:
    pictures, people = batch
    return {"loss": module.head(module.encoder(pictures), people)}
