"""Train the probes of an encoder: every probe by each of a preset's candidates, of which held-out faces choose one.

"thesis" is 3.2.1 to 3.2.3 to the letter where the letter says: layers, losses, optimisers, rates and epochs. Where it
does not: ReLU everywhere, batches of 32 for attributes, embeddings as the encoder gives them, landmarks in shares of
the frame's side (in pixels, plain descent at the thesis's rate leaves every bound). "default" keeps the thesis's
layers and lets a linear probe contend with them. It differs in what a small corpus of generated faces asks for: both
views of a face, noise, and the random removal of the component that generated faces share and photographs lack; a rate
that falls; and for histograms a rate that arrives (the thesis's 1e-6 suits 117,000 steps) and the earth mover's
distance itself as loss.
"""

from __future__ import annotations

import copy
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.evaluation.leakage import Truth, errors, measure
from explorer.science.evaluation.ranking import auc
from explorer.science.leakage.calibration import ProbabilityCalibrator, fit_calibrator
from explorer.science.leakage.fitted import FittedProbe, ProbeRecord
from explorer.science.leakage.histogram import earth_movers_distance
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.probes import Architecture, Kind, Probe, ProbeSpec
from explorer.science.training.augmentation import augment_embeddings, shared_direction
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop
from explorer.science.training.shared_directions import covariance, largest_share, shared_filter

Preset = Literal["thesis", "default"]
_MARGIN = 0.9
# Nobody of openpeople has these: what differs within one of them is no sign of it. Measured on ORL, it helps; of other
# attributes it does not (benchmarks/results/photograph_probes.json).
SHRUNK = ("eyeglasses",)
MAY_LOSE = 0.001


@dataclass(frozen=True)
class ProbeSettings:
    """How a probe is trained.

    rate: of the optimiser; anneal: whether it falls along a cosine to nothing.
    decay: decoupled weight decay.
    two_views: whether each face is seen as drawn or through its camera, at random in each epoch.
    noise: length of the normal noise added to an embedding of length 1.
    shared: up to so much of what an embedding has of the training faces' mean direction is taken out, at random.
    emd: whether histograms are trained by the earth mover's distance instead of the squared error.
    keep_best: whether the epoch with the least loss on the validation faces is kept, not the last.
    """

    architecture: Architecture
    optimiser: Literal["adam", "sgd"]
    rate: float
    batch: int
    epochs: int
    anneal: bool = False
    decay: float = 0.0
    two_views: bool = False
    noise: float = 0.0
    shared: float = 0.0
    emd: bool = False
    keep_best: bool = False


def _thesis(kind: Kind) -> dict[str, ProbeSettings]:
    if kind == "histogram":
        return {"thesis": ProbeSettings(Architecture((8, 8), normalised=False), "adam", 1e-6, 32, 20)}
    layers = Architecture((256, 256, 256), normalised=False)
    if kind == "landmarks":
        return {"thesis": ProbeSettings(layers, "sgd", 1e-3, 16, 150)}
    return {"thesis": ProbeSettings(layers, "adam", 1e-3, 32, 20)}


def _default(kind: Kind) -> dict[str, ProbeSettings]:
    hidden = (8, 8) if kind == "histogram" else (256, 256, 256)
    dropout = 0.0 if kind == "histogram" else 0.3

    def settings(layers: tuple[int, ...], dropout: float, rate: float) -> ProbeSettings:
        return ProbeSettings(
            Architecture(layers, normalised=True, dropout=dropout),
            "adam",
            rate,
            batch=256,
            epochs=30,
            anneal=True,
            decay=1e-2,
            two_views=True,
            noise=0.2,
            shared=1.0,
            emd=True,
            keep_best=True,
        )

    return {"thesis's layers": settings(hidden, dropout, 1e-3), "linear": settings((), 0.0, 3e-3)}


@dataclass(frozen=True)
class ProbeRecipe:
    """Which preset, and the seed that everything follows from."""

    preset: Preset = "default"
    seed: int = 1

    def candidates(self, kind: Kind) -> dict[str, ProbeSettings]:
        """The preset's candidates for a kind of probe, by name."""
        return _thesis(kind) if self.preset == "thesis" else _default(kind)


