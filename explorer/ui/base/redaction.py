"""Logs and reports hold no names: a file is often called after the person in it."""

from __future__ import annotations

import os
import re

_SUFFIX = r"\.(?:jpe?g|jpe|jfif|jif|png|webp|tiff?|bmp|dib|heic|heif|avif|gif|npy|csv|json|svg|pdf)\b"
# A name with blanks begins where a message or one of its parts begins; elsewhere a name is one word.
_NAME = re.compile(rf"(?:(?<=: )|^)[^:\n]*?{_SUFFIX}|[^\s/\\'\"]+{_SUFFIX}", re.IGNORECASE | re.MULTILINE)


def without_names(text: str) -> str:
    """Replace the names of picture and vector files by "a file", and the home folder by "~"."""
    home = os.path.expanduser("~")  # unlike `Path.home`, it has an answer where there is none
    return _NAME.sub("a file", text.replace(home, "~") if len(home) > 1 else text)
