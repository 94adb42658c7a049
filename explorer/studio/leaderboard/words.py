"""Numbers of a leaderboard as page and document write them."""

from __future__ import annotations

from explorer.studio.leaderboard.values import Board, Figure, Piece

MISSING = "not measured"


def number(value: float, unit: str) -> str:
    """A value as it stands in a table: shares in percent."""
    if not unit:
        return f"{100 * value:.1f} %" if 0.0995 > value > 0 else f"{100 * value:.0f} %"
    return f"{value:.3f}" if unit == "cosine" else f"{value:.1f} {unit}"


def interval(figure: Figure) -> str:
    """Such as "41 to 79 %"; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = (number(end, figure.unit) for end in (figure.low, figure.high))
    return f"{low.rpartition(' ')[0] or low} to {high}"


def columns(pieces: tuple[Piece, ...], headline: str) -> list[tuple[str, str]]:
    """Names and titles of the figures of a leak, in their order; the headline alone where nothing was measured."""
    found = {one.name: one.title for piece in pieces for one in piece.figures if one.value is not None}
    return list(found.items()) or [(headline, MISSING.capitalize())]


def figure_of(piece: Piece, name: str) -> Figure | None:
    """The figure of a name; where the piece has none at all, what says why."""
    named = next((one for one in piece.figures if one.name == name), None)
    bare = all(one.value is None for one in piece.figures)
    return piece.figures[0] if named is None and bare else named


def caption(board: Board, set_: str, leak: str) -> str:
    """What the figures of a set are of: how many people, and who judged."""
    figures = [one for piece in board.of(leak) if piece.set == set_ for one in piece.figures if one.value is not None]
    if not figures:
        return f"{set_}: nothing could be measured"
    people = sorted({one.people for one in figures if one.people is not None})
    counted = f"{people[0]}" if len(people) == 1 else f"{people[0]} to {people[-1]}" if people else "?"
    judges = ", ".join(dict.fromkeys(one.by for one in figures if one.by))
    noun = "person" if counted == "1" else "people"
    return f"{set_}: {counted} {noun}; judged by {judges}"
