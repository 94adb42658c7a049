"""The styles of a photograph: by the encoder into W+, and by descent behind it, or from the mean without one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.photograph_encoders import MISSING, load_photograph_encoder, photograph_encoder_file
from explorer.studio.errors import UserError
from explorer.studio.inversion.photograph_start import frame_image
from explorer.studio.inversion.running import FinishedInversion, Inverting, run_inversion
from explorer.studio.inversion.targets import photograph_target

Consume = Callable[[Inverting], FinishedInversion]


def frame_styles(frame: NDArray[np.uint8]) -> Tensor:
    """The styles (L, K) that the encoder into W+ answers to a face's common frame (R, R, 3).

    Raises:
        UserError: no such encoder was trained, or it is damaged.
    """
    if not photograph_encoder_file().exists():
        raise UserError(MISSING)
    return load_photograph_encoder()[0].answer(frame_image(frame)[0])


def photograph_styles(
    networks: Networks, photograph: Photograph, face: Face, steps: int, encoder: str, consume: Consume
) -> Tensor:
    """The styles (L, K) of a photograph's face.

    Args:
        steps: of descent; 0 for the encoder's answer alone. encoder: who the face shall be to, in descent.

    Raises:
        UserError: there are no steps and no encoder into W+.
    """
    if not steps:
        return frame_styles(crop_frame(photograph, face).frame)
    settings = PHOTOGRAPH.with_choices({"encoder": encoder, "steps": steps}, {})
    settings = settings.model_copy(update={"score_every": 1000})
    opened = photograph_target(networks, photograph, face, encoder)
    finished = consume(run_inversion(networks, opened.target, settings))
    with torch.no_grad():
        return networks.generator(settings.generator).styles(finished.latent[None].to(networks.device), "W+")[0].cpu()
