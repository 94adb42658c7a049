"""Debias an encoder by playing against what reads an attribute off its embeddings (thesis, section 3.3.3).

At first the adversaries learn on embeddings as they were. Then every batch goes through the thesis's steps: features
are extracted (1), the adversaries learn on them (2), the backbone is turned against them (3), and backbone and
classifier learn to tell people (4). What a step does not train has no gradient in it, and stays as it is to the bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from explorer.science.debiasing.discriminator import WIDE, Discriminator
from explorer.science.debiasing.faces import DebiasingError, LabelledFaces
from explorer.science.debiasing.losses import (
    adversarial_loss,
    balanced_share,
    discriminator_loss,
    similarities_lost,
)
from explorer.science.debiasing.settings import DebiasingSettings
from explorer.science.device_memory import at_once, in_pieces
from explorer.science.networks.fine_tuning import graph_of, trainable, weights_of
from explorer.science.shares import agreed, whole
from explorer.science.training.arcface import ArcFace
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded
from explorer.science.training.modification import apart

# Steps of a round, behind each of which a training may be left and gone on with.
_STEPS = 10
# Rounds between two checkpoints.
_KEPT = 5
PRETRAINING, DEBIASING = "pretraining", "debiasing"
# What a batch is for: the adversaries (2), the backbone against them (3), people (4), or both of these (eq. 3.5).
ADVERSARIES, AGAINST, PEOPLE, BOTH = "adversaries", "against", "people", "both"
# What it is for; pictures, or embeddings for the adversaries; people; classes (B, A); embeddings as they were.
Batch = tuple[str, Tensor, Tensor, Tensor, Tensor]


class DebiasingNetworks(nn.Module):
    """What is trained: backbone F, classifier C, and the adversaries D of each attribute.

    Args:
        body: of the encoder, (B, 3, S, S) in [0, 1] to (B, D); a copy of it is trained.
        before: (N, D) embeddings of the faces as they were, by which C begins: its directions are people's means.
    """

    def __init__(self, body: nn.Module, faces: LabelledFaces, before: Tensor, settings: DebiasingSettings) -> None:
        super().__init__()
        dimension = before.shape[1]
        self.backbone = trainable(body)
        self.classifier = ArcFace(dimension, faces.count, settings.scale, settings.margin)
        people = F.one_hot(faces.people, faces.count).float()
        with torch.no_grad():
            self.classifier.directions.copy_(F.normalize(people.T @ F.normalize(before)))
        shapes = [(settings.width,) * settings.layers, *([WIDE] if settings.wide else [])]
        self.adversaries = nn.ModuleList(
            nn.ModuleList(Discriminator(dimension, len(names), shape) for shape in shapes)
            for names in faces.names.values()
        )
        for number, attribute in enumerate(faces.attributes):
            self.register_buffer(f"weights_{number}", faces.weights(attribute) if settings.balanced else None)

    def of_attributes(self, classes: Tensor) -> Iterator[tuple[nn.ModuleList, Tensor, Tensor | None]]:
        """Of each attribute its adversaries, its classes (B,) out of all (B, A), and its classes' weights."""
        for number, adversaries in enumerate(self.adversaries):
            assert isinstance(adversaries, nn.ModuleList), "there is a list for each attribute"
            yield adversaries, classes[:, number], getattr(self, f"weights_{number}")


@dataclass(frozen=True, eq=False)
class DebiasingState:
    """Progress of a training.

    stage: and how many of its `steps` are `made`. losses: of the last batch before its step, by name; empty where none
    was made in this run. networks: so far; in place, they go on being trained.
    """

    stage: str
    made: int
    steps: int
    losses: Mapping[str, float]
    networks: DebiasingNetworks

    @property
    def finished(self) -> bool:
        """Whether the stage is."""
        return self.made >= self.steps


@dataclass(frozen=True)
class _Stage:
    name: str
    steps: int

    @property
    def rounds(self) -> int:
        return -(-self.steps // _STEPS)

    def of(self, number: int) -> range:
        """The steps of a round."""
        return range(number * _STEPS, min((number + 1) * _STEPS, self.steps))


@torch.no_grad()
def embeddings_of(body: nn.Module, faces: LabelledFaces, *, mirrored: bool = False) -> Tensor:
    """Embeddings (N, D) of faces by an encoder's network, or of their mirror images; on the CPU."""
    device = next((tensor.device for tensor in (*body.parameters(), *body.buffers())), torch.device("cpu"))
    training, found = body.training, list[Tensor]()
    body.eval()

    def look(rows: Tensor) -> Tensor:
        pictures = faces.seen(rows).to(device)
        seen: Tensor = body(pictures.flip(3) if mirrored else pictures).float().cpu()
        return seen

    found.extend(seen for _, seen in in_pieces(torch.arange(len(faces)), at_once("face", device), look))
    body.train(training)
    return torch.cat(found)


def _as_they_were(body: nn.Module, faces: LabelledFaces, folder: Path) -> Tensor:
    """Embeddings (2, N, D) of faces and of their mirror images by the encoder as it was; kept in the folder."""
    whole = hashlib.sha256(faces.digest().encode())
    for name, weight in sorted(weights_of(graph_of(body)).items()):
        whole.update(name.encode() + weight.detach().cpu().contiguous().numpy().tobytes())
    file = folder / f"before-{whole.hexdigest()[:16]}.safetensors"
    try:
        kept: Tensor = load_file(file)["before"]
    except (OSError, SafetensorError, KeyError):
        kept = torch.stack([embeddings_of(body, faces, mirrored=one) for one in (False, True)])
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".partial")
        save_file({"before": kept}, unfinished)
        unfinished.replace(file)
    return kept


