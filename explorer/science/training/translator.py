"""Train a translator between W+ and a space with handles (DIFFUSE 5.2.2): the models of figures 3, 4 and 5.

Figure 3 draws elements to the labels of faces. Figure 4 sets elements in vectors of the structured space, goes back to
W+, draws, and asks a classifier whether the faces have what was set, and a discriminator whether they look like others;
that one learns along from the very pictures. Figure 5 is both. Generator and classifier stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.mixed_precision import Draw
from explorer.science.shares import agreed, average
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded
from explorer.science.training.photoreal_edits import ridge_normals
from explorer.science.translation.attributes import LabelledStyles, balanced_rows
from explorer.science.translation.discriminator import Discriminator, gradient_penalty
from explorer.science.translation.losses import classifier_loss, discriminator_loss, encoder_loss, realism_loss
from explorer.science.translation.network import Translator, with_handles
from explorer.science.translation.record import turned_of
from explorer.science.translation.settings import TranslatorSettings

# Every so many steps the discriminator's gradient is held small, by so much more.
_PENALISED = 8
_CHECKPOINT = 25
LABELS, EDITS, PICTURES = "labels", "edits", "pictures"


class RealPictures(Protocol):
    """Pictures of unedited faces."""

    def __len__(self) -> int: ...

    def pictures(self, rows: Tensor) -> Tensor:
        """(n, 3, S, S) in [0, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class Teaching:
    """What a translator learns from, on one device.

    faces: that are learnt from. draw: styles and a side to pictures in [0, 1]. classifier: H, from pictures to (B, A)
    in the order of `elements`; real: of unedited faces; both None where nothing is drawn.
    identity: pictures to embeddings of an encoder that judges nothing; None where its weight is 0.
    """

    faces: LabelledStyles
    elements: Mapping[str, int]
    mean_w: Tensor
    spread_w: Tensor
    draw: Draw
    classifier: nn.Module | None = None
    real: RealPictures | None = None
    identity: Callable[[Tensor], Tensor] | None = None


class TranslatorNetworks(nn.Module):
    """What is trained: the translator T, and the discriminator D where there is one."""

    def __init__(self, teaching: Teaching, settings: TranslatorSettings) -> None:
        super().__init__()
        with seeded(settings.seed):
            self.translator = Translator(
                teaching.mean_w,
                teaching.spread_w,
                teaching.faces.layers,
                settings.couplings,
                settings.hidden,
                settings.seed,
                turned_of(settings, len(teaching.elements)),
            )
            self.discriminator = Discriminator(settings.drawn_at) if settings.draws else None
        if settings.begins == "directions":
            self.translator.begin_with(*first_directions(teaching))


def first_directions(teaching: Teaching) -> tuple[Tensor, Tensor, Tensor]:
    """Directions (A, K) at right angles along which the classes differ, in units of W's spread, and along them the
    middle between the classes' means and half of their distance, (A,) each.

    They are the normals of ridge regressions, as the corpus's directions are, each turned as little as it must be.

    Raises:
        ValueError: elements are not the first coordinates, in their order.
    """
    names = list(teaching.elements)
    if [teaching.elements[name] for name in names] != list(range(len(names))):
        raise ValueError("elements that begin as directions are the first coordinates")
    whole = teaching.faces
    faces = whole[torch.nonzero(whole.crossover == 0)[:, 0]]
    signs, spread = faces.signs(names), teaching.spread_w.cpu()
    units = (faces.w - teaching.mean_w.cpu()) / spread
    normals = F.normalize(ridge_normals(faces.w, signs) / spread, dim=1).double()
    levels, axes = torch.linalg.eigh(normals @ normals.T)
    directions = ((axes / levels.clamp_min(1e-6).sqrt()) @ axes.T @ normals).float()
    along = units @ directions.T
    means = torch.stack(
        [torch.stack([along[signs[:, at] == sign, at].mean() for sign in (-1, 1)]) for at in range(len(names))]
    )
    return directions, means.mean(1), ((means[:, 1] - means[:, 0]) / 2).clamp_min(0.05)


@dataclass(frozen=True, eq=False)
class TranslatorState:
    """Progress: steps made, what the last one lost by term (empty where none was made in this run), the networks."""

    made: int
    losses: Mapping[str, float]
    networks: TranslatorNetworks


# What a batch is for, and its tensors.
Batch = tuple[str, tuple[Tensor, ...]]


def train_translator(
    teaching: Teaching,
    settings: TranslatorSettings,
    identity: str,
    checkpoint: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Iterator[TranslatorState]:
    """Train a translator, a state behind every step; it goes on from its checkpoint.

    Args:
        identity: of all that is learnt from: a checkpoint of other faces or classifiers is refused.
        out_of_time: asked behind each checkpoint: the training ends where it says so, and goes on there the next time.

    Raises:
        TrainingError: as of `TrainingLoop`.
        ValueError: the settings' model draws, and there is nothing to judge what is drawn by.
    """
    if settings.draws and (teaching.classifier is None or teaching.real is None):
        raise ValueError(f"{settings.model} needs a classifier and pictures of unedited faces")
    networks = TranslatorNetworks(teaching, settings)
    steps = _Steps(teaching, settings)
    plan: Plan[TranslatorNetworks, Batch] = Plan(
        identity=f"translator: {settings.model_dump_json()} {dict(teaching.elements)} {identity}",
        seed=settings.seed,
        rounds=settings.all_steps,
        batches=steps.batches,
        losses=steps.losses,
        optimiser=Optimiser("adam", settings.rate, "cosine", warm_up=0.02),
        groups=_groups(networks, settings),
        part=_part,
        samples=lambda batch: len(batch[1][0]),
        checkpoint=checkpoint,
        checkpoint_every=_CHECKPOINT,
    )
    loop = TrainingLoop(networks, plan, compute)
    if loop.made:
        yield TranslatorState(loop.made, {}, networks)
    for made in loop:
        yield TranslatorState(made.made, steps.lost, networks)
        if made.made < settings.all_steps and made.made % _CHECKPOINT == 0 and agreed(out_of_time()):
            return


def _part(batch: Batch, rank: int, processes: int) -> Batch:
    """Every so many-th face; labelled ones beside those that are edited stay whole, and drawn ones are its own."""
    kind, given = batch
    if kind == PICTURES:
        return kind, (given[0][rank::processes], *given[1:])
    shared = 2 if kind == EDITS else len(given)
    return kind, (*(one[rank::processes] for one in given[:shared]), *given[shared:])


def _groups(networks: TranslatorNetworks, settings: TranslatorSettings) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = [{"params": list(networks.translator.parameters()), "lr": settings.rate}]
    if networks.discriminator is not None:
        its = list(networks.discriminator.parameters())
        groups.append({"params": its, "lr": settings.discriminator_rate, "steady": True})
    return groups


class _Steps:
    """The batches of each step, and what is lost on them.

    A step of figures 4 and 5 first moves the translator, then the discriminator by the pictures that were drawn for
    that: each face is drawn once.
    """

    def __init__(self, teaching: Teaching, settings: TranslatorSettings) -> None:
        self.teaching, self.settings = teaching, settings
        self._names = tuple(teaching.elements)
        self._signs = teaching.faces.signs(self._names)
        self._drawn: Tensor | None = None
        self.lost: dict[str, float] = {}

    def batches(self, step: int) -> Iterator[Batch]:
        """What a step learns from, by torch's random numbers."""
        self.lost, settings = {}, self.settings
        labelled = self._labelled() if settings.reads else ()
        drawn = step - settings.first
        if drawn < 0:
            yield LABELS, labelled
            return
        yield EDITS, (*self._edited(), *labelled)
        learns = settings.frozen_after is None or drawn < settings.frozen_after
        if learns and self._drawn is not None and self.teaching.real is not None:
            real = self.teaching.real
            rows = torch.randint(len(real), (settings.batch,))
            penalised = torch.tensor(float(drawn % _PENALISED == 0))
            yield PICTURES, (real.pictures(rows), self._drawn, penalised)

    def _labelled(self) -> tuple[Tensor, Tensor]:
        rows = balanced_rows(self._signs, self.settings.labelled)
        return self.teaching.faces.styles(rows), self._signs[rows]

    def _edited(self) -> tuple[Tensor, Tensor]:
        """Faces that elements are set in, and which: those of other faces (DIFFUSE 5.2.2)."""
        count, faces = self.settings.batch, self.teaching.faces
        wanted = self._signs[balanced_rows(self._signs, count)]
        if self.settings.vectors == "faces":
            return faces.styles(torch.randint(len(faces), (count,))), wanted
        # One vector for all layers: faces of the generator have one w, and layers of their own draw none.
        vectors = torch.randn(count, 1, faces.w.shape[1])
        return vectors.expand(-1, faces.layers, -1), wanted

    def losses(self, networks: TranslatorNetworks, batch: Batch) -> Mapping[str, Tensor]:
        """The loss of a batch, and its terms."""
        kind, given = batch
        if kind == LABELS:
            return self._said({"encoder": self._read(networks, *given)}, {"encoder": 1.0})
        if kind == PICTURES:
            return self._of_pictures(networks, *given)
        return self._of_edits(networks, *given)

    def _read(self, networks: TranslatorNetworks, styles: Tensor, signs: Tensor) -> Tensor:
        labels = dict(zip(self._names, signs.unbind(1), strict=True))
        return encoder_loss(networks.translator(styles), self.teaching.elements, labels)

    def _of_edits(
        self, networks: TranslatorNetworks, given: Tensor, wanted: Tensor, *labelled: Tensor
    ) -> Mapping[str, Tensor]:
        teaching, settings = self.teaching, self.settings
        assert teaching.classifier is not None and networks.discriminator is not None  # noqa: PT018 - for mypy
        of_faces = settings.vectors == "faces"
        structured = networks.translator(given) if of_faces else given
        values = dict(zip(self._names, wanted.unbind(1), strict=True))
        styles = networks.translator.inverse(with_handles(structured, teaching.elements, values))
        drawn = teaching.draw(styles, settings.drawn_at)
        self._drawn = drawn.detach()
        terms = {
            "classifier": classifier_loss(teaching.classifier(drawn), wanted),
            "discriminator": realism_loss(_untouched(networks.discriminator, drawn)),
        }
        weights = {"classifier": settings.classifier_weight, "discriminator": settings.discriminator_weight}
        if of_faces and settings.identity_weight and teaching.identity is not None:
            with torch.no_grad():
                before = teaching.identity(teaching.draw(given, settings.drawn_at))
            terms["identity"] = (1 - torch.cosine_similarity(teaching.identity(drawn), before)).mean()
            weights["identity"] = settings.identity_weight
        if labelled:
            terms["encoder"], weights["encoder"] = self._read(networks, *labelled), settings.encoder_weight
        return self._said(terms, weights)

    def _of_pictures(
        self, networks: TranslatorNetworks, real: Tensor, drawn: Tensor, penalised: Tensor
    ) -> Mapping[str, Tensor]:
        discriminator = networks.discriminator
        assert discriminator is not None
        terms = {"adversary": discriminator_loss(discriminator(real), discriminator(drawn))}
        weights = {"adversary": 1.0}
        if self.settings.sharpness and bool(penalised):
            terms["sharpness"] = gradient_penalty(discriminator, real)
            weights["sharpness"] = _PENALISED * self.settings.sharpness / 2
        return self._said(terms, weights)

    def _said(self, terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Mapping[str, Tensor]:
        self.lost |= {name: float(average(term)) for name, term in terms.items()}
        return {"loss": torch.stack([weights[name] * term for name, term in terms.items()]).sum(), **terms}


def _untouched(network: nn.Module, pictures: Tensor) -> Tensor:
    """What a network says, through which a gradient reaches the pictures and not its weights."""
    frozen = {name: weight.detach() for name, weight in network.named_parameters()}
    answers: Tensor = torch.func.functional_call(network, frozen, (pictures,))
    return answers


@torch.no_grad()
def inverse_error(translator: Translator, styles: Tensor) -> float:
    """How far the way there and back leads from styles (N, L, K), in shares of their length: the largest."""
    back = translator.inverse(translator(styles))
    return float(((back - styles).flatten(1).norm(dim=1) / styles.flatten(1).norm(dim=1)).max())


@torch.no_grad()
def elements_of(
    translator: Translator, faces: LabelledStyles, names: Sequence[str], elements: Mapping[str, int], chunk: int = 64
) -> dict[str, Tensor]:
    """What handles say of faces, (N,) by attribute: means over the layers (DIFFUSE 5.3.4)."""
    parts = []
    for rows in torch.arange(len(faces)).split(chunk):
        structured = translator(faces.styles(rows).to(translator.mean_w))
        parts.append(structured[..., [elements[name] for name in names]].mean(1).cpu())
    return dict(zip(names, torch.cat(parts).unbind(1), strict=True))
