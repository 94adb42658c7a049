"""A traced picture as it is shown: before what is behind, not overexposed, in display values."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.synthetic.spectrum import Spectrum, in_light_of
from explorer.science.synthetic.surfaces import Floats, display_from_linear

# So bright is no more than a hundredth of what the person covers; cameras expose by that, too.
_BRIGHT: dict[Spectrum, float] = {"visible": 0.80, "infrared": 0.60}
_SHARE = 99.0


def developed(traced: NDArray[np.float32], background: Floats, spectrum: Spectrum = "visible") -> NDArray[np.uint8]:
    """(S, S, 3) sRGB; grey in near infrared.

    Args:
        traced: (S, S, 4) linear light of the person, and how much of the pixel they cover.
        background: (3, S, S) linear.
    """
    light, share = traced[..., :3].astype(np.float64), traced[..., 3:].astype(np.float64)
    covered = light[share[..., 0] > 0.5]
    if len(covered):
        brightest = float(np.percentile(covered.max(1), _SHARE))
        light = light * min(1.0, _BRIGHT[spectrum] / max(brightest, 1e-9))
    behind = in_light_of(background.transpose(1, 2, 0), spectrum)
    whole = light + (1 - share) * behind
    if spectrum == "infrared":
        # Channels went the same way but for rounding.
        whole = np.repeat(whole.mean(2, keepdims=True), 3, 2)
    shown = display_from_linear(torch.from_numpy(whole)).numpy()
    return np.asarray(np.rint(255 * shown), np.uint8)
