"""Photographs of 16 bit a channel: what the decoder cannot read of them, or reads without half of it.

Pillow keeps the upper byte of a deep colour, which is right for a full range. It scrambles a TIFF whose channels lie
apart, and of numbers that fill twelve of the sixteen bits, as cameras and microscopes write them, it leaves near to
nothing.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

Deep = NDArray[np.uint16]

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIP_OFFSETS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR = 273, 277, 278, 279, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES, _FORMAT = 317, 322, 323, 324, 325, 339
_SHORT, _LONG = 3, 4
_APART, _RGB, _WHITE_IS_ZERO = 2, 2, 0
_KEPT = (_WIDTH, _HEIGHT, _COMPRESSION, _FILL_ORDER, _STRIP_ROWS, _PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT)
_LONGS = {_WIDTH, _HEIGHT, _STRIP_ROWS, _STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES}
_LONGS |= {_TILE_WIDTH, _TILE_HEIGHT}
# By which the decoder keeps the lower byte.
_GREY_WITH_ALPHA = "LA;16B"
_OTHER_ORDER = {";16B": ";16L", ";16L": ";16B", ";16N": ";16B"}


def deep_image(image: Image.Image, data: bytes) -> tuple[Image.Image, str]:
    """A photograph of 16 bit a channel as 8 bit, where the decoder fails at it; and what to remark.

    Args:
        image: opened, not decoded. data: its file.

    Returns:
        A decoded picture, its metadata kept; the image as it is, and no remark, where the decoder is right.

    Raises:
        ValueError, OSError, SyntaxError: it is damaged.
    """
    if isinstance(image, TiffImageFile) and _lies_apart(image):
        values = np.dstack([_plane(image, data, channel) for channel in range(_samples(image))])
        return _as_bytes(image, values)
    packing = _packing(image)
    if packing is None:
        return image, ""
    image.load()
    upper = np.asarray(image)
    if upper[..., :3].max() >= 16:
        return image, ""
    with Image.open(io.BytesIO(data), formats=[str(image.format)]) as again:
        if packing == _GREY_WITH_ALPHA:
            # There is no such packing the other way round: the four bytes of a pixel are taken for its channels.
            _repack(again, "RGBA")
            again.load()
            lower = np.asarray(again)[..., [1, 1, 1, 3]]
        else:
            _repack(again, packing[:-4] + _OTHER_ORDER[packing[-4:]])
            again.load()
            lower = np.asarray(again)
    return _as_bytes(image, upper.astype(np.uint16) << 8 | lower)


def used_bits(values: NDArray[Any]) -> int:
    """How many bits the numbers of a deep picture use: 8, 10 or 12 where the rest of 16 is empty, else 16."""
    largest = int(values.max())
    return next((bits for bits in (8, 10, 12) if 0 < largest < 2**bits), 16)


def bits_remark(bits: int) -> str:
    """What to say of a picture that uses so many of its 16 bits."""
    if bits == 16:
        return ""
    return f"its 16-bit numbers are all below {2**bits}: taken as {bits} bits, else it were black"


def is_negative(image: Image.Image) -> bool:
    """Whether a deep grey TIFF counts from white, which Pillow does not turn round."""
    deep = image.mode.startswith("I;16")
    return isinstance(image, TiffImageFile) and deep and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def _as_bytes(image: Image.Image, values: Deep) -> tuple[Image.Image, str]:
    """Deep numbers (H, W, 3), or (H, W, 4) with transparency, as a picture of 8 bit."""
    bits = used_bits(values[..., :3])
    reduced = (values >> 8).astype(np.uint8)  # as the decoder does
    if bits < 16:
        reduced[..., :3] = np.rint(values[..., :3] * (255 / (2**bits - 1)))
    picture = Image.fromarray(reduced)
    picture.info = {key: value for key, value in image.info.items() if key != "transparency"}
    picture.info["exif"] = image.getexif().tobytes()
    return picture, bits_remark(bits)


def _packing(image: Image.Image) -> str | None:
    """How the decoder is told that deep colours lie in the file; None where they are not deep, or not in colour."""
    if not isinstance(image, ImageFile.ImageFile) or image.mode not in {"RGB", "RGBA"} or not image.tile:
        return None
    told = image.tile[0].args
    packing = told[0] if isinstance(told, tuple) and told else told
    return packing if isinstance(packing, str) and packing[-4:] in _OTHER_ORDER else None


def _repack(image: Image.Image, packing: str) -> None:
    assert isinstance(image, ImageFile.ImageFile), "it was opened from a file"
    image.tile = [
        tile._replace(args=(packing, *tile.args[1:]) if isinstance(tile.args, tuple) else packing)
        for tile in image.tile
    ]


def _samples(image: TiffImageFile) -> int:
    return int(image.tag_v2.get(_SAMPLES, 1))


def _lies_apart(image: TiffImageFile) -> bool:
    """Whether deep channels lie one after the other."""
    tags, samples = image.tag_v2, _samples(image)
    deep = samples in {3, 4} and tuple(tags.get(_BITS, ())) == (16,) * samples
    return deep and tags.get(_PLANAR) == _APART and tags.get(_PHOTOMETRIC) == _RGB


def _plane(image: TiffImageFile, data: bytes, channel: int) -> Deep:
    """One channel (H, W), decoded as the grey TIFF that it is with a directory of its own behind the file."""
    tags, samples = image.tag_v2, _samples(image)
    own = {tag: _listed(tags[tag]) for tag in _KEPT if tag in tags}
    own |= {_BITS: [16], _PHOTOMETRIC: [1], _SAMPLES: [1], _PLANAR: [1]}
    tiled = _TILE_OFFSETS in tags
    for tag in (_TILE_OFFSETS, _TILE_BYTES) if tiled else (_STRIP_OFFSETS, _STRIP_BYTES):
        parts = _listed(tags[tag])
        each = len(parts) // samples
        own[tag] = parts[channel * each : (channel + 1) * each]
    order = "<" if data[:2] == b"II" else ">"
    at = len(data) + len(data) % 2
    file = data[:4] + struct.pack(f"{order}I", at) + data[8:].ljust(at - 8, b"\0") + _directory(order, at, own)
    with Image.open(io.BytesIO(file), formats=["TIFF"]) as plane:
        plane.load()
        values = np.asarray(plane)
    if values.dtype.itemsize != 2:
        raise ValueError("a channel is not read as 16 bit")
    return values.astype(np.uint16)


def _listed(value: Any) -> list[int]:
    return [int(part) for part in value] if isinstance(value, tuple) else [int(value)]


def _directory(order: str, at: int, tags: Mapping[int, Sequence[int]]) -> bytes:
    """A TIFF's directory that lies at an offset, with what does not fit into its entries behind it."""
    entries, behind = b"", b""
    room = at + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        kind, letter = (_LONG, "I") if tag in _LONGS else (_SHORT, "H")
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(packed) > 4:
            packed, behind = struct.pack(f"{order}I", room + len(behind)), behind + packed + b"\0" * (len(packed) % 2)
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + behind
