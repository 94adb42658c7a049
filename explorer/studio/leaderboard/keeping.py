"""Where pieces are kept, a file each: what was measured by the same settings and networks is not measured again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from explorer.studio.files import atomic_write
from explorer.studio.leaderboard.values import Piece
from explorer.studio.places import private_folder

_LARGEST = 4 * 2**20


def key_of(about: Mapping[str, object]) -> str:
    """A hash of what a piece follows from."""
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()


class KeptPieces:
    """The pieces in a folder.

    Args:
        folder: made when the first piece is kept; its owner alone may read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, encoder: str, set_: str, leak: str, key: str) -> Piece | None:
        """The piece of that key; None where there is none, or it is damaged."""
        place = self._place(encoder, set_, leak)
        try:
            if place.stat().st_size > _LARGEST:
                return None
            piece = Piece.model_validate_json(place.read_bytes())
        except (OSError, ValidationError):
            return None
        return piece if (piece.encoder, piece.set, piece.leak, piece.key) == (encoder, set_, leak, key) else None

    def put(self, piece: Piece) -> None:
        """Keep a piece in place of an earlier one of the same encoder, set and leak.

        Raises:
            UserError: the folder cannot be written to.
        """
        private_folder(self._folder)
        atomic_write(self._place(piece.encoder, piece.set, piece.leak), piece.model_dump_json(indent=1).encode())

    def _place(self, encoder: str, set_: str, leak: str) -> Path:
        named = hashlib.sha256("\n".join((encoder, set_, leak)).encode()).hexdigest()[:16]
        return self._folder / f"{leak}-{named}.json"
