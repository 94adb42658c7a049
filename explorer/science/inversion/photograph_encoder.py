"""From a photograph of a face into W+ at one stroke: DIFFUSE's F (5.2.1), a network of the project's own.

It is told by the picture and not by an embedding: what the generator can draw of a face that is shown to it. Offsets
from the mean w are mixed of so many directions of W+: those along which styles differ, by what they change in the
picture. Behind each lie offsets of all layers, so that a style that all have in common costs no more than one of few.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.evaluation.same_person import Estimate
from explorer.science.inversion.sizing import sized
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing
from explorer.science.networks.face_trunk import CHANNELS, FaceTrunk

_FORMAT = "likeness-photograph-encoder/1"
# Channels that are kept of each map, and the cells on a side to which the finest is averaged first.
_KEPT, _FINEST = (4, 8, 48), 16
# Cells on a side whose mean colours are told besides.
_COLOURS = 8
_HALVED = 4


class PhotographEncoderFileError(LikenessError, ValueError):
    """A file of an encoder of photographs that cannot be used; the message says why."""


class PhotographEncoderRecord(BaseModel):
    """What is known of an encoder of photographs besides its weights.

    generator: whose W+ it leads to. layers, width: L and K of that. side: of the pictures that it sees, in pixels.
    hidden, components: of the network. trained_on: generated faces. steps, drawn_steps: made of the first and of the
    second stage. begun_by: the encoder whose convolutions it began with.
    unseen: on generated faces that nothing was learnt from, by name of the measure; chance is the mean face.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    layers: int = Field(ge=1, le=64)
    width: int = Field(ge=1, le=2048)
    side: int = Field(ge=16, le=512, multiple_of=16)
    hidden: int = Field(ge=1, le=4096)
    components: int = Field(ge=1, le=4096)
    trained_on: int = 0
    steps: int = 0
    drawn_steps: int = 0
    begun_by: str = ""
    unseen: dict[str, Estimate] = {}


class PhotographEncoder(nn.Module):
    """Maps pictures of the common frame to styles of W+.

    Args:
        mean_w, spread_w: (K,) of the generator's W. layers: L.
        side: of the pictures that the network sees; others are averaged or enlarged to it.
        hidden: width of the layers behind the convolutions. components: directions that offsets are mixed of.

    Example:
        >>> import torch
        >>> from explorer.science.inversion.photograph_encoder import PhotographEncoder
        >>> encoder = PhotographEncoder(torch.zeros(512), torch.ones(512), layers=23, side=32, hidden=8, components=4)
        >>> encoder(torch.rand(2, 3, 64, 64)).shape
        torch.Size([2, 23, 512])
    """

    mean_w: Tensor
    spread_w: Tensor

    def __init__(
        self,
        mean_w: Tensor,
        spread_w: Tensor,
        layers: int,
        side: int = 128,
        hidden: int = 512,
        components: int = 256,
    ) -> None:
        super().__init__()
        self.side, self.layers = side, layers
        self.trunk = FaceTrunk()
        self.kept = nn.ModuleList(nn.Conv2d(given, kept, 1) for given, kept in zip(CHANNELS, _KEPT, strict=True))
        cells = (min(_FINEST, side // _HALVED), side // (2 * _HALVED), side // (4 * _HALVED))
        told = sum(kept * cell**2 for kept, cell in zip(_KEPT, cells, strict=True)) + 3 * _COLOURS**2
        self.level = nn.LayerNorm(told)
        self.first = nn.Linear(told, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.mix = nn.Linear(hidden, components)
        self.directions = nn.Parameter(torch.randn(components, layers * len(mean_w)) / components**0.5)
        self.register_buffer("mean_w", mean_w.detach().clone())
        self.register_buffer("spread_w", spread_w.detach().clone())

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in [0, 1] of the common frame to styles (B, L, K)."""
        seen = sized(pictures, self.side)
        fine, middle, coarse = self.trunk(2 * seen - 1)
        told = [F.adaptive_avg_pool2d(fine, min(_FINEST, fine.shape[-1])), middle, coarse]
        parts = [kept(one).flatten(1) for kept, one in zip(self.kept, told, strict=True)]
        parts.append(F.adaptive_avg_pool2d(seen - 0.5, _COLOURS).flatten(1).to(parts[0].dtype))
        hidden = F.gelu(self.first(self.level(torch.cat(parts, 1))))
        hidden = hidden + F.gelu(self.second(hidden))
        # What a style comes to is a sum of many numbers: it is made in single precision.
        with torch.autocast(pictures.device.type, enabled=False):
            offsets = (self.mix(hidden.float()) @ self.directions).unflatten(1, (self.layers, -1))
            styles: Tensor = self.mean_w + self.spread_w * offsets
            return styles

    @torch.no_grad()
    def answer(self, picture: Tensor) -> Tensor:
        """The styles (L, K) of one picture (3, S, S), on the CPU.

        Raises:
            ValueError: it is no such picture, or not finite.
        """
        if picture.ndim != 3 or len(picture) != 3 or not bool(picture.isfinite().all()):
            raise ValueError(f"a picture is (3, S, S) of finite numbers, not {tuple(picture.shape)}")
        styles: Tensor = self(picture[None].to(self.mean_w))[0].cpu()
        return styles


def encode_photograph_encoder(encoder: PhotographEncoder, record: PhotographEncoderRecord) -> bytes:
    """An encoder as the bytes of a safetensors file, matrices and kernels as signed bytes."""
    return described_bytes(_FORMAT, record, quantise_int8(encoder.state_dict()))


def decode_photograph_encoder(data: bytes) -> tuple[PhotographEncoder, PhotographEncoderRecord]:
    """The encoder of a file, ready to be used.

    Raises:
        PhotographEncoderFileError: it is no such file, damaged, or of another version.
    """
    with refusing(PhotographEncoderFileError, "the encoder of photographs is damaged: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise PhotographEncoderFileError(f"the file holds {header.format!r}: train the encoder again")
        record = header.record_as(PhotographEncoderRecord)
        bare = torch.zeros(record.width), torch.ones(record.width)
        encoder = PhotographEncoder(*bare, record.layers, record.side, record.hidden, record.components)
        encoder.load_state_dict(dequantise(load(data)))
    return encoder.eval().requires_grad_(False), record
