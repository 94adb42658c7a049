"""Numbers out of text, as spreadsheets, pandas, R and numpy write them.

Two things may be unclear. A comma separates or is decimal: where the numbers are separated by something else, or every
line is one such number, it is decimal. And a row or column may name the numbers instead of being some: it is left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ENCODER_COMMENT = "# encoder:"

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
# As Python prints lists, arrays and tensors.
_PRINTED = re.compile(r"\s*(?:\w+\.)?(?:array|tensor)\((.*?)(?:,\s*\w+=[\w.:'\"]+)*\)\s*", re.DOTALL)
_LONGEST_SHOWN = 30


@dataclass(frozen=True)
class _Line:
    """number: from 1, in the file. cells: what stands between the separators."""

    number: int
    cells: list[str]


def parse_text(data: bytes) -> tuple[NDArray[Any], str | None]:
    """Read numbers: (D,) where there is one row or column of them, else (rows, columns).

    A line `# encoder: NAME` names the encoder; `#` begins a comment. The numbers are separated by commas, semicolons,
    tabs or spaces, their decimal sign is a point or a comma. Headers and an index are left out.

    Returns:
        The numbers, and the encoder that the text names, or None.

    Raises:
        ValueError: it is no text, or holds something else than numbers; which, and in which line.
    """
    encoder, lines = None, []
    for number, line in enumerate(_decoded(data).splitlines(), 1):
        if line.startswith(ENCODER_COMMENT):
            encoder = line.removeprefix(ENCODER_COMMENT).strip() or None
        content = line.split("#", 1)[0].strip()
        if content:
            lines.append((number, content))
    rows = _rows(_unbracketed(lines))
    return np.array(_numbers(_without_names(rows)), np.float64), encoder


def _decoded(data: bytes) -> str:
    kind = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(kind)
    except UnicodeDecodeError:
        raise ValueError("it is no text") from None
    if "\0" in text:
        raise ValueError("it is no text")
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")


def _unbracketed(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines without the brackets of a printed list, which is one row however it was wrapped."""
    whole = "\n".join(content for _, content in lines)
    printed = _PRINTED.fullmatch(whole)
    whole = (whole if printed is None else printed[1]).strip()
    if whole.startswith("[") and whole.endswith("]"):
        inner = whole.strip("[] \n")
        if "[" not in inner:
            return [(lines[0][0], " ".join(inner.split()))]
    return lines


def _rows(lines: list[tuple[int, str]]) -> list[_Line]:
    """Lines taken apart at their separators, decimal commas turned into points."""
    separator: str | None = None
    if lines and lines[0][1].lower().startswith("sep="):  # Excel's own line
        separator, lines = lines[0][1][4:5] or None, lines[1:]
    contents = [content for _, content in lines]
    separator = separator or _separator(contents)
    rows = [_Line(number, _cells(content, separator)) for number, content in lines]
    if separator == ",":
        _refuse_two_commas(rows)
    return [_Line(row.number, [_with_point(cell) for cell in row.cells]) for row in rows]


def _separator(contents: Sequence[str]) -> str | None:
    """What separates the numbers of these lines; None for spaces."""
    whole = "\n".join(contents)
    for one in ";\t":
        if one in whole:
            return one
    if "," not in whole:
        return None
    words = [word for content in contents for word in content.split()]
    lines = [content.split() for content in contents]
    if "." in whole or not any(map(_DECIMAL_COMMA.fullmatch, words)):
        return ","
    if any(len(line) > 1 for line in lines):
        return None if all(map(_is_number, words)) else ","
    # A name may stand above a column.
    column = words if _is_number(words[0]) else words[1:]
    return None if len(column) > 2 and all(map(_is_number, column)) and not _counted(column) else ","


def _is_number(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None or _DECIMAL_COMMA.fullmatch(word) is not None


def _counted(words: Sequence[str]) -> bool:
    """Whether what stands before each comma is an index."""
    return _consecutive([word.split(",")[0] for word in words])


def _consecutive(cells: Sequence[str]) -> bool:
    """Whether cells count from 0 or 1."""
    counted = [str(place) for place in range(len(cells) + 1)]
    return list(cells) in (counted[:-1], counted[1:])


def _cells(content: str, separator: str | None) -> list[str]:
    if separator is None:
        return [cell.strip("\"'") for cell in content.split()]
    try:
        cells = [cell.strip() for cell in next(csv.reader([content], delimiter=separator, skipinitialspace=True))]
    except (csv.Error, StopIteration) as error:
        raise ValueError(f"its rows cannot be taken apart: {error}") from None
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _refuse_two_commas(rows: Sequence[_Line]) -> None:
    """Refuse numbers like 0,12,-0,5: nobody can tell which comma is decimal."""
    cells = [cell for row in rows for cell in row.cells]
    if len(cells) < 4 or len(cells) % 2 or not all(_WHOLE.fullmatch(cell) for cell in cells):
        return
    before, behind = cells[::2], cells[1::2]
    long = sum(len(cell) > 2 for cell in behind)
    if all(cell.isdigit() for cell in behind) and 2 * long >= len(behind) and all(len(cell) <= 3 for cell in before):
        raise ValueError("its commas seem to be decimal and to separate: separate the numbers by semicolons")


def _without_names(rows: list[_Line]) -> list[_Line]:
    """Rows without a header that names the columns and an index that names the rows."""
    header: list[str] = []
    if len(rows) > 1 and _names(rows[0].cells, rows[1:]):
        header, rows = rows[0].cells, rows[1:]
    widths = {len(row.cells) for row in rows}
    if len(widths) == 1 and (width := widths.pop()) > 1:
        first = [row.cells[0] for row in rows]
        unnamed = bool(header) and (header[0] == "" or len(header) == width - 1)
        if unnamed or (width == 2 and len(rows) > 1 and _consecutive(first)):
            rows = [_Line(row.number, row.cells[1:]) for row in rows]
    return rows


def _names(cells: Sequence[str], below: Sequence[_Line]) -> bool:
    """Whether the first row names the numbers below it."""
    if len(cells) == 1:
        # pandas heads a single column by 0; among decimals, a number would be 0.0, or there would be more of it.
        others = [row.cells[0] for row in below]
        headed = cells[0] == "0" and "0" not in others and any("." in other for other in others)
        return headed or not _NUMBER.fullmatch(cells[0])
    numbered = cells[1:] if not cells[0] else cells
    return not all(_NUMBER.fullmatch(cell) for cell in cells) or (len(cells) > 2 and _consecutive(numbered))


def _numbers(rows: Sequence[_Line]) -> list[list[float]]:
    for row in rows:
        for cell in row.cells:
            if not cell:
                raise ValueError(f"line {row.number} has an empty cell where a number belongs")
            if not _NUMBER.fullmatch(cell):
                shown = cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}…"
                raise ValueError(f"line {row.number} holds {shown!r}, which is no number")
    if len({len(row.cells) for row in rows}) > 1:
        raise ValueError("its rows have different lengths")
    return [[float(cell) for cell in row.cells] for row in rows]