def train_probe(
    data: Dataset,
    encoder: str,
    spec: ProbeSpec,
    recipe: ProbeRecipe,
    compute: Compute = CPU,
    differing: Tensor | None = None,
) -> FittedProbe:
    """Fit every candidate, keep the one with the least loss on the validation faces, calibrate it, and test it.

    Args:
        differing: (D, D) covariance of embeddings of photographs within each of some people, who lack what `SHRUNK`
            names; the default preset shrinks that in the probes of these.

    Raises:
        ValueError: the training, calibration or test split is empty, or has no embeddings of the encoder.
    """
    _require(data, encoder, spec)
    targets = spec.target(data.labels[spec.label])
    fitted = {
        name: fit(data, encoder, spec, targets, settings, _seed(recipe, encoder, spec, name), compute)
        for name, settings in recipe.candidates(spec.kind).items()
    }
    chosen = min(fitted, key=lambda name: fitted[name][1])
    probe = fitted[chosen][0]
    candidate = chosen
    if differing is not None and recipe.preset == "default" and spec.name in SHRUNK:
        share, probe = shrunk(probe, data, encoder, targets, differing)
        candidate = f"{chosen}, {share:g} shrunk"
    found = calibrated(probe, data.first[encoder], targets, data.rows("calibration"))
    record = ProbeRecord(
        preset=recipe.preset,
        candidate=candidate,
        hidden=probe.architecture.hidden,
        normalised=probe.architecture.normalised,
        calibrator=found.calibrator,
        baseline=found.baseline,
        margin=found.margin,
        trained_on=len(data.train_val_indices()[0]),
        calibrated_on=_calibrated_on(data),
    )
    rows = data.rows("test")
    untested = FittedProbe(probe, record)
    test = measure(untested, data.first[encoder], Truth(rows, targets[rows]))
    return FittedProbe(probe, record.model_copy(update={"test": test}))


@torch.no_grad()
def shrunk(
    probe: Probe, data: Dataset, encoder: str, targets: Tensor, differing: Tensor, may_lose: float = MAY_LOSE
) -> tuple[float, Probe]:
    """An attribute's probe that is moved less by what differs within people, and the share of that which is shrunk.

    Args:
        targets: (N,) of all faces. differing: (D, D), as in `train_probe`.
        may_lose: of the area under the ROC curve on the validation faces.
    """
    learnt, validation = data.train_val_indices()
    generated = covariance(data.first[encoder][learnt])

    def worth(made: Probe) -> float:
        area = auc(made(data.first[encoder][validation].float()), targets[validation])
        return 0.0 if area is None else area

    return largest_share(probe, lambda share: shared_filter(generated, differing, share), worth, may_lose)


def _calibrated_on(data: Dataset) -> str:
    faces = len(data.rows("calibration"))
    if data.w is None:
        return f"{faces} photographs that it was not trained on"
    return f"{faces} generated faces that it was not trained on; photographs may differ"


def _require(data: Dataset, encoder: str, spec: ProbeSpec) -> None:
    if encoder not in data.first or spec.label not in data.labels:
        raise ValueError(f"the corpus has no embeddings of {encoder} or no labels of {spec.label}")
    train, validation = data.train_val_indices()
    sizes = {
        "training": len(train),
        "deciding": len(validation),
        "calibration": len(data.rows("calibration")),
        "test": len(data.rows("test")),
    }
    empty = [name for name, size in sizes.items() if size < 2]
    if empty:
        raise ValueError(f"the corpus is too small: it has hardly any {', '.join(empty)} faces; make more of them")


def _seed(recipe: ProbeRecipe, encoder: str, spec: ProbeSpec, candidate: str) -> int:
    return zlib.crc32(f"{recipe.seed}/{encoder}/{spec.name}/{candidate}".encode())


