"""Train the regressor from an embedding to a latent (thesis 4.2.1), and measure how near its faces start.

By the latent: eq. 4.2 in units of the latents' spread, by Adam as in the thesis, at half its rate; what a small corpus
asks for besides are both views of a face, noise, dropout, and a rate that falls. The last epoch is taken: how
much of held-out latents is explained does not say how near the faces drawn from the answers start.
`regressor_drawn` goes on from there by the pictures of the answers, `regressor_identity` by their identity.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.generation.generator import Generator
from explorer.science.inversion.regressor import LatentRegressor, RegressedSpace
from explorer.science.inversion.step import to_uint8
from explorer.science.recognition.base import Encoder
from explorer.science.training.augmentation import augment_embeddings, shared_direction
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded

_DRAWN = 512


@dataclass(frozen=True)
class RegressorRecipe:
    """How a regressor is trained.

    width: of its three hidden layers. rate, batch, epochs, dropout, decay: of the training by the latent.
    noise, shared: as in `ProbeSettings`: what makes an embedding more like those of photographs.
    drawn_steps, drawn_batch, drawn_rate: of the training by what is drawn. image_resolution: at which pictures are
        compared.
    """

    space: RegressedSpace = "W"
    width: int = 2048
    rate: float = 5e-4
    batch: int = 128
    epochs: int = 20
    dropout: float = 0.2
    decay: float = 5e-2
    noise: float = 0.3
    shared: float = 1.0
    drawn_steps: int = 1500
    drawn_batch: int = 4
    drawn_rate: float = 5e-5
    image_resolution: int = 128
    checkpoint_every: int = 5
    seed: int = 1

    def by_latent(self) -> dict[str, int | float | str]:
        """What the training by the latent follows from, by name."""
        values = asdict(self).items()
        return {name: value for name, value in values if not name.startswith(("drawn_", "image_"))}


@dataclass(frozen=True)
class RegressorState:
    """Progress of a training: epochs or steps made, the loss just measured, and the regressor so far.

    By the latent, the loss is that of held-out faces, 1 being as bad as the mean.
    """

    made: int
    loss: float
    regressor: LatentRegressor


@dataclass(frozen=True, eq=False)
class Pairs:
    """Embeddings and latents to learn from and to decide by.

    views: (V, N, D). latents: (N, 512). fitting, held_out: rows.
    """

    views: Tensor
    latents: Tensor
    fitting: Tensor
    held_out: Tensor


def pairs(data: Dataset, encoder: str, space: RegressedSpace) -> Pairs:
    """The faces of a corpus that one latent alone draws.

    Z knows no edit and no truncation: such faces are left out there.

    Raises:
        ValueError: the corpus has no latents or no embeddings of the encoder, or is too small.
    """
    latents = data.w if space == "W" else data.z
    if latents is None or data.single is None or data.untruncated is None or encoder not in data.first:
        raise ValueError(f"a regressor needs generated faces with their latents and embeddings of {encoder}")
    usable = data.single if space == "W" else data.single & data.untruncated & ~data.edited
    fitting, held_out = (rows[usable[rows]] for rows in data.train_val_indices())
    if min(len(fitting), len(held_out)) < 2:
        raise ValueError("the corpus is too small for a regressor: make more faces")
    views = [data.first[encoder], *([data.second[encoder]] if encoder in data.second else [])]
    return Pairs(torch.stack(views).float(), latents.float(), fitting, held_out)


def train_by_latent(
    known: Pairs, recipe: RegressorRecipe, checkpoint: Path, compute: Compute = CPU
) -> Iterator[RegressorState]:
    """Fit a regressor by eq. 4.2, yielding after every epoch; the last state's regressor is the result.

    A training that goes on from its checkpoint begins with the state there.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    fitting, held_out = known.fitting, known.held_out
    with seeded(recipe.seed):
        regressor = LatentRegressor(known.views.shape[-1], recipe.width, recipe.dropout)
    regressor.standardise(known.views[0, fitting], known.latents[fitting])
    shared = shared_direction(known.views[0, fitting])

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = torch.Generator().manual_seed(recipe.seed + 1000 * epoch)
        for batch in fitting[torch.randperm(len(fitting), generator=random)].split(recipe.batch):
            view = torch.randint(len(known.views), (len(batch),), generator=random)
            embeddings = augment_embeddings(known.views[view, batch], shared, recipe.shared, recipe.noise, random)
            yield embeddings, known.latents[batch]

    plan: Plan[LatentRegressor, tuple[Tensor, Tensor]] = Plan(
        identity=f"by the latent: {recipe.by_latent()}",
        seed=recipe.seed,
        rounds=recipe.epochs,
        batches=batches,
        losses=lambda regressor, batch: {"loss": _latent_loss(regressor, regressor(batch[0]), batch[1])},
        optimiser=Optimiser("adamw", recipe.rate, "cosine", decay=recipe.decay),
        checkpoint=checkpoint,
        checkpoint_every=recipe.checkpoint_every,
    )
    loop = TrainingLoop(regressor, plan, compute)
    unseen = known.views[:, held_out].to(loop.device), known.latents[held_out].to(loop.device)
    if loop.made:
        yield RegressorState(loop.made, _held_out_loss(regressor, *unseen), ready(regressor))
    for epoch in loop:
        yield RegressorState(epoch.made, _held_out_loss(regressor, *unseen), ready(regressor))


def ready(regressor: LatentRegressor) -> LatentRegressor:
    """A copy to be used, on the CPU."""
    return copy.deepcopy(regressor).cpu().eval().requires_grad_(False)


def _latent_loss(regressor: LatentRegressor, answers: Tensor, latents: Tensor) -> Tensor:
    """Eq. 4.2, averaged over faces and coordinates, in units of the latents' spread: about 1 for the mean latent."""
    return ((answers - latents) / regressor.latent_spread).square().mean()


@torch.no_grad()
def _held_out_loss(regressor: LatentRegressor, views: Tensor, latents: Tensor) -> float:
    regressor.eval()
    return float(torch.stack([_latent_loss(regressor, regressor(view), latents) for view in views]).mean())


@torch.no_grad()
def start_cosines(
    answer: Callable[[Tensor], Tensor],
    embeddings: Tensor,
    space: RegressedSpace,
    generator: Generator,
    detector: Detector,
    recogniser: Encoder,
) -> Tensor:
    """How near the nearest of the faces drawn from an answer comes: (N,) cosines; -1 where none shows a face.

    Args:
        answer: from an embedding (D,) to latents (K, 512). embeddings: (N, D), the targets.
    """
    nearest = []
    for embedding in embeddings:
        best = -1.0
        for latent in answer(embedding).to(generator.mean_w).split(1):
            found = drawn_embedding(latent, space, generator, detector, recogniser)
            if found is not None:
                best = max(best, float(torch.cosine_similarity(found, embedding.cpu(), dim=0)))
        nearest.append(best)
    return torch.tensor(nearest)


@torch.no_grad()
def drawn_embedding(
    latent: Tensor, space: RegressedSpace, generator: Generator, detector: Detector, recogniser: Encoder
) -> Tensor | None:
    """The (D,) embedding of the face that a latent (1, 512) draws; None where it shows no face."""
    pixels = to_uint8(generator.image(generator.styles(latent, space), _DRAWN)[0])
    face = detector.detect_in_frame(pixels)
    return None if face is None else embed_face(recogniser, Photograph(pixels, "start", ""), face)
