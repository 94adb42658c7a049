"""The leaderboard on paper: the page's tables, laid out on A4 and joined to one PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure as Sheet
from pypdf import PdfWriter

from explorer.studio.export.lettering import wrapped
from explorer.studio.export.page import GREY, HELD_OUT, RULE, SMALL, Page, encoded, house_style
from explorer.studio.export.provenance import into_pdf
from explorer.studio.leaderboard.leaks import LEAKS, Leak
from explorer.studio.leaderboard.values import Board, Figure, Piece
from explorer.studio.leaderboard.words import MISSING, caption, columns, figure_of, interval, number

_WIDE, _HIGH, _SIDE, _TOP, _FOOT = 297.0, 210.0, 15.0, 18.0, 14.0
_LINE, _ROW, _NAMES, _BAR = 3.6, 12.5, 42.0, 26.0
_DPI = 150


def document_of(board: Board, provenance: Mapping[str, Any]) -> bytes:
    """Lay the board out on sheets of A4, landscape: bytes of a PDF with its provenance in it."""
    writer = PdfWriter()
    with house_style():
        for sheet in _sheets(board):
            writer.append(io.BytesIO(encoded(sheet, "pdf", provenance)))
    joined = io.BytesIO()
    writer.write(joined)
    return into_pdf(joined.getvalue(), provenance)


def _sheets(board: Board) -> Iterator[Sheet]:
    for leak in LEAKS.values():
        for set_ in board.sets:
            pieces = [one for one in board.of(leak.name) if one.set == set_]
            room = int((_HIGH - _TOP - _FOOT - 30) // _ROW)
            for first in range(0, len(pieces), room):
                yield _leak_sheet(board, leak, set_, pieces[first : first + room])
    yield from _made_sheets(board)


def _leak_sheet(board: Board, leak: Leak, set_: str, pieces: Sequence[Piece]) -> Sheet:
    page = _page(leak.title, f"{caption(board, set_, leak.name)}.")
    top = _TOP + 10
    for line in wrapped(leak.note, SMALL, _WIDE - 2 * _SIDE):
        page.text(_SIDE, top, line, size=SMALL, colour=GREY)
        top += _LINE
    shown = columns(board.of(leak.name), leak.headline)
    width = min(62.0, (_WIDE - 2 * _SIDE - _NAMES) / len(shown))
    lefts = [_SIDE + _NAMES + width * at for at in range(len(shown))]
    top += 4
    for left, (_, title) in zip(lefts, shown, strict=True):
        page.text(left, top, title, weight="SemiBold")
    page.rule(_SIDE, _WIDE - _SIDE, top + 1.5)
    for number_, piece in enumerate(pieces):
        base = top + 6 + _ROW * number_
        page.text(_SIDE, base, _cut(piece.encoder), weight="Medium")
        for left, (name, _) in zip(lefts, shown, strict=True):
            _cell(page, left, base, width, figure_of(piece, name))
        page.rule(_SIDE, _WIDE - _SIDE, base + _ROW - 4.5, 0.3, RULE)
    return page.figure


def _cell(page: Page, left: float, base: float, width: float, figure: Figure | None) -> None:
    if figure is None or figure.value is None:
        page.text(left, base, MISSING, size=SMALL, colour=GREY)
        said = "" if figure is None else figure.reason
        for line, words in enumerate(wrapped(said, SMALL, width - 4)[:2] if said else (), 1):
            page.text(left, base + 2.6 * line, words, size=SMALL, colour=GREY)
        return
    page.text(left, base, number(figure.value, figure.unit), weight="SemiBold")
    chance = "" if figure.chance is None else f"chance {number(figure.chance, figure.unit)}"
    page.text(left, base + 2.9, interval(figure), size=SMALL, colour=GREY)
    page.text(left, base + 5.6, chance, size=SMALL, colour=GREY)
    if figure.unit in ("", "cosine"):
        end = min(max(figure.value, 0.0), 1.0)
        start, long = left + 17.0, min(_BAR, width - 20.0)
        page.rule(start, start + long, base - 0.8, 3.0, RULE)
        page.rule(start, start + long * end, base - 0.8, 3.0, HELD_OUT[0])


def _made_sheets(board: Board) -> Iterator[Sheet]:
    lines = [
        f"{name}: {value}" for part in (board.settings, board.machine, board.versions) for name, value in part.items()
    ]
    lines += [f"{name}  {digest}" for name, digest in board.networks.items()]
    lines += list(dict.fromkeys(one.credit for one in board.pieces if one.credit))
    room = int((_HIGH - _TOP - _FOOT - 14) // _LINE)
    for first in range(0, len(lines), room):
        page = _page(
            "How it was made", f"Measured on {board.created}; settings, machine, versions, sha256 of networks."
        )
        for at, line in enumerate(lines[first : first + room]):
            page.text(_SIDE, _TOP + 12 + _LINE * at, line, size=SMALL)
        yield page.figure


def _page(title: str, below: str) -> Page:
    page = Page(_WIDE, _HIGH, _DPI)
    page.text(_SIDE, _TOP, title, size=15, weight="SemiBold")
    page.text(_SIDE, _TOP + 5.5, below, colour=GREY)
    page.text(_SIDE, _HIGH - 8, "Likeness leaderboard: what face embeddings give away", size=SMALL, colour=GREY)
    return page


def _cut(name: str, most: int = 30) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
