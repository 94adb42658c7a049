"""Taking an encoder of the user's away, with what the program holds of it outside of its own folder."""

from __future__ import annotations

from contextlib import suppress

from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import EncoderCard, remove_encoder
from explorer.studio.errors import UserError
from explorer.studio.gallery.store import forget_encoder


def remove_network(name: str) -> EncoderCard:
    """Take a brought encoder away: its files, its probes, and the embeddings by it in the cache; return its card.

    Raises:
        UserError: there is none of that name, or it cannot be removed.
    """
    card = remove_encoder(name)
    with suppress(places.NoHomeError, UserError):  # a cache that cannot be written to is done without
        forget_encoder(places.cache(), name)
    return card
