"""Where the inversion of a photograph itself begins: the answer of the encoder into W+, else the mean face."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.inversion.known_start import KnownStart
from explorer.science.inversion.settings import InversionSettings, StartOrigin
from explorer.science.inversion.sizing import sized
from explorer.science.inversion.terms import WantedPicture
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.photograph_encoders import load_photograph_encoder, photograph_encoder_file
from explorer.studio.errors import UserError

PERCEPTUAL = "lpips-alex"
# At how many pixels a side a photograph is compared at most.
_SIDE = 256


@dataclass(frozen=True, eq=False)
class PhotographStart:
    """What proposes it, and where it comes from."""

    proposer: KnownStart
    origin: StartOrigin


def wanted_picture(networks: Networks, frame: NDArray[np.uint8] | None) -> WantedPicture:
    """The photograph's face as it is sought.

    Args:
        frame: (R, R, 3) uint8 in the common frame; None where there is only a vector.

    Raises:
        UserError: there is no photograph.
        MissingNetwork: LPIPS is not in the cache.
    """
    if frame is None:
        raise UserError("a bare embedding has no photograph to invert: open the photograph, or choose other targets")
    return WantedPicture(sized(frame_image(frame), _SIDE)[0], networks.lpips("alex"))


def frame_image(frame: NDArray[np.uint8]) -> Tensor:
    """(R, R, 3) uint8 RGB to (1, 3, R, R) in [0, 1]."""
    return torch.from_numpy(frame.copy()).permute(2, 0, 1)[None].float() / 255


def begins_by_encoder(
    settings: InversionSettings, recorded: Container[str] | None = None, given: Path | None = None
) -> bool:
    """Whether the encoder answers first: it is there, leads into the W+ of the settings' generator, and took part in
    the run that is made again, where one is.

    Args:
        given: the file of the user's own encoder; the program's if None.

    Raises:
        UserError: its file is damaged.
    """
    file = given or photograph_encoder_file()
    if not file.exists() or (recorded is not None and file.stem not in recorded):
        return False
    return load_photograph_encoder(given)[1].generator == settings.generator


def photograph_start(
    networks: Networks,
    settings: InversionSettings,
    picture: WantedPicture,
    recorded: Container[str] | None = None,
    given: Path | None = None,
) -> PhotographStart:
    """Where the search for a photograph begins.

    Args:
        recorded: names of the networks of the run that is made again; None of a new one. given: as `begins_by_encoder`.

    Raises:
        UserError: the settings search another space, or the encoder's file is damaged.
    """
    if settings.space != "W+":
        raise UserError(f"a photograph is inverted in W+, not in {settings.space}: choose W+ as the space")
    generator = networks.generator(settings.generator)
    if begins_by_encoder(settings, recorded, given):
        encoder, _ = load_photograph_encoder(given)
        return PhotographStart(KnownStart(encoder.answer(picture.pixels)), "photograph")
    mean = generator.mean_w.cpu().expand(generator.spec.latent_shape("W+")).clone()
    return PhotographStart(KnownStart(mean), "mean")
