"""The leaderboard as one page of HTML that needs nothing else: no network, no other file.

Whatever it says is escaped: names of encoders, sets and networks are the user's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from explorer.studio.leaderboard.leaks import LEAKS, Leak
from explorer.studio.leaderboard.page_style import SCRIPT, STYLE
from explorer.studio.leaderboard.values import Board, Figure, Piece
from explorer.studio.leaderboard.words import MISSING, caption, columns, figure_of, interval, number

_WIDTH, _HEIGHT = 112, 14
_LEGEND = (
    ('<rect class="fill" x="0" y="3" width="36" height="8"/>', "value"),
    ('<line class="whisker" x1="2" y1="7" x2="34" y2="7"/>', "95 % interval by person"),
    ('<line class="chance" x1="18" y1="0" x2="18" y2="14"/>', "chance"),
)


def page_of(board: Board, provenance: Mapping[str, Any]) -> str:
    """Draw the page.

    Args:
        provenance: how it was made; stands in the page as JSON.
    """
    leaks = [leak for leak in LEAKS.values() if board.of(leak.name)]
    links = "".join(f'<li><a href="#{leak.name}">{escape(leak.title)}</a></li>' for leak in leaks)
    legend = "".join(
        f'<li><svg aria-hidden="true" viewBox="0 0 36 14"><title>{words}</title>{drawn}</svg> {words}</li>'
        for drawn, words in _LEGEND
    )
    sets = " and ".join(board.sets)
    lead = (
        f"{len(board.encoders)} encoders on {sets}: what a stored vector tells, and whether it can be turned back. "
        "Every number stands beside its interval and what chance would reach. A higher score means that more leaks; "
        "none says that an encoder is safe."
    )
    # A closing tag inside would end the element that it stands in.
    record = json.dumps(provenance, ensure_ascii=True, default=str).replace("<", "\\u003c")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f'<title>Leakage of face embeddings: {escape(sets)}</title><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body>"
        f'<header><p class="kicker">Likeness leaderboard</p><h1>What face embeddings give away</h1>'
        f'<p class="lead">{escape(lead)}</p><nav aria-label="Leaks"><ul><li><a href="#overview">Overview</a></li>'
        f'{links}<li><a href="#made">How it was made</a></li></ul></nav></header><main>'
        f'<section id="overview" aria-labelledby="overview-title"><h2 id="overview-title">Overview</h2>'
        f"<p>One figure of each leak; the sections below have the others, and say why one "
        f'was not measured.</p><ul class="legend">{legend}</ul>'
        f"{_overview(board, leaks)}</section>{''.join(_section(board, leak) for leak in leaks)}"
        f"{_made(board)}</main><footer>{_credits(board)}</footer>"
        f'<script type="application/json" id="likeness">{record}</script><script>{SCRIPT}</script></body></html>\n'
    )


def _overview(board: Board, leaks: Sequence[Leak]) -> str:
    """A row an encoder; a column a leak and set."""
    wanted = [(leak, set_) for leak in leaks for set_ in board.sets]
    heads = [(f"{leak.title}, {set_}", False) for leak, set_ in wanted]
    rows = []
    for encoder in board.encoders:
        cells = []
        for leak, set_ in wanted:
            piece = next((one for one in board.of(leak.name) if (one.encoder, one.set) == (encoder, set_)), None)
            cells.append(_cell(None if piece is None else figure_of(piece, leak.headline), beside=False))
        rows.append((encoder, cells))
    return _table("One row an encoder; shares in percent.", "Encoder", heads, rows, "Overview of all leaks")


def _section(board: Board, leak: Leak) -> str:
    drawn = []
    for set_ in board.sets:
        pieces = tuple(one for one in board.of(leak.name) if one.set == set_)
        if not pieces:
            continue
        shown = columns(pieces, leak.headline)
        rows = [(one.encoder, [_cell(figure_of(one, name), beside=True) for name, _ in shown]) for one in pieces]
        heads = [(title, False) for _, title in shown]
        drawn.append(_table(caption(board, set_, leak.name), "Encoder", heads, rows, f"{leak.title}, {set_}"))
        drawn.append("".join(_faces(one) for one in pieces if one.faces))
    title = f'<h2 id="{leak.name}-title">{escape(leak.title)}</h2><p>{escape(leak.note)}</p>'
    opened = f'<section id="{leak.name}" aria-labelledby="{leak.name}-title">'
    return f"{opened}{title}{''.join(drawn)}</section>"


def _table(
    caption_: str, first: str, heads: Sequence[tuple[str, bool]], rows: Sequence[tuple[str, list[str]]], label: str
) -> str:
    def head(title: str, words: bool) -> str:
        kind = ' class="words" data-sort="words"' if words else ""
        return f'<th scope="col"{kind}><button type="button">{escape(title)}</button></th>'

    body = "".join(
        f'<tr><th scope="row" data-value="{escape(name)}">{escape(name)}</th>{"".join(cells)}</tr>'
        for name, cells in rows
    )
    titles = "".join(head(title, words) for title, words in ((first, True), *heads))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}"><table>'
        f"<caption><span>{escape(caption_)}</span></caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(figure: Figure | None, beside: bool) -> str:
    if figure is None or figure.value is None:
        # The overview has no room for it; the leak's own section says it.
        told = beside and figure is not None and figure.reason
        reason = f'<span class="reason">{escape(figure.reason)}</span>' if figure is not None and told else ""
        return f'<td data-value="">{MISSING}{reason}</td>'
    ends = interval(figure)
    said = [f'<span class="ends">{escape(ends)}</span>'] if ends else []
    if figure.chance is not None:
        said.append(f'<span class="ends">chance {escape(number(figure.chance, figure.unit))}</span>')
    if beside and figure.beside:
        said.append(f'<span class="beside">{escape(figure.beside)}</span>')
    value = f'<span class="value">{escape(number(figure.value, figure.unit))}</span>'
    return f'<td data-value="{figure.value:.6g}">{value}{_bar(figure)}{"".join(said)}</td>'


def _bar(figure: Figure) -> str:
    """A share as a bar with its interval and chance; nothing for numbers that have no full scale."""
    if figure.unit not in ("", "cosine") or figure.value is None:
        return ""

    def at(value: float) -> str:
        return f"{_WIDTH * min(max(value, 0.0), 1.0):.1f}"

    drawn = [
        f'<rect class="track" x="0" y="3" width="{_WIDTH}" height="8"/>',
        f'<rect class="fill" x="0" y="3" width="{at(figure.value)}" height="8"/>',
    ]
    if figure.low is not None and figure.high is not None:
        drawn.append(f'<line class="whisker" x1="{at(figure.low)}" y1="7" x2="{at(figure.high)}" y2="7"/>')
    if figure.chance is not None:
        drawn.append(f'<line class="chance" x1="{at(figure.chance)}" y1="0" x2="{at(figure.chance)}" y2="{_HEIGHT}"/>')
    title = f"{figure.title} {number(figure.value, figure.unit)} {interval(figure)}".strip()
    return (
        f'<svg class="bar" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{escape(title)}</title>'
        f"{''.join(drawn)}</svg>"
    )


def _faces(piece: Piece) -> str:
    pictures = "".join(
        f'<li><img width="96" height="96" src="data:image/jpeg;base64,{escape(one)}" '
        f'alt="Reconstruction {at} from a vector of {escape(piece.encoder)}"></li>'
        for at, one in enumerate(piece.faces, 1)
    )
    title = f"Reconstructions, not photographs: {piece.encoder}, {piece.set}"
    return f'<h3>{escape(title)}</h3><ul class="faces">{pictures}</ul>'


def _made(board: Board) -> str:
    def table(title: str, rows: Mapping[str, str], code: bool = False) -> str:
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td class="words">'
            f"{f'<code>{escape(value)}</code>' if code else escape(value)}</td></tr>"
            for name, value in rows.items()
        )
        return (
            f'<h3>{title}</h3><div class="scroll" role="region" tabindex="0" aria-label="{title}">'
            f'<table><thead><tr><th scope="col" class="words">Name</th><th scope="col" class="words">Value</th></tr>'
            f"</thead><tbody>{body}</tbody></table></div>"
        )

    return (
        '<section id="made" aria-labelledby="made-title"><h2 id="made-title">How it was made</h2>'
        f"<p>Measured on {escape(board.created)}.</p>{table('Settings', board.settings)}"
        f"{table('Machine', board.machine)}{table('Versions', board.versions)}"
        f"{table('Networks, sha256', board.networks, code=True)}</section>"
    )


def _credits(board: Board) -> str:
    asked = dict.fromkeys(one.credit for one in board.pieces if one.credit)
    return "".join(f"<p>{escape(one)}</p>" for one in asked)
