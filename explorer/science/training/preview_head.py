"""Train a preview head (explorer.science.generation.preview) on the generator's own samples.

The target is the area-downsampled native image. Half of the training samples mix two w at a random layer, so that the
head also serves W+. The first steps go by the squared error alone; from then on encoders judge as well, for a head that
is only near in its pixels blurs what identity is read from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.generator import Generator, remaining_style
from explorer.science.generation.mobilestylegan import NATIVE_RESOLUTION, STYLE_LAYERS
from explorer.science.generation.preview import PreviewHead
from explorer.science.generation.wavelets import haar
from explorer.science.inversion.objective import PointDetector, usual_points
from explorer.science.recognition.base import Encoder
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, read_checkpoint, seeded

_GAIN_RATE = 0.03
_FEATURE_RATE = 0.1


@dataclass(frozen=True)
class PreviewRecipe:
    """How a head is trained. Seeds of training and test samples lie apart.

    plain_steps: the first of the steps, by the mean squared error in [-1, 1] units alone.
    identity_weight: of 1 - cosine between the embeddings of preview and target, from then on, by one of the judges at
        each step, in turn.
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


RECIPES = {
    256: PreviewRecipe(resolution=256),
    128: PreviewRecipe(resolution=128, steps=11000, plain_steps=7000, rate=1e-3, identity_weight=1.0),
}


@dataclass(frozen=True)
class TrainingState:
    """Progress of a training: the step just made and what its batch lost.

    losses: "loss", of which "error", the squared error in [-1, 1] units, and, behind the plain steps, "identity".
    """

    step: int
    losses: Mapping[str, float]
    head: PreviewHead

    @property
    def loss(self) -> float:
        """What was made small."""
        return self.losses["loss"]


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
    if head.style is not None:
        _begin_with_the_generator(head, generator)
        _level_channels(head, features, w)
    _solve_linear_part(head, features, w, samples)
    points = torch.cat([_points(detector, chunk) for chunk in samples.split(8)])

    def batches(step: int) -> Iterator[tuple[Tensor, ...]]:
        random = torch.Generator().manual_seed(recipe.seed + step)
        chosen = torch.randint(recipe.samples, (recipe.batch,), generator=random)
        shown = features[chosen].float(), w[chosen], samples[chosen].float()
        if step < recipe.plain_steps:
            yield shown
        else:
            jitter = torch.randn(recipe.batch, 5, 2, generator=random) * recipe.jitter * recipe.resolution
            yield *shown, points[chosen] + jitter, torch.full((recipe.batch,), step % len(judges))

    def losses(head: PreviewHead, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        features, w, wanted, *judged = batch
        predicted = head(features, w)
        error = F.mse_loss(predicted, wanted)
        if not judged:
            return {"loss": error, "error": error}
        points, turn = judged
        distance = _identity_distance(judges[int(turn[0])], predicted, wanted, points)
        return {"loss": error + recipe.identity_weight * distance, "error": error, "identity": distance}

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
        yield TrainingState(step.made, {name: loss.item() for name, loss in step.losses.items()}, head)


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


def _identity_distance(judge: Encoder, predicted: Tensor, wanted: Tensor, points: Tensor) -> Tensor:
    """How far preview and target are from being the same person: mean of 1 - cosine."""
    with torch.no_grad():
        goal = judge.embed(_unit(wanted), points)
    return (1 - torch.cosine_similarity(judge.embed(_unit(predicted), points), goal)).mean()


@torch.no_grad()
def _begin_with_the_generator(head: PreviewHead, generator: Generator) -> None:
    """Let the head read w as the blocks do that it stands for.

    The gains on the features begin as those of the next block's own; the style begins as the directions of w that all
    the remaining modulations follow most, each with a spread of 1. Learnt from some thousand samples, both would fit
    these samples alone.
    """
    assert head.style is not None
    modulations = generator.synthesis.modulations(head.blocks)
    head.gain.weight.copy_(modulations[0].get_buffer("weight"))
    head.gain.bias.copy_(modulations[0].get_buffer("bias"))
    effects = torch.cat([one.get_buffer("weight") for one in modulations]) * generator.spread_w
    directions = torch.linalg.svd(effects, full_matrices=False).Vh[: head.style.first.out_features]
    head.style.first.weight.copy_(directions / generator.spread_w)
    head.style.first.bias.copy_(-(head.style.first.weight @ generator.mean_w))


@torch.no_grad()
def _level_channels(head: PreviewHead, features: Tensor, w: Tensor, count: int = 64) -> None:
    """Divide the gains by what the channels come to on the first samples, so that one rate suits all that follows."""
    gains = head.gain(w[:count])[:, :, None, None]
    squares = [(one.float() * gain).square().mean((1, 2)) for one, gain in zip(features[:count], gains, strict=True)]
    levels = torch.stack(squares).mean(0).sqrt().clamp_min(1e-6)
    head.gain.weight.div_(levels[:, None])
    head.gain.bias.div_(levels)


@torch.no_grad()
def _solve_linear_part(head: PreviewHead, features: Tensor, w: Tensor, samples: Tensor, count: int = 64) -> None:
    """Begin with the least-squares map from features, with their gains, to bands over the first samples.

    Its bias stays as it is solved: the constant map learns what there is to add.
    """
    channels = features.shape[1] + 1
    square = torch.zeros(channels, channels, dtype=torch.float64)
    product = torch.zeros(channels, head.linear.out_channels, dtype=torch.float64)
    gains = head.gain(w[:count])
    for one, gain, sample in zip(features[:count], gains, samples[:count], strict=True):
        inputs = torch.cat([one.float().flatten(1) * gain[:, None], torch.ones(1, one[0].numel())])
        bands = haar(sample[None].float())[0].flatten(1)
        square += (inputs @ inputs.T).double()
        product += (inputs @ bands.T).double()
    square += torch.eye(channels, dtype=torch.float64) * square.trace() / channels * 1e-7
    solution = torch.linalg.solve(square, product).float()
    head.linear.weight.copy_(solution[:-1].T[:, :, None, None])
    assert head.linear.bias is not None
    head.linear.bias.copy_(solution[-1]).requires_grad_(False)


def _groups(head: PreviewHead, rate: float) -> list[dict[str, Any]]:
    """What sums over the 512 coordinates of w, or the 512 channels of the features, would leap at the others' rate."""
    of_w: list[nn.Module] = list(head.gains()) if head.style is None else [head.gain, head.style.first]
    of_features: list[nn.Module] = [] if head.style is None else [head.linear, head.reduce]
    others = set(head.parameters()) - {one for layer in of_w + of_features for one in layer.parameters()}
    return [
        {"params": [one for one in parameters if one.requires_grad], "lr": rate * share}
        for parameters, share in (
            ([one for one in head.parameters() if one in others], 1.0),
            ([one for layer in of_w for one in layer.parameters()], _GAIN_RATE),
            ([one for layer in of_features for one in layer.parameters()], _FEATURE_RATE),
        )
        if parameters
    ]


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
