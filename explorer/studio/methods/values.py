"""What came of the ways back to a face of one vector, as the window shows it. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.methods.comparing import MethodRow


@dataclass(frozen=True, eq=False)
class WaySeen:
    """A way that ended. picture: (R, R, 3) uint8; None where it lacks something. searches: whether a search can begin
    with its answer."""

    row: MethodRow
    picture: NDArray[np.uint8] | None
    searches: bool = False


@dataclass(frozen=True, eq=False)
class WayNow:
    """The way under way. words: how far it is. picture: (S, S, 3) uint8, the newest; None where there is none yet."""

    title: str
    words: str
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class WaysEnded:
    """All ways were gone, or those that were wanted. key: of the comparison."""

    key: str
