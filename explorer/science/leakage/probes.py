"""Probes: small networks from an identity embedding to something that it should not tell (thesis 3.2).

A registry lists them, a line each. `Architecture` is a probe's shape; the thesis's: three hidden layers of 256 for
attributes and landmarks (3.2.1, 3.2.3), two of 8 for histograms (3.2.2).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.leakage.labels import MEASURE_SIZE, THRESHOLDS
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.leakage.labels.histogram import BINS, LEVELS
from explorer.science.leakage.labels.landmarks import LANDMARKS
from explorer.science.registry import Registry

Kind = Literal["binary", "categorical", "regression", "landmarks", "histogram"]
_COLOURS = 3
# Of a frame or of certainty: a labeller that sees nothing at all is still not infinitely sure.
_LEAST_SHARE = 1e-4

Target = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ProbeSpec:
    """What a probe reads.

    label: the name in `LABELS` of what it is trained on; labeller: whose word that is, in words.
    target: from that label (N, ...) to what is learnt: (N,) of 0 and 1, class numbers or values; (N, 68, 2) pixels of
        the 224 px frame; (N, 3, 10) shares.
    classes: what the answers are called: (absent, present), or one for each class.
    unit: of values, and of errors: landmarks' are in percent of the distance between the outer eye corners.
    view_invariant: whether the label of a face's first view holds for its second one too.
    evidence: how sure the labeller is of a picture: from the label to logits (N,) of an attribute, which are 0 where
        its target changes, or (N, C) of classes; None where it says no more than the target.
    """

    name: str
    title: str
    kind: Kind
    label: str
    labeller: str
    target: Target
    classes: tuple[str, ...] = ()
    unit: str = ""
    view_invariant: bool = True
    evidence: Target | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what the network gives for one embedding."""
        shapes: dict[Kind, tuple[int, ...]] = {
            "binary": (),
            "categorical": (len(self.classes),),
            "regression": (),
            "landmarks": (LANDMARKS, 2),
            "histogram": (_COLOURS, BINS),
        }
        return shapes[self.kind]


def _above(label: str) -> Target:
    return lambda values: (values >= THRESHOLDS[label]).float()


def _beyond(label: str) -> Target:
    """Logits of a label from 0 to 1, less that of its threshold."""
    threshold = torch.tensor(THRESHOLDS[label], dtype=torch.float64).logit()
    return lambda values: values.double().logit(_LEAST_SHARE) - threshold


def _part(index: int) -> Target:
    return lambda values: values[:, index].float()


def _binned(counts: Tensor) -> Tensor:
    """(N, 3, 256) counts of levels to (N, 3, 10) shares; the torch twin of `labels.histogram.binned`."""
    place = ((torch.arange(LEVELS, device=counts.device) + 0.5) * BINS / LEVELS).long()
    shares = torch.zeros(*counts.shape[:-1], BINS, device=counts.device)
    shares.index_add_(-1, place, counts.float())
    return shares / shares.sum(-1, keepdim=True)


def _attribute(name: str, title: str, label: str, labeller: str, classes: tuple[str, str]) -> ProbeSpec:
    return ProbeSpec(name, title, "binary", label, labeller, _above(label), classes, evidence=_beyond(label))


_MEDIAPIPE, _DLIB, _PARSER = "MediaPipe", "dlib", "face parsing (BiSeNet)"

