"""The defences that commands offer, and how a decoder becomes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.inversion.objective import usual_points
from explorer.science.laboratory.defences import Blurred, Compressed, Decode, Decoded, Defence
from explorer.studio.catalogue.decoders import load_decoder
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError


@dataclass(frozen=True)
class DefenceKind:
    """A defence that commands offer.

    title: as its `Defence.name` has it. make: for the encoder that is attacked.
    """

    title: str
    make: Callable[[Networks, str], Defence]


DEFENCES: Mapping[str, DefenceKind] = {
    "jpeg": DefenceKind(Compressed.name, lambda networks, encoder: Compressed()),
    "blur": DefenceKind(Blurred.name, lambda networks, encoder: Blurred()),
    "decoder": DefenceKind(
        Decoded.name,
        lambda networks, encoder: decoder_defence(networks, encoder, load_decoder(encoder)[0].to(networks.device)),
    ),
}
"""By the names of commands."""


def defence_of(networks: Networks, name: str, encoder: str) -> Defence:
    """A defence by the name of commands, or by what records call it.

    Args:
        encoder: the attacked one.

    Raises:
        UserError: there is none of that name, or no decoder of that encoder.
    """
    kind = next((kind for key, kind in DEFENCES.items() if name in (key, kind.title)), None)
    if kind is None:
        raise UserError(f"no defence called {name!r}; there are {', '.join(DEFENCES)}")
    return kind.make(networks, encoder)


def decoder_defence(networks: Networks, encoder: str, decode: Decode) -> Decoded:
    """Decode, then recognise: the face is found anew in what the decoder draws.

    Args:
        encoder: whose embeddings the decoder draws from.
        decode: (B, D) to pictures (B, 3, S, S) of the common frame, differentiably.
    """

    def locate(drawn: Tensor) -> Tensor:
        points, found = networks.detector().points_in_frame(drawn)
        usual = usual_points(drawn.shape[-1]).to(points)
        return torch.where(found[:, None, None], points, usual)

    return Decoded(networks.recogniser(encoder), decode, locate)
