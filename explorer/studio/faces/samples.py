"""The sample faces that ship with the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from explorer.studio import places


@dataclass(frozen=True)
class Sample:
    """One sample face. `title` is for menus; `licence` says whose it is and on what terms."""

    file: str
    title: str
    licence: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return places.resources() / "faces" / self.file


_OPENPEOPLE = "synthetic, openpeople, MIT"

# The first is what a first run shows.
SAMPLES = (
    Sample("astronaut.png", "Astronaut (Eileen Collins)", "NASA, public domain"),
    Sample("synthetic-p002.jpg", "Synthetic portrait P002", _OPENPEOPLE),
    Sample("synthetic-p005.jpg", "Synthetic portrait P005", _OPENPEOPLE),
    Sample("synthetic-p009.jpg", "Synthetic portrait P009", _OPENPEOPLE),
)
