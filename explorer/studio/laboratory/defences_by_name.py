"""The defences of a program: those that are always there, and the decoder of an encoder, by the names of commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from explorer.science.faces.alignment import ARCFACE_112, frame_matrix, transform
from explorer.science.laboratory.defences import Blurred, Compressed, Decode, Decoded, Defence
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError

DEFENCES: Mapping[str, Callable[[], Defence]] = {"jpeg": Compressed, "blur": Blurred}
"""Those that are always there, by the names of commands."""


def defence_of(name: str) -> Defence:
    """A defence that is always there, by its name.

    Raises:
        UserError: there is none of that name.
    """
    if name not in DEFENCES:
        raise UserError(f"no defence called {name!r}; there are {', '.join(DEFENCES)}")
    return DEFENCES[name]()


def defence_called(title: str) -> Defence:
    """A defence by what records call it.

    Raises:
        UserError: there is none of that name.
    """
    found = next((one for make in DEFENCES.values() if (one := make()).name == title), None)
    if found is None:
        raise UserError(f"no defence called {title!r} is here; there are {', '.join(DEFENCES)}")
    return found


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
