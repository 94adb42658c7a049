"""A value of the variation's slice: two inversions of the one face, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.science.leakage.labels import stacked
from explorer.studio.session.slices import Slice
from explorer.studio.variation.state import VARIATION, VariationState
from explorer.studio.variation.values import EnsembleResult
from tests.studio.leakage.three_ways_kit import labels_of
from tests.studio.slice_kit import target
from tests.studio.variation.variation_kit import made_up_variation


def samples() -> Mapping[Slice[Any], Any]:
    finished = replace(made_up_variation(2), labels=stacked([labels_of(seed) for seed in (1, 2)]))
    painted = np.repeat(np.arange(64, dtype=np.uint8)[:, None, None], 64, 1).repeat(3, 2)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    varied = EnsembleResult("variation-1", finished, painted, ramp, 30.0, finished.reconstruction())
    pictures = tuple(result.native for result in finished.results)
    return {VARIATION: VariationState("variation-1", target(), 2, False, "finished", pictures, ("a", "b"), varied)}
