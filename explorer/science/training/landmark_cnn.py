"""Train a landmark network (explorer.science.leakage.landmark_cnn) on frames with dlib's landmarks.

The recipe asks for (frame, landmarks) pairs by their number and does not care where they lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.leakage import landmark_errors
from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.landmark_cnn import ARCHITECTURES, Architecture, LandmarkNetwork
from explorer.science.training.loop import (
    CPU,
    Compute,
    Optimiser,
    Plan,
    TrainingError,
    TrainingLoop,
    read_checkpoint,
    seeded,
)

# A frame (224, 224, 3) uint8 RGB and its landmarks (68, 2), pixels of it.
Sample = tuple[NDArray[np.uint8], NDArray[np.float32]]


class Samples(Protocol):
    """Frames with their landmarks, wherever they lie."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sample: ...


# For every landmark of iBUG 68 the one that takes its place in a mirrored face.
MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),
    *range(59, 54, -1),
    *range(64, 59, -1),
    *range(67, 64, -1),
)


@dataclass(frozen=True)
class LandmarkRecipe:
    """How a landmark network is trained.

    epochs: times that every sample is seen.
    optimiser: "sgd" is the thesis's (section 3.2.3: rate 1e-3, batch 16, 150 epochs, no schedule); "adam" has a warm-up
        and falls to nothing along a cosine.
    augmented: whether frames are mirrored, moved and coloured at random, as photographs differ from generated faces.
    unit: pixels of the frame in whose squares the error is counted. Adam does not care, gradient descent does. The
        thesis does not say which; pixels suit the weight 0.0006 of its landmark loss (eq. 4.6), and in units of the
        frame's side its rate does not leave the mean face in thousands of steps.
    """

    architecture: Architecture = "heatmap"
    epochs: int = 20
    batch: int = 16
    optimiser: Literal["adam", "sgd"] = "adam"
    rate: float = 2e-3
    augmented: bool = True
    unit: float = MEASURE_SIZE
    seed: int = 1
    checkpoint_every: int = 200


RECIPES: dict[Architecture, LandmarkRecipe] = {
    "heatmap": LandmarkRecipe(),
    "thesis": LandmarkRecipe("thesis", epochs=150, optimiser="sgd", rate=1e-3, augmented=False, unit=1.0),
}


@dataclass(frozen=True)
class LandmarkState:
    """Progress of a training: the step just made of how many, and its batch's mean error in % of the eyes' distance."""

    step: int
    steps: int
    error: float
    network: LandmarkNetwork


