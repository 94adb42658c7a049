"""Text of tables in aligned columns, no line wider than a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows in columns; those for which a line has no room go on below, behind the first one again."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for columns in _groups(widths, width):
        shown = [row for row in rows if any(row[column] for column in columns)]
        lines += [
            "  " + "  ".join(row[column].ljust(widths[column]) for column in (0, *columns)).rstrip() for row in shown
        ]
    return lines


def _groups(widths: Sequence[int], width: int) -> list[list[int]]:
    """The columns behind the first, in as many groups as there have to be, each as wide as a line is at most."""
    groups: list[list[int]] = []
    left = 0
    for column, needed in enumerate(widths[1:], 1):
        if not groups or needed + 2 > left:
            groups.append([])
            left = width - 2 - widths[0]
        groups[-1].append(column)
        left -= needed + 2
    return groups


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Words in lines of at most a width, each behind an indent."""
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
