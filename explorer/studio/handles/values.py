"""What can be moved by handles, and where they may stand. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Frame

# The photograph of the selected face itself, the result of the inversion in view, or a face of the generator's own.
Base = Literal["photograph", "result", "sample"]
REACH = 4.0
Styles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MovedFace:
    """A face that was read and moved.

    key: of the face or run; empty of a sample. styles: (L, K) as they were. read: what elements say of these.
    values: where handles are set. picture: (R, R, 3) uint8 of what is moved. fine: whether it is of full size.
    """

    key: str
    base: Base
    styles: Styles
    read: Mapping[str, float]
    picture: Frame
    values: Mapping[str, float] = field(default_factory=dict)
    fine: bool = False