def steps_of(recipe: LandmarkRecipe, samples: int) -> int:
    """How many steps a recipe makes of so many samples; of the last batch of an epoch, a rest is left out."""
    return recipe.epochs * max(1, samples // recipe.batch)


def train(samples: Samples, recipe: LandmarkRecipe, folder: Path, compute: Compute = CPU) -> Iterator[LandmarkState]:
    """Fit a network, yielding after every step; the last state's network is the result.

    Args:
        samples: at least one batch of them.
        folder: where the checkpoint is kept; a training of the same recipe and number of samples goes on from it.

    Raises:
        TrainingError: there are too few samples, or as of `TrainingLoop`.
    """
    if len(samples) < recipe.batch:
        raise TrainingError(f"{len(samples)} samples do not fill a batch of {recipe.batch}")
    per_epoch, steps = len(samples) // recipe.batch, steps_of(recipe, len(samples))

    def batches(step: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = np.random.default_rng((recipe.seed, step // per_epoch)).permutation(len(samples))
        first = step % per_epoch * recipe.batch
        random = np.random.default_rng((recipe.seed, step, 1))
        chosen = [samples[int(index)] for index in order[first : first + recipe.batch]]
        yield batch([augment(*sample, random) for sample in chosen] if recipe.augmented else chosen)

    def losses(network: LandmarkNetwork, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        frames, wanted = batch
        found = network(frames)
        error = landmark_errors(found.detach(), wanted).mean()
        return {"loss": ((found - wanted) / recipe.unit).square().mean(), "error": error}

    with seeded(recipe.seed):
        network = ARCHITECTURES[recipe.architecture](mean_face(samples))
    plan = Plan(
        identity=_identity(samples, recipe),
        seed=recipe.seed,
        rounds=steps,
        batches=batches,
        losses=losses,
        optimiser=_optimiser(recipe),
        checkpoint=_checkpoint_file(folder, recipe),
        checkpoint_every=recipe.checkpoint_every,
    )
    for step in TrainingLoop(network, plan, compute):
        yield LandmarkState(step.made, steps, float(step.losses["error"]), network)


def finished(samples: Samples, recipe: LandmarkRecipe, folder: Path) -> LandmarkNetwork:
    """The network of a training that has come to its end, or so far, from its checkpoint; arguments as of `train`."""
    network = ARCHITECTURES[recipe.architecture](torch.zeros(len(MIRRORED), 2))
    state = read_checkpoint(_checkpoint_file(folder, recipe), _identity(samples, recipe))
    network.load_state_dict(state["module"])
    return network.eval()


def _identity(samples: Samples, recipe: LandmarkRecipe) -> str:
    return f"{recipe} on {len(samples)} samples"


def _checkpoint_file(folder: Path, recipe: LandmarkRecipe) -> Path:
    return folder / f"landmarks-{recipe.architecture}.checkpoint.pt"


def _optimiser(recipe: LandmarkRecipe) -> Optimiser:
    if recipe.optimiser == "sgd":
        return Optimiser("sgd", recipe.rate)
    return Optimiser("adamw", recipe.rate, "cosine", warm_up=0.03, decay=1e-4)


def augment(frame: NDArray[np.uint8], landmarks: NDArray[np.float32], random: np.random.Generator) -> Sample:
    """Mirror a face half of the time, move it a little, and change its light, sharpness and noise."""
    if random.random() < 0.5:
        frame, landmarks = mirrored(frame, landmarks)
    side = frame.shape[0]
    scale, angle = float(np.exp(random.normal(0, 0.05))), float(random.normal(0, 4))
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), angle, scale)
    turn[:, 2] += random.normal(0, 0.02, 2) * side
    moved = cv2.warpAffine(frame, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    if random.random() < 0.3:
        moved = cv2.GaussianBlur(moved, (0, 0), float(random.uniform(0.4, 1.8)))
    levels = 255 * (np.arange(256)[:, None] / 255) ** np.exp(random.normal(0, 0.25)) * random.normal(1, 0.08, 3)
    coloured = cv2.LUT(moved, np.clip(levels + random.normal(0, 6), 0, 255).astype(np.uint8)[:, None, :])
    noise = random.standard_normal(coloured.shape, np.float32) * random.choice([0.0, 0.0, 4.0, 9.0])
    # OpenCV counts from the centre of the first pixel, landmarks from its corner.
    placed = (landmarks - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5
    return np.clip(coloured + noise, 0, 255).astype(np.uint8), placed.astype(np.float32)


def mirrored(frame: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Sample:
    """The face as in a mirror, each landmark under its own number again."""
    flipped = landmarks[list(MIRRORED)]
    flipped[:, 0] = frame.shape[1] - flipped[:, 0]
    return np.ascontiguousarray(frame[:, ::-1]), flipped


def batch(samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    """Frames (B, 3, 224, 224) in [0, 1] and landmarks (B, 68, 2)."""
    frames = torch.cat([as_image(frame) for frame, _ in samples])
    return frames, torch.from_numpy(np.stack([landmarks for _, landmarks in samples]))


def measured_errors(network: LandmarkNetwork, samples: Samples) -> Tensor:
    """The error of each sample, (N,) in percent of its eyes' distance."""
    return landmark_errors(*found_landmarks(network, samples))


@torch.no_grad()
def found_landmarks(network: LandmarkNetwork, samples: Samples, size: int = 16) -> tuple[Tensor, Tensor]:
    """What a network finds in each sample, and what was to be found: (N, 68, 2) pixels of the frame each."""
    device = next(network.eval().buffers()).device
    pieces = []
    for first in range(0, len(samples), size):
        frames, wanted = batch([samples[index] for index in range(first, min(first + size, len(samples)))])
        pieces.append((network(frames.to(device)).cpu(), wanted))
    found, truths = (torch.cat(one) for one in zip(*pieces, strict=True))
    return found, truths


def mean_face(samples: Samples, most: int = 500) -> Tensor:
    """The mean of the landmarks of some samples spread over all, (68, 2): where a network begins."""
    chosen = [samples[index][1] for index in range(0, len(samples), max(1, len(samples) // most))]
    return torch.from_numpy(np.mean(chosen, 0, dtype=np.float32))
