"""Where the laboratory asks for a decoder: what turns an encoder's embedding into a picture at one stroke."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from explorer.studio.arrays import Frame
from explorer.studio.catalogue.networks import Networks

# An embedding (D,) to a picture (S, S, 3) of the common frame.
Decode = Callable[[Tensor], Frame]


def decoder_of(networks: Networks, encoder: str) -> Decode | None:
    """The decoder of an encoder; None where there is none.

    No decoder is known to this version: figures leave out the rows of decoded pictures.
    """
    return None
