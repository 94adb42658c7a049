"""Train a preview head (explorer.science.generation.preview) on the generator's own samples.

The target is the area-downsampled native image. Half of the training samples mix two w at a random layer, so that the
head also serves W+. The first steps go by the squared error alone; from then on encoders judge as well, for a head that
is only near in its pixels blurs what identity is read from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.generator import Generator, remaining_style
from explorer.science.generation.mobilestylegan import NATIVE_RESOLUTION, STYLE_LAYERS
from explorer.science.generation.preview import PreviewHead
from explorer.science.generation.wavelets import haar
from explorer.science.inversion.objective import PointDetector, usual_points
from explorer.science.recognition.base import Encoder
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, read_checkpoint, seeded

_GAIN_RATE = 0.03


@dataclass(frozen=True)
class PreviewRecipe:
    """How a head is trained. Seeds of training and test samples lie apart.

    plain_steps: the first of the steps, by the mean squared error in [-1, 1] units alone.
    identity_weight: of 1 - cosine between the embeddings of preview and target, from then on.
    jitter: standard deviation of each point by which both are aligned, in shares of the image's side: an encoder that
        always saw the same crop would be pleased by what no other crop shows.
    """

    resolution: int = 256
    samples: int = 1500
    steps: int = 4500
    plain_steps: int = 2000
    batch: int = 4
    rate: float = 1e-3
    identity_weight: float = 1.0
    jitter: float = 0.006
    seed: int = 1
    test_seed: int = 1_000_001
    test_samples: int = 200
    checkpoint_every: int = 200


RECIPES = {256: PreviewRecipe(resolution=256), 128: PreviewRecipe(resolution=128, steps=3000, plain_steps=1000)}


@dataclass(frozen=True)
class TrainingState:
    """Progress of a training: the step just made and the loss of its batch."""

    step: int
    loss: float
    head: PreviewHead


def mixed_styles(generator: Generator, count: int, seed: int) -> Tensor:
    """(count, 23, 512): every second sample takes the layers behind a random crossover from another w."""
    styles = generator.styles(generator.sample(count, seed)[1], "W").clone()
    others = generator.sample(count, seed + 500_000)[1]
    crossovers = torch.randint(1, STYLE_LAYERS, (count,), generator=torch.Generator().manual_seed(seed))
    for index in range(1, count, 2):
        styles[index, crossovers[index] :] = others[index]
    return styles


def sampled_targets(generator: Generator, recipe: PreviewRecipe) -> Iterator[Tensor]:
    """The targets of a recipe's training samples, one by one."""
    return targets(generator, mixed_styles(generator, recipe.samples, recipe.seed), recipe.resolution)


