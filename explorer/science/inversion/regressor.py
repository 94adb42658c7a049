"""From an identity embedding to a latent at one stroke: the network N of the thesis (4.2.1, eq. 4.2), where to begin.

An answer to an embedding that says little about the latent lies near the mean of all latents, and its face looks like
everybody's. Beside the answer itself, starts therefore lie further out along it, and around it.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.generation.mobilestylegan import LATENT_SIZE
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing

RegressedSpace = Literal["Z", "W", "W+"]
Objective = Literal["latent", "image", "background", "identity"]

_FORMAT = "likeness-regressor/2"
_HIDDEN_LAYERS = 3
# How far from the mean of W the starts lie along the answer, as factors on the answer's own distance.
_REACHES = (1.0, 1.2, 0.8)
# Length of the noise on an embedding of length 1 for the starts around the answer.
_JITTER = 0.35
# How far the layers of W+ may lie from the w that they have in common, as a root mean square over the coordinates in
# units of their spread; and in how many directions they lie there, for the sake of the file.
_FURTHEST_OFFSET = 0.3
_OFFSET_RANK = 64


class RegressorFileError(LikenessError, ValueError):
    """A regressor's file that cannot be used; the message says why."""


class RegressorRecord(BaseModel):
    """What is known of a regressor besides its weights.

    objective: what it was trained to make small: the latent's error, the picture's, its background's, or one minus the
        cosine between the embedding and that of the drawn face.
    trained_on: how many faces. explained: share of the latents' variance that it explains on faces it was not trained
        on; None where the latent was not what it was trained for.
    starts: cosine between the embedding and that of the face drawn from the answer, by set.
    drawn: what it was trained to make small, on faces it was not trained on, where that is something drawn; chance is
        the same of the regressor that it went on from.
    layers: of W+, to each of which it gives an offset; 0 in Z and W.
    photographs: how many of a folder it was trained on besides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    dimension: int
    space: RegressedSpace
    objective: Objective
    width: int
    trained_on: int
    explained: float | None = None
    starts: dict[str, MetricValue] = {}
    drawn: MetricValue | None = None
    layers: int = Field(0, ge=0, le=64)
    photographs: int = 0


class LatentRegressor(nn.Module):
    """Maps embeddings (B, D) to latents (B, 512) of Z or W, or (B, L, 512) of W+: a w and an offset for each layer.

    Three hidden layers (4.2.1), between units in which embeddings and latents have mean 0 and spread 1 over the
    training faces; embeddings are brought to length 1 first. Its units are smooth (GELU): with rectified ones the faces
    drawn from its answers start further away (after 14 epochs at cosine 0.57 in place of 0.62 on held-out generated
    faces and 0.20 in place of 0.25 on portraits, although the smooth network had learnt from fewer faces).

    Args:
        dimension: D. width: of the hidden layers; the thesis's is 2048.
        dropout: share of the hidden units that is left out while training.
        layers: L, of W+; 0 for Z and W. The offsets of a new one are 0.

    Example:
        >>> import torch
        >>> from explorer.science.inversion import LatentRegressor
        >>> regressor = LatentRegressor(dimension=128, width=16).eval()
        >>> embedding = torch.randn(128)
        >>> near, far = regressor(torch.stack([embedding, 5 * embedding]))
        >>> torch.allclose(near, far, atol=1e-5)  # length does not count
        True
        >>> regressor.propose(embedding, count=4, seed=0).shape
        torch.Size([4, 512])
    """

    centre: Tensor
    spread: Tensor
    latent_centre: Tensor
    latent_spread: Tensor

    def __init__(self, dimension: int, width: int = 2048, dropout: float = 0.0, layers: int = 0) -> None:
        super().__init__()
        self.style_layers, self.width = layers, width
        widths = (dimension, *[width] * _HIDDEN_LAYERS)
        hidden: list[nn.Module] = []
        for before in widths[:-1]:
            hidden += [nn.Linear(before, width), nn.GELU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, LATENT_SIZE))
        if layers:
            last = nn.Linear(_OFFSET_RANK, layers * LATENT_SIZE)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
            self.offsets = nn.Sequential(nn.Linear(width, _OFFSET_RANK), last)
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(dimension))
        self.register_buffer("latent_centre", torch.zeros(LATENT_SIZE))
        self.register_buffer("latent_spread", torch.ones(LATENT_SIZE))

    def standardise(self, embeddings: Tensor, latents: Tensor) -> None:
        """Take the units from the training faces: embeddings (N, D), latents (N, 512)."""
        directions = F.normalize(embeddings.float(), dim=-1)
        self.centre.copy_(directions.mean(0))
        self.spread.copy_(directions.std(0).clamp_min(1e-6))
        self.latent_centre.copy_(latents.mean(0))
        self.latent_spread.copy_(latents.std(0).clamp_min(1e-6))

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) embeddings, as the encoder gives them, to latents (B, 512), or (B, L, 512) in W+."""
        hidden: Tensor = self.layers[:-1]((F.normalize(embeddings, dim=-1) - self.centre) / self.spread)
        units: Tensor = self.layers[-1](hidden)
        if self.style_layers:
            units = units[:, None] + limited(self.offsets(hidden).unflatten(1, (self.style_layers, LATENT_SIZE)))
        return self.latent_centre + self.latent_spread * units

    def in_layers(self, layers: int) -> LatentRegressor:
        """A copy of one that leads to W that leads to W+, to begin with by the same answers in all layers."""
        copied = LatentRegressor(self.centre.numel(), self.width, layers=layers)
        copied.load_state_dict(self.state_dict(), strict=False)
        return copied.to(self.centre)

    @torch.no_grad()
    def propose(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        """Starts for an inversion, the likeliest first.

        Args:
            embedding: (D,). count: how many, at least 1. seed: of those around the answer.

        Returns:
            (count, 512), or (count, L, 512) in W+: the answer, further out and further in along it, then answers to
            jittered embeddings.
        """
        direction = F.normalize(embedding[None].to(self.centre), dim=-1)
        random = torch.Generator().manual_seed(seed)
        noise = torch.randn(max(count - len(_REACHES), 0), len(embedding), generator=random).to(direction)
        answers = self(torch.cat([direction, direction + _JITTER / len(embedding) ** 0.5 * noise]))
        reaches = answers.new_tensor(_REACHES).reshape(-1, *[1] * (answers.ndim - 1))
        along = self.latent_centre + reaches * (answers[:1] - self.latent_centre)
        return torch.cat([along, answers[1:]])[:count]


def limited(offsets: Tensor) -> Tensor:
    """Offsets (..., 512) of layers, of whatever length, to such as the rest of the network can live with.

    Small ones stay as they are; the root mean square of none reaches 0.3.
    """
    square = offsets.square().mean(-1, keepdim=True)
    return offsets / (1 + square / _FURTHEST_OFFSET**2).sqrt()


def encode_regressor(regressor: LatentRegressor, record: RegressorRecord) -> bytes:
    """A regressor as the bytes of a safetensors file, matrices as signed bytes."""
    return described_bytes(_FORMAT, record, quantise_int8(regressor.state_dict()))


def decode_regressor(data: bytes, encoder: str, space: RegressedSpace) -> tuple[LatentRegressor, RegressorRecord]:
    """The regressor of a file, ready to be used.

    Raises:
        RegressorFileError: it is damaged, of another version, encoder or space.
    """
    with refusing(RegressorFileError, f"the regressor for {encoder} is damaged: train it again"):
        header = read_header(data)
        record = header.record_as(RegressorRecord)
        regressor = LatentRegressor(record.dimension, record.width, layers=record.layers)
        regressor.load_state_dict(dequantise(load(data)))
    if header.format != _FORMAT or (record.encoder, record.space) != (encoder, space):
        raise RegressorFileError(
            f"the file holds {header.format}, from {record.encoder} to {record.space}, not from {encoder} to {space}: "
            "train it again"
        )
    return regressor.eval().requires_grad_(False), record