def fit(
    data: Dataset,
    encoder: str,
    spec: ProbeSpec,
    targets: Tensor,
    settings: ProbeSettings,
    seed: int,
    compute: Compute = CPU,
) -> tuple[Probe, float]:
    """Fit one candidate.

    Args:
        targets: (N, ...) of all faces of the corpus.

    Returns:
        The probe on the CPU, ready to be used, and its loss on the validation faces.
    """
    train, validation = data.train_val_indices()
    views = [data.first[encoder]]
    if settings.two_views and spec.view_invariant and encoder in data.second:
        views.append(data.second[encoder])
    seen = torch.stack([view.float() for view in views])
    shared = shared_direction(seen[0, train])
    random = torch.Generator().manual_seed(seed)

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in train[torch.randperm(len(train), generator=random)].split(settings.batch):
            view = torch.randint(len(views), (len(batch),), generator=random)
            embeddings = seen[view, batch]
            if settings.architecture.normalised:
                embeddings = augment_embeddings(embeddings, shared, settings.shared, settings.noise, random)
            yield embeddings, targets[batch]

    plan: Plan[Probe, tuple[Tensor, Tensor]] = Plan(
        identity=f"{spec.name} of {encoder}: {settings}",
        seed=seed,
        rounds=settings.epochs,
        batches=batches,
        losses=lambda probe, batch: {"loss": _loss(spec.kind, probe(batch[0]), batch[1], settings)},
        optimiser=_optimiser(settings),
        # Epochs go on in one stream of random numbers; a probe takes seconds, and is kept when it is finished.
        reseed=False,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        probe = Probe(spec, seen.shape[-1], settings.architecture)
        probe.standardise(data.first[encoder][train].float(), targets[train])
        loop = TrainingLoop(probe, plan, compute)
        judged = seen[:, validation].to(loop.device), targets[validation].to(loop.device)
        best, best_loss = copy.deepcopy(probe.state_dict()), math.inf
        for _ in loop:
            loss = _validation_loss(probe, *judged, settings)
            if not settings.keep_best or loss < best_loss:
                best, best_loss = copy.deepcopy(probe.state_dict()), loss
    probe.load_state_dict(best)
    return probe.cpu().eval().requires_grad_(False), best_loss


def _optimiser(settings: ProbeSettings) -> Optimiser:
    kind: Literal["adamw", "sgd"] = "adamw" if settings.optimiser == "adam" else "sgd"
    return Optimiser(kind, settings.rate, "cosine" if settings.anneal else "constant", decay=settings.decay)


def _loss(kind: Kind, outputs: Tensor, targets: Tensor, settings: ProbeSettings) -> Tensor:
    if kind == "binary":
        return F.binary_cross_entropy_with_logits(outputs, targets)
    if kind == "categorical":
        return F.cross_entropy(outputs, targets)
    if kind == "histogram" and settings.emd:
        return earth_movers_distance(outputs, targets).mean()
    if kind == "landmarks" and not settings.architecture.normalised:
        return F.mse_loss(outputs / MEASURE_SIZE, targets / MEASURE_SIZE)
    return F.mse_loss(outputs, targets)


@torch.no_grad()
def _validation_loss(probe: Probe, seen: Tensor, targets: Tensor, settings: ProbeSettings) -> float:
    """Mean loss over the views (V, N, D) of the validation faces."""
    probe.eval()
    losses = [_loss(probe.spec.kind, probe(view), targets, settings) for view in seen]
    return float(torch.stack(losses).mean())


@dataclass(frozen=True)
class Calibrated:
    """What the calibration split says of a probe; the fields of `ProbeRecord`."""

    calibrator: ProbabilityCalibrator | None
    baseline: tuple[float, ...]
    margin: float | None


@torch.no_grad()
def calibrated(probe: Probe, embeddings: Tensor, targets: Tensor, rows: Tensor) -> Calibrated:
    """Calibrate a probe on some faces, and find out what one would answer without looking.

    Args:
        embeddings: (N, D). targets: (N, ...). rows: (M,) the calibration split's.
    """
    return calibrated_outputs(probe.spec, probe(embeddings[rows].float()), targets[rows])


def calibrated_outputs(spec: ProbeSpec, outputs: Tensor, truth: Tensor) -> Calibrated:
    """The same of what a probe gave for faces that it was not fitted on.

    Args:
        outputs: (M, ...) as `Probe` gives them. truth: (M, ...) as the spec's `target`.
    """
    if spec.kind in ("binary", "categorical"):
        truth = truth.long()
        shares = truth[:, None].float() if spec.kind == "binary" else F.one_hot(truth, len(spec.classes)).float()
        with torch.enable_grad():
            calibrator = fit_calibrator(outputs, truth)
        return Calibrated(calibrator, tuple(shares.mean(0).tolist()), None)
    margin = torch.quantile(errors(spec.kind, outputs, truth), _MARGIN)
    return Calibrated(None, tuple(truth.reshape(len(truth), -1).mean(0).tolist()), float(margin))
