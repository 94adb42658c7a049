"""A value of the slice of handles: a photograph's face with a handle set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.studio.handles.state import HANDLES, HandlesState
from explorer.studio.handles.values import MovedFace
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import KEY, PIXELS


def samples() -> Mapping[Slice[Any], Any]:
    moved = MovedFace(KEY, "photograph", np.zeros((2, 4), np.float32), {"smiling": 0.5}, PIXELS, {"smiling": 2.0})
    return {HANDLES: HandlesState(True, values={"smiling": 2.0}, shown=moved)}
