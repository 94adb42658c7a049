"""Whether a file is a figure of this program: told by its beginning, without a parser."""

from __future__ import annotations

from pathlib import Path

from explorer.studio.files import record_beside

SUFFIXES = (".png", ".svg", ".pdf", ".json", ".mp4", ".gif")
_LOOKED_AT = 65_536
# As `provenance.py` writes them: a text chunk right behind a PNG's header, a namespace, a format.
_SIGNS = {
    ".png": (b"iTXtlikeness\x00",),
    ".svg": (b"urn:likeness:provenance:1",),
    ".json": (b"likeness-provenance/1",),
}


def is_figure(path: Path) -> bool:
    """Whether a file seems to say how this program made it. A PDF cannot be told by its beginning: it is taken for one,
    as nothing else is made of PDFs; so is a film with a record beside it."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or not path.is_file():
        return False
    if suffix in (".mp4", ".gif"):
        return record_beside(path).is_file()
    if suffix == ".pdf":
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    return any(sign in head for sign in _SIGNS[suffix])