PROBES: Registry[ProbeSpec] = Registry(
    "probe",
    (
        _attribute("smiling", "Smile", "smile", _MEDIAPIPE, ("not smiling", "smiling")),
        _attribute("eyeglasses", "Eyeglasses", "eyeglasses", _PARSER, ("none", "worn")),
        _attribute("hat", "Hat", "hat", _PARSER, ("none", "worn")),
        _attribute("gender", "Gender", "male", _DLIB, ("female", "male")),
        ProbeSpec(
            "expression",
            "Expression",
            "categorical",
            "expression",
            "PyEmotion",
            lambda logits: logits.argmax(-1),
            EXPRESSIONS,
            evidence=lambda logits: logits,
        ),
        ProbeSpec("age", "Age", "regression", "age", _DLIB, lambda years: years.float(), unit="years"),
        ProbeSpec("yaw", "Yaw", "regression", "pose", _MEDIAPIPE, _part(0), unit="degrees"),
        ProbeSpec("pitch", "Pitch", "regression", "pose", _MEDIAPIPE, _part(1), unit="degrees"),
        ProbeSpec("landmarks", "Landmarks", "landmarks", "landmarks", _DLIB, lambda points: points.float(), unit="%"),
        # Another camera records other colours: the first view's histogram is not the second's.
        ProbeSpec(
            "histogram", "Colours", "histogram", "histogram", "exact", _binned, unit="bins", view_invariant=False
        ),
    ),
    attrgetter("name"),
)


@dataclass(frozen=True)
class Architecture:
    """A probe's shape.

    hidden: widths of the hidden layers, each followed by ReLU; none for a linear probe.
    normalised: whether the embedding is brought to length 1 and each number of it to mean 0 and spread 1 over the
        training faces; it is taken as the encoder gives it otherwise.
    dropout: share of the hidden units that is left out while training.
    """

    hidden: tuple[int, ...]
    normalised: bool
    dropout: float = 0.0


class Probe(nn.Module):
    """Maps embeddings (B, D) to what a probe reads.

    The last layer works in units of the targets' mean and spread over the training faces, which are buffers, so that
    every kind trains alike; where the architecture is not normalised they are 0 and 1, for landmarks 0 and the frame's
    side.
    """

    centre: Tensor
    spread: Tensor
    target_centre: Tensor
    target_spread: Tensor

    def __init__(self, spec: ProbeSpec, dimension: int, architecture: Architecture) -> None:
        super().__init__()
        self.spec, self.architecture = spec, architecture
        outputs = int(torch.tensor(spec.shape).prod()) if spec.shape else 1
        widths = (dimension, *architecture.hidden)
        layers: list[nn.Module] = []
        for before, behind in itertools.pairwise(widths):
            layers += [nn.Linear(before, behind), nn.ReLU(), nn.Dropout(architecture.dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], outputs))
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(dimension))
        self.register_buffer("target_centre", torch.zeros(outputs))
        self.register_buffer("target_spread", torch.ones(outputs))

    def standardise(self, embeddings: Tensor, targets: Tensor) -> None:
        """Take the units of inputs and outputs from the training faces, if the architecture is normalised.

        Args:
            embeddings: (N, D). targets: (N, ...), as the spec's `target` gives them.
        """
        if not self.architecture.normalised:
            if self.spec.kind == "landmarks":
                self.target_spread.fill_(MEASURE_SIZE)
            return
        directions = F.normalize(embeddings, dim=-1)
        self.centre.copy_(directions.mean(0))
        self.spread.copy_(directions.std(0).clamp_min(1e-6))
        flat = targets.reshape(len(targets), -1).float()
        if self.spec.kind == "histogram":
            # Behind the softmax the mean histogram is where to begin.
            self.target_centre.copy_(flat.mean(0).clamp_min(1e-4).log())
        elif self.spec.kind in ("regression", "landmarks"):
            self.target_centre.copy_(flat.mean(0))
            # One unit for all landmarks: the error that counts weighs them alike.
            self.target_spread.fill_(float(flat.std(0).mean().clamp_min(1e-6)))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Read embeddings.

        Args:
            embeddings: (B, D), as the encoder gives them.

        Returns:
            (B,) logits of an attribute or values, (B, C) logits of classes, (B, 68, 2) pixels of the 224 px frame, or
            (B, 3, 10) shares that sum to 1.
        """
        if self.architecture.normalised:
            embeddings = (F.normalize(embeddings, dim=-1) - self.centre) / self.spread
        outputs: Tensor = self.layers(embeddings)
        outputs = (outputs * self.target_spread + self.target_centre).reshape(-1, *self.spec.shape)
        return outputs.softmax(-1) if self.spec.kind == "histogram" else outputs
