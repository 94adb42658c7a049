"""Fuzzy search among actions, as the command palette does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 64.0  # of 100; a letter or two wrong in a word still find it
NOT_NOW = 8.0  # of 100; so much worse is what cannot be done now, which nobody means who is offered something else
TIP_WEIGHT = 0.8  # a word of the explanation counts less than one of the name


@dataclass(frozen=True)
class Sought:
    """What of an action is searched: its text as in its menu, the menu, what it does, whether it can be done."""

    name: str
    text: str
    menu: str
    tip: str
    possible: bool = True


def ranked(query: str, all_of_them: Sequence[Sought], recent: Sequence[str] = ()) -> list[Sought]:
    """Return what fits a query, best first.

    Args:
        query: what was typed; empty for everything.
        all_of_them: in the order in which equals are shown.
        recent: names that were used, the last one first. Of equals they come first; with nothing typed they lead.

    What cannot be done now comes behind what can, unless it fits much better.
    """
    wanted = " ".join(query.lower().split())
    place = {name: number for number, name in enumerate(recent)}
    order = {one.name: (place.get(one.name, len(place)), number) for number, one in enumerate(all_of_them)}
    scores = {one.name: score(wanted, one) for one in all_of_them}
    found = [one for one in all_of_them if not wanted or scores[one.name] >= ENOUGH]
    return sorted(found, key=lambda one: (NOT_NOW * (not one.possible) - scores[one.name], order[one.name]))


def score(wanted: str, one: Sought) -> float:
    """Return from 0 to 100 how well an action fits what was typed, in lower case; 0 for nothing typed."""
    if not wanted:
        return 0.0
    text = one.text.lower().rstrip("…")
    words = _words(text)
    initials = "".join(word[0] for word in words)
    if text.startswith(wanted):
        return 100.0
    if any(word.startswith(wanted) for word in words) or f" {wanted}" in text:
        return 98.0
    if len(wanted) > 1 and initials.startswith(wanted.replace(" ", "")):
        return 95.0
    if len(wanted) < 3:  # so little is in almost every text
        return 0.0
    behind = _words(f"{one.menu} {one.tip}".lower())
    return 0.94 * max(_alike(wanted.split(), words), TIP_WEIGHT * _alike(wanted.split(), [*words, *behind]))


def _alike(wanted: Sequence[str], words: Sequence[str]) -> float:
    """Every word typed is compared with the word, or the beginning of a word, that is most like it; 0 to 100."""
    nearest = [
        max(max(_letters(typed, word), _letters(typed, word[: len(typed)])) for word in words) for typed in wanted
    ]
    return 100.0 * sum(nearest) / len(nearest)


def _letters(typed: str, word: str) -> float:
    # Letters that change places count as one mistake.
    from rapidfuzz.distance import OSA  # the window paints first

    return OSA.normalized_similarity(typed, word)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
