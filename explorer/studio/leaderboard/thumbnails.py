"""Small pictures of reconstructions for the page, of sets whose pictures may be shown alone."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from explorer.studio.evaluation import openpeople

SIDE = 96
# Synthetic people under a licence that allows it; nobody else's picture is ever written out.
_SHOWN = (openpeople.NAME,)


def may_be_shown(given: str) -> bool:
    """Whether pictures made from a set may stand on a page."""
    return given in _SHOWN


def thumbnail(picture: Path) -> bytes:
    """A result as a small JPEG; that it is a reconstruction stands in the caption below."""
    with Image.open(picture) as image:
        small = image.convert("RGB").resize((2 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=85)
    return file.getvalue()
