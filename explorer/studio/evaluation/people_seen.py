"""What encoders saw of photographs of people, in a file: a photograph that was embedded once is not embedded again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.face import Photograph
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.files import atomic_write

# So many are seen before the file is written anew.
_EVERY = 500


@dataclass(frozen=True, eq=False)
class Seen:
    """The embeddings of a photograph's most prominent face, (D,) by encoder, and how many faces it shows."""

    embeddings: Mapping[str, Tensor]
    faces: int


class SeenBefore:
    """Embeddings by the photographs' content, of all encoders that are here; its owner alone may read the file.

    Args:
        path: of the file; where None, nothing is kept. A damaged one is made again.
        encoder: that is attacked, which takes part whether it is switched off or not.
    """

    def __init__(self, path: Path | None, encoder: str) -> None:
        present = () if path is None else present_encoders()
        self._path = path
        self._encoders = [name for name in ENCODERS.names() if name == encoder or name in present]
        self._known: dict[str, Tensor] = {}
        self._new = 0
        if path is not None:
            try:
                self._known = load_file(path)
            except (OSError, SafetensorError):
                self._known = {}

    def get(self, title: str, photograph: Photograph) -> Seen | None:
        """What was seen of a photograph; None where it was not looked at by these very encoders."""
        row = self._known.get(self._key(title, photograph))
        if row is None:
            return None
        sizes = [encoder_spec(encoder).dimension for encoder in self._encoders]
        *parts, faces = row.split([*sizes, 1])
        return Seen(dict(zip(self._encoders, parts, strict=True)), int(faces))

    def put(self, title: str, photograph: Photograph, seen: Seen) -> None:
        """Note what was seen of a photograph."""
        key = self._key(title, photograph)
        if self._path is None or key in self._known:
            return
        parts = [seen.embeddings[encoder].float() for encoder in self._encoders]
        self._known[key] = torch.cat([*parts, torch.tensor([float(seen.faces)])])
        self._new += 1
        if self._new >= _EVERY:
            self.save()

    def save(self) -> None:
        """Write what is new."""
        if self._path is not None and self._new:
            atomic_write(self._path, encode(self._known))
            self._new = 0

    def _key(self, title: str, photograph: Photograph) -> str:
        named = "\n".join([title, photograph.sha256, *map(encoder_key, self._encoders)])
        return hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()


def encoder_key(encoder: str) -> str:
    """Under which an encoder's embeddings are kept: other weights see something else."""
    return f"{encoder}.{catalogue.sha256(encoder_spec(encoder).network)[:12]}"
