"""Harmless damage of photographs that every viewer shows: mended in the bytes, so that the decoder takes them."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageChops

_END_OF_JPEG = b"\xff\xd9"
# Anything that no end marker follows is decoded as what is missing; it must not look like a marker itself.
_ANYTHING = b"\x5a\x35\xc3\x96" * 16
_SHARE_NEEDED = 0.95
_PNG_START = 8
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}


@dataclass(frozen=True)
class Mended:
    """A file that can be decoded. remark: what was wrong with it, the second half of a sentence."""

    data: bytes
    remark: str


def mended(data: bytes, kind: str) -> Mended | None:
    """Mend a file that the decoder of its kind refused; None where there is nothing harmless to mend.

    Args:
        kind: Pillow's name of the format.
    """
    if kind == "JPEG":
        return _with_an_end(data)
    return _without_side_chunks(data) if kind == "PNG" else None


def _with_an_end(data: bytes) -> Mended | None:
    """A JPEG with the end marker that it lost, unless more than a few rows are lost with it.

    Which rows are there, two endings tell: whatever they change is missing.
    """
    whole = data + _END_OF_JPEG
    with _jpeg(whole) as one, _jpeg(data + _ANYTHING + _END_OF_JPEG) as other:
        changed = ImageChops.difference(one, other).getbbox(alpha_only=False)
        height = one.height
    there = height if changed is None else changed[1]
    if there < _SHARE_NEEDED * height:
        return None
    if there == height:
        return Mended(whole, "it has no end marker, though all rows are there")
    return Mended(whole, f"it is cut short: the last {height - there} of its {height} rows are missing or damaged")


def _jpeg(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.load()
    return image


def _without_side_chunks(data: bytes) -> Mended | None:
    """A PNG without texts and without other side chunks whose checksum is wrong; what shows the picture stays."""
    kept, left_out, at = [data[:_PNG_START]], [], _PNG_START
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            break
        damaged = zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        # A small first letter says that the picture can be shown without the chunk.
        if kind in _TEXTS or (damaged and kind[:1].islower()):
            left_out.append(kind.decode("ascii", errors="replace"))
        else:
            kept.append(data[at:end])
        at = end
    if not left_out:
        return None
    names = ", ".join(dict.fromkeys(left_out))
    return Mended(b"".join(kept) + data[at:], f"damaged side chunks are left out ({names}); its pixels are all there")