def steps_of(faces: LabelledFaces, settings: DebiasingSettings) -> tuple[int, int]:
    """How many steps the adversaries make alone at first, and how many all networks make."""
    each = -(-len(faces) // settings.batch)
    return settings.pretraining * each, settings.epochs * each


def train_debiased(
    body: nn.Module,
    faces: LabelledFaces,
    settings: DebiasingSettings,
    folder: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
    kept: Path | None = None,
) -> Iterator[DebiasingState]:
    """Train in two stages, yielding after some steps at a time, and once for a stage that was finished before.

    A training goes on from its checkpoints, and ends as if it had never stopped.

    Args:
        body: an encoder's network, as of `Encoder`; it stays as it is.
        faces: of known people, numbered from 0. folder: where a checkpoint of each stage is kept.
        out_of_time: asked before each round; the training ends where it says so.
        kept: where embeddings as they were are kept, for trainings by other settings, too; the folder if None.

    Raises:
        TrainingError: as of `TrainingLoop`.
        DebiasingError: there are fewer than two people, or a class has no face.
        FineTuningError: the network cannot be trained on.
    """
    if faces.count < 2:
        raise DebiasingError("one person's faces teach nobody to tell people: give pictures of several")
    before = _as_they_were(body, faces, kept or folder)
    with seeded(settings.seed):
        networks = DebiasingNetworks(body, faces, before[0], settings)
    classes = torch.stack(list(faces.classes.values()), 1)
    material = _Material(faces, classes, before)
    stages = [
        _Stage(name, steps) for name, steps in zip((PRETRAINING, DEBIASING), steps_of(faces, settings), strict=True)
    ]
    for stage in stages:
        plan: Plan[DebiasingNetworks, Batch] = Plan(
            identity=f"{stage.name}, {settings.model_dump_json()}: {faces.attributes} of {faces.digest()}",
            seed=settings.seed,
            rounds=stage.rounds,
            batches=_alone(material, settings, stage)
            if stage.name == PRETRAINING
            else _rounds(networks, material, settings, stage),
            losses=lambda module, batch: debiasing_losses(module, batch, settings),
            optimiser=_optimiser(stage, settings),
            groups=_groups(networks, stage, settings),
            checkpoint=folder / f"{stage.name}.pt",
            checkpoint_every=_KEPT,
        )
        loop: TrainingLoop[DebiasingNetworks, Batch] = TrainingLoop(networks, plan, compute)
        if loop.made == stage.rounds:
            yield DebiasingState(stage.name, stage.steps, stage.steps, {}, networks)
        for made in loop:
            losses = {name: float(value) for name, value in made.losses.items()}
            yield DebiasingState(stage.name, min(made.made * _STEPS, stage.steps), stage.steps, losses, networks)
            if agreed(out_of_time()):
                return


@dataclass(frozen=True, eq=False)
class _Material:
    """faces; their classes (N, A); embeddings (2, N, D) as they were, of the pictures and of their mirror images."""

    faces: LabelledFaces
    classes: Tensor
    before: Tensor


def _groups(networks: DebiasingNetworks, stage: _Stage, settings: DebiasingSettings) -> list[dict[str, Any]]:
    adversaries = {"params": list(networks.adversaries.parameters()), "lr": settings.adversary_rate, "steady": True}
    if stage.name == PRETRAINING:
        return [adversaries | {"lr": settings.pretraining_rate}]
    backbone = {"params": list(networks.backbone.parameters()), "lr": settings.rate}
    return [backbone, {"params": list(networks.classifier.parameters()), "lr": settings.classifier_rate}, adversaries]


def _optimiser(stage: _Stage, settings: DebiasingSettings) -> Optimiser:
    """By which the adversaries learn at first the thesis does not say; Adam in all presets."""
    if stage.name == PRETRAINING:
        return Optimiser("adam", settings.pretraining_rate)
    schedule: Any = "cosine" if settings.schedule == "cosine" else "constant"
    momentum = 0.9 if settings.optimiser == "sgd" else 0.0
    return Optimiser(settings.optimiser, settings.rate, schedule, 0.0, settings.decay, momentum, settings.drops)


def _alone(material: _Material, settings: DebiasingSettings, stage: _Stage) -> Callable[[int], Iterator[Batch]]:
    """Batches of embeddings as they were, for the adversaries alone."""

    def batches(number: int) -> Iterator[Batch]:
        for step in stage.of(number):
            rows = rows_of_step(len(material.faces), step, settings.batch, settings.seed)
            view = _views(len(rows), settings)
            before = material.before[view, rows]
            yield ADVERSARIES, before, material.faces.people[rows], material.classes[rows], before

    return batches


def _rounds(
    networks: DebiasingNetworks, material: _Material, settings: DebiasingSettings, stage: _Stage
) -> Callable[[int], Iterator[Batch]]:
    """The batches of the thesis's steps; what they hold follows from the networks as the step before has left them."""

    def batches(number: int) -> Iterator[Batch]:
        for step in stage.of(number):
            rows = rows_of_step(len(material.faces), step, settings.batch, settings.seed + 1)
            view = _views(len(rows), settings)
            pictures = material.faces.seen(rows)
            pictures = torch.where(view[:, None, None, None].bool(), pictures.flip(3), pictures)
            about = material.faces.people[rows], material.classes[rows], material.before[view, rows]
            device = next(networks.parameters()).device
            with torch.no_grad():
                embeddings = networks.backbone(pictures.to(device))
            for _ in range(settings.adversary_steps):
                yield ADVERSARIES, embeddings, *about
            for part in (BOTH,) if settings.order == "joint" else (AGAINST, PEOPLE):
                yield part, pictures, *about

    return batches


def _views(count: int, settings: DebiasingSettings) -> Tensor:
    """(B,) 0 of a picture as it is, 1 of its mirror image, by torch's random numbers."""
    return torch.randint(2, (count,)) if settings.mirrored else torch.zeros(count, dtype=torch.int64)


def debiasing_losses(networks: DebiasingNetworks, batch: Batch, settings: DebiasingSettings) -> dict[str, Tensor]:
    """What one of the thesis's steps makes small, as "loss", and its parts.

    Args:
        batch: what it is for, one of this module's names, and what it needs.
    """
    part, seen, *about = batch
    # Faces are compared with each other, and all behind the backbone is small: there each process has all of them.
    people, classes, before = (whole(one) for one in about)
    if part == ADVERSARIES:
        seen = whole(seen)
        losses = [
            (discriminator_loss(one(seen), its, weights), balanced_share(one(seen), its))
            for adversaries, its, weights in networks.of_attributes(classes)
            for one in adversaries
        ]
        return {
            "loss": torch.stack([loss for loss, _ in losses]).sum(),
            "told": torch.stack([told for _, told in losses]).amax(),
        }
    embeddings = whole(networks.backbone(seen))
    terms, weights = dict[str, Tensor](), dict[str, float]()
    if part in (AGAINST, BOTH):
        terms["adversarial"] = _against(networks, embeddings, classes, settings)
        weights["adversarial"] = settings.adversarial
        if settings.moments:
            terms["moments"] = _moments(embeddings, classes)
            weights["moments"] = settings.moments
    if part in (PEOPLE, BOTH):
        terms["people"] = networks.classifier(embeddings, people)
        weights["people"] = 1.0
        if settings.keep:
            # What all attributes' classes have in common may go: every combination of them is a class here.
            combined = classes.unique(dim=0, return_inverse=True)[1]
            terms["keep"] = similarities_lost(embeddings, before, combined)
            weights["keep"] = settings.keep
    return {"loss": torch.stack([weights[name] * term for name, term in terms.items()]).sum(), **terms}


def _against(networks: DebiasingNetworks, embeddings: Tensor, classes: Tensor, settings: DebiasingSettings) -> Tensor:
    """Eq. 3.3, mean over the adversaries and summed over attributes; the adversaries themselves learn nothing by it."""
    found = []
    for adversaries, its, weights in networks.of_attributes(classes):
        of_each = [
            adversarial_loss(_untouched(one, embeddings), its, weights, clipped=settings.clipped) for one in adversaries
        ]
        found.append(torch.stack(of_each).mean())
    return torch.stack(found).sum()


def _untouched(adversary: nn.Module, embeddings: Tensor) -> Tensor:
    """What an adversary says, through which a gradient reaches the embeddings and not its weights."""
    frozen = {name: weight.detach() for name, weight in adversary.named_parameters()}
    logits: Tensor = torch.func.functional_call(adversary, frozen, (embeddings,))
    return logits


def _moments(embeddings: Tensor, classes: Tensor) -> Tensor:
    """How far the classes' distributions lie apart, summed over attributes; classes with one face count nowhere."""
    directions, found = F.normalize(embeddings), [embeddings.sum() * 0]
    for its in classes.unbind(1):
        counts = torch.bincount(its)
        rows = (counts[its] > 1).nonzero().flatten()
        if len(its[rows].unique()) > 1:
            found.append(apart(directions[rows], its[rows]))
    return torch.stack(found).sum()