@torch.no_grad()
def targets(generator: Generator, styles: Tensor, resolution: int) -> Iterator[Tensor]:
    """The area-downsampled native image of each sample, one by one: (3, R, R) in about [-1, 1], half precision."""
    for one in styles.split(1):
        # The 512 px output is the exact average of 2 x 2 native pixels, and an average of averages is the average.
        half = generator.signed_image(one, NATIVE_RESOLUTION // 2)
        yield F.avg_pool2d(half, half.shape[-1] // resolution)[0].half()


def train(
    generator: Generator,
    recipe: PreviewRecipe,
    samples: Tensor,
    folder: Path,
    judges: Sequence[Encoder],
    detector: PointDetector,
    compute: Compute = CPU,
) -> Iterator[TrainingState]:
    """Fit a head, yielding after every step; the last state's head is the result.

    Args:
        samples: (recipe.samples, 3, R, R), from `sampled_targets`.
        folder: where the checkpoint is kept; a training of the same recipe goes on from it.
        judges: encoders that preview and target shall be one person to, on the device of the training.
        detector: finds the points by which the targets are aligned.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    with seeded(recipe.seed):
        head = PreviewHead(recipe.resolution)
    styles = mixed_styles(generator, recipe.samples, recipe.seed)
    features = _features(generator, styles, head.blocks)
    w = remaining_style(styles, head.blocks)
    _solve_linear_part(head, features, samples)
    points = torch.cat([_points(detector, chunk) for chunk in samples.split(8)])

    def batches(step: int) -> Iterator[tuple[Tensor, ...]]:
        random = torch.Generator().manual_seed(recipe.seed + step)
        chosen = torch.randint(recipe.samples, (recipe.batch,), generator=random)
        shown = features[chosen].float(), w[chosen], samples[chosen].float()
        if step < recipe.plain_steps:
            yield shown
        else:
            jitter = torch.randn(recipe.batch, 5, 2, generator=random) * recipe.jitter * recipe.resolution
            yield *shown, points[chosen] + jitter

    def losses(head: PreviewHead, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        features, w, wanted, *aligned_by = batch
        predicted = head(features, w)
        loss = F.mse_loss(predicted, wanted)
        for points in aligned_by:
            loss = loss + recipe.identity_weight * _identity_distance(judges, predicted, wanted, points)
        return {"loss": loss}

    plan = Plan(
        identity=str(recipe),
        seed=recipe.seed,
        rounds=recipe.steps,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", recipe.rate, "cosine", warm_up=0.03),
        groups=_groups(head, recipe.rate),
        checkpoint=_checkpoint_file(folder, recipe),
        checkpoint_every=recipe.checkpoint_every,
    )
    for step in TrainingLoop(head, plan, compute):
        yield TrainingState(step.made, step.losses["loss"].item(), head)


def finished(recipe: PreviewRecipe, folder: Path) -> PreviewHead:
    """The head of a training that has come to its end, or so far, from its checkpoint."""
    head = PreviewHead(recipe.resolution)
    head.load_state_dict(read_checkpoint(_checkpoint_file(folder, recipe), str(recipe))["module"])
    return head


def _checkpoint_file(folder: Path, recipe: PreviewRecipe) -> Path:
    return folder / f"preview-{recipe.resolution}.checkpoint.pt"


def _points(detector: PointDetector, samples: Tensor) -> Tensor:
    points, found = detector.points_in_frame(_unit(samples.float()))
    return torch.where(found[:, None, None], points, usual_points(samples.shape[-1]).to(points))


def _identity_distance(judges: Sequence[Encoder], predicted: Tensor, wanted: Tensor, points: Tensor) -> Tensor:
    """How far preview and target are from being the same person: mean of 1 - cosine."""
    distances = []
    for judge in judges:
        with torch.no_grad():
            goal = judge.embed(_unit(wanted), points)
        distances.append(1 - torch.cosine_similarity(judge.embed(_unit(predicted), points), goal))
    return torch.stack(distances).mean()


@torch.no_grad()
def _solve_linear_part(head: PreviewHead, features: Tensor, samples: Tensor, count: int = 64) -> None:
    """Begin with the least-squares map from features to bands over the first samples, all gains being near 1.

    Its bias stays as it is solved: the constant map learns what there is to add.
    """
    channels = features.shape[1] + 1
    square = torch.zeros(channels, channels, dtype=torch.float64)
    product = torch.zeros(channels, head.linear.out_channels, dtype=torch.float64)
    for one, sample in zip(features[:count], samples[:count], strict=True):
        inputs = torch.cat([one.float().flatten(1), torch.ones(1, one[0].numel())])
        bands = haar(sample[None].float())[0].flatten(1)
        square += (inputs @ inputs.T).double()
        product += (inputs @ bands.T).double()
    square += torch.eye(channels, dtype=torch.float64) * square.trace() / channels * 1e-7
    solution = torch.linalg.solve(square, product).float()
    head.linear.weight.copy_(solution[:-1].T[:, :, None, None])
    assert head.linear.bias is not None
    head.linear.bias.copy_(solution[-1]).requires_grad_(False)


def _groups(head: PreviewHead, rate: float) -> list[dict[str, Any]]:
    """The gains sum over the 512 coordinates of w: at the rate of the others they would leap."""
    gains = [parameter for layer in head.gains() for parameter in layer.parameters()]
    ids = {id(parameter) for parameter in gains}
    others = [parameter for parameter in head.parameters() if parameter.requires_grad and id(parameter) not in ids]
    return [{"params": others, "lr": rate}, {"params": gains, "lr": rate * _GAIN_RATE}]


@torch.no_grad()
def _features(generator: Generator, styles: Tensor, blocks: int) -> Tensor:
    """Features of every sample in half precision; computed once, for the generator never changes."""
    first = generator.synthesis.features(styles[:1], blocks)[0]
    features = torch.empty(len(styles), *first.shape, dtype=torch.float16)
    for index, one in enumerate(styles.split(1)):
        features[index] = generator.synthesis.features(one, blocks)[0]
    return features


@torch.no_grad()
def peak_signal_to_noise(generator: Generator, head: PreviewHead, recipe: PreviewRecipe) -> Tensor:
    """PSNR in dB of each of the recipe's unseen test samples, against the area-downsampled native image, in [0, 1]."""
    styles = generator.styles(generator.sample(recipe.test_samples, recipe.test_seed)[1], "W")
    ratios = []
    for one, target in zip(styles.split(1), targets(generator, styles, recipe.resolution), strict=True):
        prediction = head(generator.synthesis.features(one, head.blocks), remaining_style(one, head.blocks))[0]
        error = (_unit(prediction) - _unit(target.float())).square().mean()
        ratios.append(-10 * error.log10())
    return torch.stack(ratios)


def _unit(image: Tensor) -> Tensor:
    return (image * 0.5 + 0.5).clamp(0, 1)
