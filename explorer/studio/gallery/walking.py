"""How a photograph's folder is called in the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.science.names import name_of


def folder_name(photograph: Path, roots: Sequence[Path]) -> str:
    """Name of the folder that a photograph lies in; empty where that is one of the folders that were added."""
    return "" if photograph.parent in roots else name_of(photograph.parent)
