"""The one interface of every identity encoder."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Literal

import torch
from torch import Tensor, nn

from explorer.science.faces.alignment import FaceTemplate, align

Metric = Literal["cosine", "euclidean"]

# Of float32, squares beyond these and their sums run over or vanish.
_SMALLEST, _LARGEST = 1e-12, 1e12


@dataclass(frozen=True)
class EncoderSpec:
    """What is known of an encoder before any file is loaded.

    own_threshold: the threshold published by its makers in units of its measure, or None where they give none.
    network: the catalogue id of its weights.
    commercial: whether the licence of the weights allows commercial use.
    lengths: between which the lengths of its embeddings lie, nearly all of them; None where that is not known. Measured
        on the gallery's faces (of optional encoders on openpeople's and ORL's), 1.30 to 1.70 of dlib's ResNet, and
        widened for poor photographs.
    optional: whether it is one that a user may have besides: where its file was not fetched, nothing waits for it, and
        what a command does under all encoders by default when it trains, is done without it.
    judges_only: whether it is kept for judging: it is in no loss, no choice and no filter, and is not attacked.

    Example:
        >>> from explorer.science.recognition import encoder_spec
        >>> spec = encoder_spec("dlib-resnet")
        >>> spec.dimension, spec.measure, spec.own_threshold, spec.commercial
        (128, 'euclidean', 0.6, True)
    """

    id: str
    title: str
    network: str
    dimension: int
    template: FaceTemplate
    measure: Metric
    own_threshold: float | None
    licence: str
    commercial: bool
    lengths: tuple[float, float] | None = None
    optional: bool = False
    judges_only: bool = False


class Encoder(nn.Module):
    """An identity encoder: aligned faces in, embeddings out, differentiable and batched.

    Args:
        spec: the encoder's description.
        body: maps (B, 3, S, S) RGB in [0, 1], S = the template's size, to (B, D) raw embeddings. It scales its
            own input.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from explorer.science.recognition import Encoder, encoder_spec
        >>> body = nn.Sequential(nn.Flatten(), nn.Linear(3 * 112 * 112, 128))
        >>> recogniser = Encoder(encoder_spec("sface"), body)
        >>> recogniser(torch.rand(2, 3, 112, 112)).shape
        torch.Size([2, 128])
    """

    def __init__(self, spec: EncoderSpec, body: nn.Module) -> None:
        super().__init__()
        self.spec = spec
        self.body = body
        self.requires_grad_(False)
        self.eval()

    @property
    def device(self) -> torch.device:
        """Where its weights lie, whichever kind they are of; the CPU for a body without any."""
        tensor = next(chain(self.body.parameters(), self.body.buffers()), None)
        return torch.device("cpu") if tensor is None else tensor.device

    def forward(self, aligned: Tensor) -> Tensor:
        """Embed aligned faces: (B, 3, S, S) RGB in [0, 1] to (B, D), as the network gives it (not normalised)."""
        embedding: Tensor = self.body(aligned)
        return embedding

    def embed(self, image: Tensor, points: Tensor) -> Tensor:
        """Embed faces by their five points.

        Args:
            image: (B, 3, H, W) RGB in [0, 1]; gradients flow to it.
            points: (B, 5, 2) pixel coordinates in that image, centres at +0.5.

        Returns:
            (B, D) embeddings.
        """
        embedding: Tensor = self(align(image, points, self.spec.template))
        return embedding

    def compare(self, one: Tensor, other: Tensor) -> Tensor:
        """Compare embeddings in the encoder's measure: cosine in [-1, 1], or Euclidean distance from 0.

        Args:
            one, other: (..., D), broadcast against each other.
        """
        return similarity_or_distance(one, other, self.spec.measure)


def similarity_or_distance(one: Tensor, other: Tensor, measure: Metric) -> Tensor:
    """Cosine similarity or Euclidean distance of (..., D) embeddings along the last axis.

    Example:
        >>> import torch
        >>> from explorer.science.recognition import similarity_or_distance
        >>> vector = torch.tensor([3.0, 4.0])
        >>> round(similarity_or_distance(vector, 2 * vector, "cosine").item(), 6)  # length does not count
        1.0
        >>> similarity_or_distance(vector, 2 * vector, "euclidean").item()
        5.0
    """
    if measure == "cosine":
        return torch.cosine_similarity(_of_usual_size(one), _of_usual_size(other), dim=-1)
    distance: Tensor = torch.linalg.vector_norm(one - other, dim=-1)
    return distance


def _of_usual_size(vectors: Tensor) -> Tensor:
    """(..., D) embeddings as they are, but those whose squares run over or vanish divided by their largest number."""
    largest = vectors.detach().abs().amax(-1, keepdim=True)
    usual = (largest > _SMALLEST) & (largest < _LARGEST)
    return vectors if bool(usual.all()) else vectors / torch.where(usual | (largest == 0), 1.0, largest)


def is_match(measure: Metric, score: float, threshold: float) -> bool:
    """Whether a score passes a threshold: at least for cosine, at most for a distance.

    Example:
        >>> from explorer.science.recognition import is_match
        >>> is_match("cosine", 0.5, 0.3), is_match("euclidean", 0.5, 0.3)
        (True, False)
    """
    return score >= threshold if measure == "cosine" else score <= threshold
