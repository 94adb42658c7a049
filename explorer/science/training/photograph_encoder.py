"""Train an encoder from photographs into W+ on the generator's own faces (DIFFUSE 5.2.1's F, on two cores).

A picture that is drawn and followed back costs as much as many that are only looked at. The first stage therefore
learns styles that are known, by the metric of what they change (`style_metric`), from faces that are drawn once and
seen many times, each time through another lens. The second, short one goes by the pictures of the answers: LPIPS, an
identity term of an encoder that may be attacked, and pixels, with the metric beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.evaluation.lpips import Lpips
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, multiplies_bfloat16
from explorer.science.inversion.objective import usual_points
from explorer.science.inversion.photograph_encoder import PhotographEncoder
from explorer.science.inversion.sizing import sized
from explorer.science.recognition.base import Encoder
from explorer.science.shares import agreed
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded
from explorer.science.training.style_faces import Lens, styles_of, through_lens
from explorer.science.training.style_metric import (
    Features,
    StyleMetric,
    metric_of,
    perceptual_features,
    principal_directions,
    pulled_back,
)

Stage = Literal["styles", "pictures"]
# Numbers of the faces that the metric is of, and of those whose differences give the directions.
_METRIC_FROM, _SPREAD_FROM = 5_000_000, 6_000_000


@dataclass(frozen=True)
class PhotographEncoderRecipe:
    """How an encoder of photographs is trained.

    faces: drawn once, at `drawn_at` pixels, and kept at `side`. rows: of the metric. kept_rows: of its reduced form.
    steps, batch, rate: of the first stage; the trunk, which has learnt from photographs, goes at `trunk` of the rate,
        the directions at the same; the trunk's first layers stay as they are.
    drawn_steps, drawn_batch, drawn_rate: of the second.
    latent: weight of the styles' mean squared difference in units of W's spread. perceptual, identity, pixels: of the
        pictures' terms, in the metric as well. metric: of the metric in the second stage.
    """

    side: int = 128
    hidden: int = 512
    components: int = 256
    faces: int = 14_000
    drawn_at: int = 256
    rows: int = 1024
    spread_faces: int = 2048
    kept_rows: int = 512
    steps: int = 3600
    batch: int = 16
    rate: float = 1e-3
    trunk: float = 0.2
    drawn_steps: int = 1500
    drawn_batch: int = 8
    drawn_rate: float = 2e-4
    latent: float = 0.02
    perceptual: float = 1.0
    identity: float = 0.5
    pixels: float = 2.0
    metric: float = 0.25
    lens: Lens = field(default_factory=Lens)
    checkpoint_every: int = 50
    seed: int = 1


class Faces(Protocol):
    """Faces that were drawn."""

    def __len__(self) -> int: ...

    def pictures(self, numbers: Sequence[int]) -> Tensor:
        """(n, 3, S, S) in [0, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class Teaching:
    """What the encoder learns from, on one device.

    faces: by number. draw: styles and a resolution to pictures in [0, 1]. lpips, recogniser: what pictures are compared
    by; the recogniser is one that may be attacked.
    """

    generator: Generator
    draw: Draw
    lpips: Lpips
    recogniser: Encoder
    faces: Faces

    def features(self, recipe: PhotographEncoderRecipe) -> Features:
        """From pictures to what the second stage's terms are nearly squared distances of, weighed."""
        perceptual = perceptual_features(self.lpips.features, list(self.lpips.linear))

        def features(pictures: Tensor) -> Tensor:
            unit = F.normalize(self.identity(pictures), dim=1)
            flat = pictures.flatten(1)
            parts = [
                recipe.perceptual**0.5 * perceptual(pictures),
                (recipe.identity / 2) ** 0.5 * unit,
                (recipe.pixels / flat.shape[1]) ** 0.5 * flat,
            ]
            return torch.cat(parts, 1)

        return features

    def identity(self, pictures: Tensor) -> Tensor:
        """Embeddings (B, D) of faces as they mostly lie in the common frame."""
        points = usual_points(pictures.shape[-1], self.generator.spec.points).to(pictures)
        return self.recogniser.embed(pictures, points.expand(len(pictures), -1, -1))


def style_metric(teaching: Teaching, recipe: PhotographEncoderRecipe, chunk: int = 4) -> Iterator[StyleMetric | int]:
    """How much each direction of styles changes; yields how many rows are made, and the metric at last."""
    random = torch.Generator().manual_seed(recipe.seed)
    generator, features, rows = teaching.generator, teaching.features(recipe), list[Tensor]()

    def draw(styles: Tensor) -> Tensor:
        return teaching.draw(styles, recipe.side)

    for first in range(0, recipe.rows, chunk):
        numbers = range(_METRIC_FROM + first, _METRIC_FROM + min(first + chunk, recipe.rows))
        styles = styles_of(generator, numbers)
        rows.append(pulled_back(styles, generator.spread_w, draw, features, random).cpu())
        yield first + len(numbers)
    yield metric_of(torch.cat(rows), recipe.kept_rows)


def begun(teaching: Teaching, recipe: PhotographEncoderRecipe, metric: StyleMetric) -> PhotographEncoder:
    """An encoder that knows along which directions styles differ, and nothing of pictures yet."""
    generator = teaching.generator
    with seeded(recipe.seed):
        encoder = PhotographEncoder(
            generator.mean_w,
            generator.spread_w,
            generator.spec.style_layers,
            recipe.side,
            recipe.hidden,
            recipe.components,
        )
    some = styles_of(generator, range(_SPREAD_FROM, _SPREAD_FROM + recipe.spread_faces))
    offsets = ((some - generator.mean_w) / generator.spread_w).cpu()
    with torch.no_grad():
        encoder.directions.copy_(principal_directions(metric, offsets, recipe.components))
    encoder.trunk.freeze_first()
    return encoder


@dataclass(frozen=True, eq=False)
class PhotographEncoderState:
    """Progress: the stage, its steps made, what the last batch lost by term, and the encoder, in training."""

    stage: Stage
    made: int
    losses: Mapping[str, float]
    encoder: PhotographEncoder


def train_photograph_encoder(
    encoder: PhotographEncoder,
    teaching: Teaching,
    metric: StyleMetric,
    recipe: PhotographEncoderRecipe,
    folder: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
    enough_styles: Callable[[], bool] = lambda: False,
) -> Iterator[PhotographEncoderState]:
    """Train an encoder in place, a state behind every step; both stages go on from their checkpoints.

    Args:
        folder: of this recipe, these faces and this beginning alone. out_of_time: asked behind each step: the training
            ends where it says so, and goes on there the next time. enough_styles: asked behind each of the first stage,
            which ends where it says so, for good: the second begins.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    metric = StyleMetric(metric.rows.to(encoder.mean_w.device))
    encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    stages: tuple[tuple[Stage, int], ...] = (("styles", recipe.steps), ("pictures", recipe.drawn_steps))
    for stage, steps in stages:
        if not steps:
            continue
        loop = TrainingLoop(encoder, _plan(stage, encoder, teaching, metric, recipe, folder), compute)
        left = stage == "styles" and agreed(_checkpoint(folder, "pictures").exists())
        if loop.made == steps or left:
            yield PhotographEncoderState(stage, loop.made, {}, encoder)
        if left:
            continue
        for made in loop:
            losses = {name: float(value) for name, value in made.losses.items()}
            yield PhotographEncoderState(stage, made.made, losses, encoder)
            if made.made < steps and agreed(out_of_time()):
                return
            if stage == "styles" and agreed(enough_styles()):
                break
        if agreed(out_of_time()):
            return


def _plan(
    stage: Stage,
    encoder: PhotographEncoder,
    teaching: Teaching,
    metric: StyleMetric,
    recipe: PhotographEncoderRecipe,
    folder: Path,
) -> Plan[PhotographEncoder, tuple[Tensor, Tensor]]:
    drawn = stage == "pictures"
    batch, rate = (recipe.drawn_batch, recipe.drawn_rate) if drawn else (recipe.batch, recipe.rate)

    def batches(step: int) -> Iterator[tuple[Tensor, Tensor]]:
        # Over the faces in whole rounds: each is seen as often as any other.
        numbers = _shuffled(len(teaching.faces), step * batch, batch, recipe.seed + (7 if drawn else 0))
        yield teaching.faces.pictures(numbers), styles_of(teaching.generator, numbers)

    def losses(encoder: PhotographEncoder, given: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        pictures, styles = given
        seen, wanted = through_lens(pictures, recipe.lens)
        with quick_numbers(pictures.device):
            answers = encoder(seen.contiguous(memory_format=torch.channels_last))
        found = style_losses(answers, styles, encoder.spread_w, metric)
        weights = {"metric": 1.0, "latent": recipe.latent}
        if drawn:
            found |= picture_losses(answers, wanted, teaching)
            weights["metric"] = recipe.metric
            weights |= {"perceptual": recipe.perceptual, "identity": recipe.identity, "pixels": recipe.pixels}
        return {"loss": torch.stack([weights[name] * loss for name, loss in found.items()]).sum(), **found}

    return Plan(
        identity=f"photograph encoder by {stage}: {recipe}",
        seed=recipe.seed,
        rounds=recipe.drawn_steps if drawn else recipe.steps,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adamw", rate, "cosine", warm_up=0.03, decay=1e-3),
        groups=_groups(encoder, rate, recipe.trunk),
        checkpoint=_checkpoint(folder, stage),
        checkpoint_every=recipe.checkpoint_every,
    )


def _checkpoint(folder: Path, stage: Stage) -> Path:
    return folder / f"{stage}.pt"


def _shuffled(faces: int, first: int, count: int, seed: int) -> list[int]:
    """The numbers of a batch: those from `first` on of one order of all faces behind the other."""
    found = list[int]()
    while len(found) < count:
        turn, at = divmod(first + len(found), faces)
        order = torch.randperm(faces, generator=torch.Generator().manual_seed(seed + 1000 * turn))
        found += order[at : at + count - len(found)].tolist()
    return found


def _groups(encoder: PhotographEncoder, rate: float, trunk: float) -> list[dict[str, Any]]:
    slow = [one for one in (*encoder.trunk.parameters(), encoder.directions) if one.requires_grad]
    known = {id(one) for one in (*encoder.trunk.parameters(), encoder.directions)}
    quick = [one for one in encoder.parameters() if id(one) not in known]
    return [{"params": quick, "lr": rate}, {"params": slow, "lr": rate * trunk}]


def style_losses(answers: Tensor, styles: Tensor, spread_w: Tensor, metric: StyleMetric) -> dict[str, Tensor]:
    """How far answers (B, L, K) lie from known styles: by the metric, and in the mean over all numbers."""
    differences = (answers - styles) / spread_w
    return {"metric": metric(differences).mean(), "latent": differences.square().mean()}


def picture_losses(answers: Tensor, wanted: Tensor, teaching: Teaching) -> dict[str, Tensor]:
    """How far the pictures of answers (B, L, K) are from those wanted (B, 3, S, S): LPIPS, 1 - cosine, pixels."""
    drawn = teaching.draw(answers, wanted.shape[-1])
    with torch.no_grad():
        sought = teaching.identity(wanted)
    return {
        "perceptual": teaching.lpips(drawn, wanted).mean(),
        "identity": (1 - torch.cosine_similarity(teaching.identity(drawn), sought)).mean(),
        "pixels": F.mse_loss(drawn, wanted),
    }


def quick_numbers(device: torch.device) -> AbstractContextManager[Any]:
    """By what numbers the encoder's convolutions are made: bfloat16 where the processor multiplies them quickly."""
    quick = device.type == "cuda" or (device.type == "cpu" and multiplies_bfloat16())
    return torch.autocast(device.type, torch.bfloat16) if quick else nullcontext()


@torch.no_grad()
def drawn_pictures(draw: Draw, styles: Tensor, drawn_at: int, side: int) -> Tensor:
    """The pictures of styles as they are kept: (n, 3, S, S) uint8."""
    pictures = sized(draw(styles, drawn_at), side)
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8)
