"""The defences of a program: those that are always there, and the decoder of an encoder, by the names of commands."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.science.faces.alignment import ARCFACE_112, frame_matrix, transform
from explorer.science.laboratory.defences import Blurred, Compressed, Decode, Decoded, Defence
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError

DEFENCES = ("jpeg", "blur")


def defence_of(name: str) -> Defence:
    """A defence that is always there, by its name.

    Raises:
        UserError: there is none of that name.
    """
    if name == "jpeg":
        return Compressed()
    if name == "blur":
        return Blurred()
    raise UserError(f"no defence called {name!r}; there are {', '.join(DEFENCES)}")


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


def usual_points(side: int) -> Tensor:
    """Where the five points of a face lie in the common frame of so many pixels, (5, 2): those of the mean face."""
    mean = torch.tensor(ARCFACE_112.points)[None]
    return transform(frame_matrix(mean, side), mean)[0]
