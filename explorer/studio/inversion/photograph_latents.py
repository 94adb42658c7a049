"""The latent of a photograph as an imported image encoder tells it: what a generator can draw of it, and no attack."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.face import FaceCrop
from explorer.science.generation.registry import GENERATORS, generator_spec
from explorer.science.inversion.step import to_uint8
from explorer.studio.catalogue.image_encoders import fitting, image_encoder, load_image_encoder
from explorer.studio.catalogue.networks import Networks


def reconstruct(
    crop: FaceCrop, by: str, generator: str | None = None, networks: Networks | None = None
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Tell the latent of a face, and draw it.

    It is told by the photograph and not by an embedding: how near the generator comes to a face that is shown to it.

    Args:
        crop: as `explorer.open_face` gives it.
        by: the encoder's name, as `likeness networks import` keeps it.
        generator: that draws it; the first that has as many styles where None.
        networks: that draw; on the CPU where None.

    Returns:
        (L, K) of W+, and (R, R, 3) uint8 RGB.

    Raises:
        UserError: there is no such encoder, no generator that draws what it tells, or it is damaged.
        MissingNetwork: a file of the generator is not in the cache.
    """
    card, networks = image_encoder(by), networks or Networks("cpu")
    known = GENERATORS.names() if generator is None else (generator,)
    drawn_by = networks.generator(fitting(card, map(generator_spec, known)).id)
    frame = torch.from_numpy(crop.frame.copy()).to(networks.device).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        latent = load_image_encoder(card).to(networks.device).encode(frame, drawn_by.image)
        numbers: NDArray[np.float32] = latent[0].cpu().numpy()
        return numbers, to_uint8(drawn_by.image(latent)[0])
