"""Names of files as they are shown and kept: on one line, in characters that every screen, file and record can hold.

A name comes from strangers. It may hold bytes that are no UTF-8 (out of old archives), line breaks, and sequences
that a terminal obeys. Files are opened by their paths, which stay as they are; whatever is shown or kept is made here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

# Control characters, separators of lines, whatever turns the direction of writing, and bytes that are no UTF-8.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPED_PATH = "file://"


def shown(name: object) -> str:
    """A name or path on one line, with what cannot be shown as in a web address: `a%0Ab.jpg`.

    There is no backslash among these characters: that parts folders.

    Example:
        >>> from explorer.science.names import shown
        >>> shown("caf\\udce9\\n.jpg")
        'caf%E9%0A.jpg'
    """
    return _UNSHOWN.sub(lambda found: quote(_bytes(found[0])), str(name))


def shown_lines(text: str) -> str:
    """A sentence that may hold names: as `shown`, and where it breaks its lines, it goes on doing so."""
    return "\n".join(map(shown, text.split("\n")))


def said(error: BaseException, longest: int = 160) -> str:
    """What an error of a library says, on one line and no longer than that; its kind where it says nothing.

    Example:
        >>> from explorer.science.names import said
        >>> said(ValueError("no\\nnumber")), said(MemoryError())
        ('no number', 'MemoryError')
    """
    words = " ".join(str(error)[: 4 * longest].split())
    return shown(words[:longest]) if words else type(error).__name__


def name_of(path: Path) -> str:
    """The name of a file or folder without the folders before it, as it is shown."""
    return shown(path.name)


def kept_path(path: Path) -> str:
    """A path as text for JSON: as it is where it can be, else as the address of a file.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.names import kept_path, path_kept
        >>> kept_path(Path("/a/caf\\udce9.jpg"))
        'file:///a/caf%E9.jpg'
        >>> path_kept("file:///a/caf%E9.jpg") == Path("/a/caf\\udce9.jpg")
        True
    """
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ESCAPED_PATH + quote(os.fsencode(path))
    return text


def path_kept(text: str) -> Path:
    """The path that `kept_path` made text of."""
    if text.startswith(_ESCAPED_PATH):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_ESCAPED_PATH))))
    return Path(text)


def _bytes(character: str) -> bytes:
    try:
        return character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return character.encode("utf-8", "surrogatepass")
