"""ZIP archives of strangers: what reading a damaged one may raise."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

DAMAGED_ZIP: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    OSError,
    # A compression or a version that is not known, a password, a name that is no text, a place before the beginning.
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
)
"""Whatever Python's reader raises of bytes that are no whole archive; `OSError` is bzip2's, or the disk's own."""
