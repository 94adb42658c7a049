"""The photographs in folders and the folders in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from explorer.studio.gallery.listing import natural

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})


def photographs_in(root: Path) -> Iterator[Path]:
    """Photographs below a folder, folder by folder, sorted as people sort, by their names' endings.

    Hidden files and folders are left out, links to folders are not followed, and folders that may not be read are
    passed over.
    """
    for folder, inner, files in os.walk(root):
        inner[:] = sorted((name for name in inner if not name.startswith(".")), key=natural)
        for name in sorted(files, key=natural):
            if not name.startswith(".") and Path(name).suffix.lower() in ENDINGS:
                yield Path(folder, name)


def folder_name(photograph: Path, roots: Sequence[Path]) -> str:
    """Name of the folder that a photograph lies in; empty where that is one of the folders that were added."""
    return "" if photograph.parent in roots else photograph.parent.name
