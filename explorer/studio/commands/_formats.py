"""Which formats a figure is written in, as commands are told."""

from __future__ import annotations

from explorer.studio.errors import UserError
from explorer.studio.export.page import FORMATS


def figure_formats(given: str) -> list[str]:
    """The formats of a list such as "png,svg".

    Raises:
        UserError: one of them is unknown.
    """
    formats = [part.strip().lower() for part in given.split(",")]
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        raise UserError(f"no figure format called {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return formats
