"""Logs and reports hold no names: a file is often called after the person in it."""

from __future__ import annotations

import re
from pathlib import Path

_SUFFIX = r"\.(?:jpe?g|png|webp|tiff?|bmp|npy|csv|json|svg|pdf)\b"
# A name with blanks begins where a message or one of its parts begins; elsewhere a name is one word.
_NAME = re.compile(rf"(?:(?<=: )|^)[^:\n]*?{_SUFFIX}|[^\s/\\'\"]+{_SUFFIX}", re.IGNORECASE | re.MULTILINE)


def without_names(text: str) -> str:
    """Replace the names of picture and vector files by "a file", and the home folder by "~"."""
    home = str(Path.home())
    return _NAME.sub("a file", text.replace(home, "~") if len(home) > 1 else text)
