"""What an inversion seeks besides the embedding: read from the vector by its probes or, for comparison, from the
photograph."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.labels.landmarks import OUTER_EYE_CORNERS
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.errors import UserError
from explorer.studio.faces.frame_labels import frame_histogram, frame_landmarks
from explorer.studio.inversion.photograph_start import wanted_picture


def guidance_for(
    networks: Networks, settings: InversionSettings, embedding: Tensor, frame: NDArray[np.uint8] | None
) -> Guidance:
    """The landmarks and the histogram that the settings ask for, or the photograph itself.

    Args:
        embedding: (D,) of the settings' encoder.
        frame: (R, R, 3) uint8, the photograph's face in the common frame; None where there is only a vector.

    Raises:
        UserError: there is no photograph to take them from, or the encoder has no probes.
        MissingNetwork: dlib's landmarks are not in the cache.
    """
    if settings.targets == "none":
        return Guidance()
    if settings.targets == "vector":
        return predicted(embedding, settings.encoder, settings.tolerance)
    if settings.targets == "picture":
        return Guidance(picture=wanted_picture(networks, frame))
    if frame is None:
        raise UserError(
            "a bare embedding has no photograph to take landmarks and histogram from: have them predicted from the "
            "vector (--targets vector), or leave them out (--targets none)"
        )
    return Guidance(torch.from_numpy(frame_landmarks(networks, frame)), torch.from_numpy(frame_histogram(frame)))


@torch.no_grad()
def predicted(embedding: Tensor, encoder: str, tolerance: float) -> Guidance:
    """What the encoder's probes read off an embedding (D,): f_ID->landmarks and f_ID->histogram of the thesis.

    Args:
        tolerance: in the errors that nine of ten calibration faces stay within.

    Raises:
        UserError: the encoder's probes are missing or damaged, or read no landmarks or colours.
    """
    probes = load_probes(encoder).probes
    lacking = [name for name in ("landmarks", "histogram") if name not in probes]
    if lacking:
        raise UserError(
            f"the probes for {encoder} in use read no {' and no '.join(lacking)}: use those that ship, or leave the "
            "targets out (--targets none)"
        )
    found = {name: probes[name].answers(embedding.cpu().float()[None])[0] for name in ("landmarks", "histogram")}
    margins = {name: tolerance * (probes[name].record.margin or 0.0) for name in found}
    one, other = (found["landmarks"][corner] for corner in OUTER_EYE_CORNERS)
    percent = float((one - other).norm()) / 100
    return Guidance(found["landmarks"], found["histogram"], percent * margins["landmarks"], margins["histogram"])
