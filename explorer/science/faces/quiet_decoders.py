"""Keep the libraries behind Pillow from writing their own lines onto the standard error.

What is wrong with a file, Pillow says by an exception, and the reader in a line. libtiff has its handlers for the whole
process: they are taken away once, which needs no redirection that other threads would suffer from.
"""

from __future__ import annotations

import ctypes
import logging
from contextlib import suppress

from PIL import _imaging

_HANDLERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")


def silence() -> None:
    """Take libtiff's handlers away, where they can be found; have Python write nothing of Pillow's log by itself."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    with suppress(OSError, AttributeError):
        # A symbol is also found in the libraries that this one is linked with, wherever they lie.
        library = ctypes.CDLL(_imaging.__file__)
        for name in _HANDLERS:
            handler = getattr(library, name)
            handler.argtypes, handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            handler(None)
