"""From an answer to a better one: a network that sees what the drawn face lacks, and steps towards it.

A regressor answers blindly; what its face looks like to the encoder says where it went wrong. The refiner is shown the
embedding that is sought, that of the face as it stands, and the latent, and says by how much the latent should move; a
few such steps cost a forward pass each, where a search's step costs a backward pass too (after Alaluf et al., ReStyle,
ICCV 2021, with an embedding in place of a picture).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load
from torch import Tensor, nn

from explorer.science.generation.mobilestylegan import LATENT_SIZE
from explorer.science.inversion.regressor import LatentRegressor, RegressorFileError
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing

_FORMAT = "likeness-refiner/1"


class RefinerRecord(BaseModel):
    """What is known of a refiner besides its weights.

    regressor: sha256 of the file whose answers it was trained to refine; passes: how often, one after the other.
    trained_on: how many targets. photographs: how many of a folder were among what these are made of.
    drawn: one minus the cosine for targets it was not trained on, behind the last pass; chance is the regressor's.
    starts: cosine of the face drawn from the refined answer, by set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    dimension: int
    width: int
    passes: int
    regressor: str
    trained_on: int
    photographs: int = 0
    drawn: MetricValue | None = None
    starts: dict[str, MetricValue] = {}


class LatentRefiner(nn.Module):
    """Maps targets (B, D), embeddings (B, D) of faces as they stand, and their latents (B, 512) of W to better latents.

    A new one moves nothing: its last layer is 0.

    Args:
        dimension: D. width: of its two hidden layers.

    Example:
        >>> import torch
        >>> from explorer.science.inversion.refiner import LatentRefiner
        >>> refiner, w = LatentRefiner(dimension=128, width=16), torch.randn(2, 512)
        >>> bool((refiner(torch.randn(2, 128), torch.randn(2, 128), w) == w).all())
        True
    """

    latent_centre: Tensor
    latent_spread: Tensor

    def __init__(self, dimension: int, width: int = 1024) -> None:
        super().__init__()
        self.dimension, self.width = dimension, width
        last = nn.Linear(width, LATENT_SIZE)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        seen = nn.Linear(2 * dimension + LATENT_SIZE, width)
        self.layers = nn.Sequential(seen, nn.GELU(), nn.Linear(width, width), nn.GELU(), last)
        self.register_buffer("latent_centre", torch.zeros(LATENT_SIZE))
        self.register_buffer("latent_spread", torch.ones(LATENT_SIZE))

    def standardise(self, centre: Tensor, spread: Tensor) -> None:
        """Take the units of latents, (512,) each, as a regressor has them."""
        self.latent_centre.copy_(centre)
        self.latent_spread.copy_(spread)

    def forward(self, targets: Tensor, embeddings: Tensor, latents: Tensor) -> Tensor:
        """Better latents, (B, 512); or (B, L, 512) where those are, all layers moved alike."""
        w = latents.mean(1) if latents.ndim == 3 else latents
        wanted, there = F.normalize(targets, dim=-1), F.normalize(embeddings, dim=-1)
        # Of length 1 they would be small beside the latent's numbers.
        scale = self.dimension**0.5
        units = (w - self.latent_centre) / self.latent_spread
        step = self.latent_spread * self.layers(torch.cat([scale * wanted, scale * (wanted - there), units], dim=-1))
        moved: Tensor = latents + (step[:, None] if latents.ndim == 3 else step)
        return moved


class Proposer(Protocol):
    """Proposes starts to a search, as a regressor does."""

    def propose(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        """(count, 512) of Z or W, or (count, L, 512) of W+, the likeliest first; `LatentRegressor.propose`."""
        ...


@dataclass(frozen=True)
class RefinedRegressor:
    """A regressor whose proposals are refined.

    passes: how often. embed: from latents of the regressor's space to the embeddings (B, D) of the faces they draw.
    """

    regressor: LatentRegressor
    refiner: LatentRefiner
    passes: int
    embed: Callable[[Tensor], Tensor] = field(compare=False)

    @torch.no_grad()
    def propose(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        """As `LatentRegressor.propose`, each refined."""
        proposed = self.regressor.propose(embedding, count, seed)
        # One by one: what a face draws beside others differs in the last bit.
        return torch.cat([self._refined(embedding, latent) for latent in proposed.split(1)])

    def _refined(self, embedding: Tensor, latent: Tensor) -> Tensor:
        target = embedding[None].to(latent)
        for _ in range(self.passes):
            latent = self.refiner(target, self.embed(latent).to(latent), latent)
        return latent


def encode_refiner(refiner: LatentRefiner, record: RefinerRecord) -> bytes:
    """A refiner as the bytes of a safetensors file, matrices as signed bytes."""
    return described_bytes(_FORMAT, record, quantise_int8(refiner.state_dict()))


def decode_refiner(data: bytes, encoder: str) -> tuple[LatentRefiner, RefinerRecord]:
    """The refiner of a file, ready to be used.

    Raises:
        RegressorFileError: it is damaged, of another version or encoder.
    """
    with refusing(RegressorFileError, f"the refiner for {encoder} is damaged: train it again"):
        header = read_header(data)
        record = header.record_as(RefinerRecord)
        refiner = LatentRefiner(record.dimension, record.width)
        refiner.load_state_dict(dequantise(load(data)))
    if header.format != _FORMAT or record.encoder != encoder:
        raise RegressorFileError(
            f"the file holds {header.format} of {record.encoder}, not of {encoder}: train it again"
        )
    return refiner.eval().requires_grad_(False), record
