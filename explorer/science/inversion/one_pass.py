"""What draws a vector in one pass, without a search."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class OnePass(Protocol):
    """A decoder, or a generator from vectors to faces."""

    def picture(self, embedding: Tensor, /) -> Tensor:
        """(D,), as the encoder gives it, to (3, S, S) in [0, 1] of the common frame."""
        ...
