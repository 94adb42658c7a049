"""How texts fit on screen."""

from __future__ import annotations

import re

LONGEST = 30
_BREAK = "\u200b"  # a place where a line may end, of no width


def sentence(text: str) -> str:
    """Begin a message with a capital, unless it begins with the name of a file, or one word before a colon: that is a
    name, too, as of a folder."""
    first = text.split(" ", 1)[0]
    return text if "." in first or first.endswith(":") else text[:1].upper() + text[1:]


def shortened(name: str, longest: int = LONGEST) -> str:
    """Shorten a long file name in its middle; what tells files apart is mostly at its ends."""
    return name if len(name) <= longest else f"{name[: longest // 2]}…{name[-longest // 2 + 1 :]}"


def breakable(text: str) -> str:
    """Let a line end within words too long for one, such as file names."""
    return re.sub(rf"\S{{{LONGEST}}}(?=\S)", lambda part: part.group() + _BREAK, text)


def duration(seconds: float) -> str:
    """Such as "12 s", "3.4 min" or "2.5 h"."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"
