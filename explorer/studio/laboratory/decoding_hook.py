"""Where the laboratory asks for a decoder: what turns an encoder's embedding into a picture at one stroke."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from explorer.science.inversion.step import to_uint8
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.decoders import find_decoder
from explorer.studio.catalogue.networks import Networks

# An embedding (D,) to a picture (S, S, 3) of the common frame.
Decode = Callable[[Tensor], Frame]


def decoder_of(networks: Networks, encoder: str) -> Decode | None:
    """The decoder of an encoder; None where none was trained: figures then leave out the rows of decoded pictures.

    Raises:
        UserError: its file is damaged.
    """
    decoder = find_decoder(encoder)
    return None if decoder is None else lambda embedding: to_uint8(decoder.picture(embedding))
