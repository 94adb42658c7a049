"""How many parts a protobuf message has, told from its bytes alone (https://protobuf.dev/programming-guides/encoding).

A part of two bytes becomes an object of a hundred when it is read: what has millions of them is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# For each field that is a message: what its own fields are that are messages.
Layout = Mapping[int, "Layout"]
_VARINT, _EIGHT, _COUNTED, _FOUR = 0, 1, 2, 5


def count_parts(data: bytes, layout: Layout, most: int) -> int:
    """The fields of a message and of the messages in it, as far as a layout says where those are.

    Returns:
        Their number; more than `most` as soon as there are more. What is no message counts up to where it is none.
    """
    view, total = memoryview(data), 0
    waiting = [(view, layout)]
    while waiting:
        message, known = waiting.pop()
        for field, content in _fields(message):
            total += 1
            if total > most:
                return total
            if content is not None and field in known:
                waiting.append((content, known[field]))
    return total


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """Number and content of each field; None where that is a number."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind, content = tag & 7, None
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _COUNTED:
            length, at = _varint(message, at)
            content = message[at : at + length]
            at += length
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        else:
            return
        yield tag >> 3, content


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends; the message's end where it has none."""
    value = 0
    for place in range(at, min(at + 10, len(message))):
        value |= (message[place] & 0x7F) << (7 * (place - at))
        if message[place] < 0x80:
            return value, place + 1
    return 0, len(message)
