"""What reading folders has brought, in words: of these folders alone, whatever else the gallery holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.science.names import name_of
from explorer.studio.gallery.state import Gallery


def read_in_words(gallery: Gallery, roots: Sequence[Path], photographs: int, passed_over: str = "") -> str:
    """Say what came of folders.

    Args:
        gallery: with what was found in them.
        roots: the folders that were read.
        photographs: how many these hold, with the folders in them.
        passed_over: in words, what lies there that is no photograph.
    """
    names = " and ".join(name_of(root) or str(root) for root in roots)
    passed = f". Passed over: {passed_over}" if passed_over else ""
    if not photographs:
        return f"{names}: there are no photographs{passed}"
    faces = [face.path for face in gallery.faces() if _below(face.path, roots)]
    refused = {one.path for one in gallery.refused if _below(one.path, roots)}
    parts = [f"{names}: {_counted(len(faces), 'face')} in {_counted(photographs, 'photograph')}"]
    if refused:
        parts.append(f"{len(refused)} could not be used")
    known = photographs - len(refused | set(faces))
    if known > 0:
        parts.append(f"{known} with the faces of photographs that lie in other folders, too")
    if len(faces) < len(gallery):
        parts.append(f"the gallery holds {_counted(len(gallery), 'face')} now")
    return "; ".join(parts) + passed


def _below(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
