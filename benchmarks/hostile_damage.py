"""Ways in which a whole file is made hostile, drawn from a seed."""

from __future__ import annotations

import re
import struct
from importlib import import_module
from typing import Any

import numpy as np

Random = np.random.Generator
_KIT: Any = import_module("tests.studio.damage_kit")

_GIANTS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)
_WORDS = (b"-1", b"0", b"1e400", b"NaN", b"-Infinity", b"9" * 30, b"1" * 5000, b"4294967296", b'"../../x"', b"null")
_WORD = re.compile(rb'-?\d+(?:\.\d+)?|"[^"\\]{0,40}"')


def mutated(data: bytes, random: Random) -> bytes:
    """A hostile copy: damaged as files are, its sizes made giants, its words others, or a part of it doubled."""
    way = int(random.integers(8))
    if way < 3 or len(data) < 16:
        damaged: bytes = _KIT.damaged(data, random)
        return damaged
    if way < 5:
        return _with_giants(data, random)
    words = list(_WORD.finditer(data[: 1 << 16]))
    if way < 7 and words:
        word = words[int(random.integers(len(words)))]
        return data[: word.start()] + _WORDS[int(random.integers(len(_WORDS)))] + data[word.end() :]
    start = int(random.integers(len(data)))
    end = start + int(random.integers(1, 4096))
    return data[:end] + data[start:]


def _with_giants(data: bytes, random: Random) -> bytes:
    """One to four places of 1 to 8 bytes, two thirds of them in the first or last KiB, hold numbers that are none."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        width = int(random.choice([1, 2, 4, 8]))
        reach = min(len(changed), 1024) - width
        at = (
            int(random.integers(reach)) if random.random() < 0.5 else len(changed) - width - int(random.integers(reach))
        )
        at = int(random.integers(len(changed) - width)) if random.random() < 0.33 else at
        number = _GIANTS[int(random.integers(len(_GIANTS)))]
        form = struct.pack("<Q", number)[:width]
        changed[at : at + width] = form if random.random() < 0.8 else form[::-1]
    return bytes(changed)
