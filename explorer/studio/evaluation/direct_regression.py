"""The face that an embedding is turned into at one stroke, without a search (thesis 4.2.1, figure 4.2)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.inversion.regressor import Objective
from explorer.science.inversion.step import to_uint8
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.regressors import load_regressor
from explorer.studio.inversion.running import InversionTarget


@torch.no_grad()
def direct_regression(networks: Networks, target: InversionTarget, objective: Objective) -> NDArray[np.uint8]:
    """Draw a regressor's answer to an embedding: (1024, 1024, 3) uint8 RGB.

    Args:
        objective: what the regressor was trained for.

    Raises:
        UserError: no such regressor was trained for the encoder, or its file is damaged.
    """
    regressor, _ = load_regressor(target.record.encoder, "W", objective)
    generator = networks.generator()
    w = regressor(target.embedding[None].float().cpu()).to(networks.device)
    return to_uint8(generator.image(generator.styles(w, "W"))[0])
