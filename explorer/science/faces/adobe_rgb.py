"""Adobe RGB (1998), which some cameras name in the EXIF alone, without a colour profile (DCF 2.0, section 3.2.2)."""

from __future__ import annotations

import struct

from PIL import Image

_EXIF, _INTEROPERABILITY = 0x8769, 0xA005
_COLOUR_SPACE, _INDEX = 0xA001, 1
_UNCALIBRATED, _ADOBE = 0xFFFF, 2
# Adobe's own numbers, for the white of ICC profiles, D50: red, green, blue and the medium's white as X, Y, Z.
_POINTS = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
    b"wtpt": (0.95045, 1.0, 1.08905),
}
_GAMMA = 563  # in 256ths


def names_adobe_rgb(image: Image.Image) -> bool:
    """Whether an image's EXIF says that its numbers are Adobe RGB."""
    try:
        exif = image.getexif()
        space = exif.get_ifd(_EXIF).get(_COLOUR_SPACE)
        index = exif.get_ifd(_INTEROPERABILITY).get(_INDEX)
    except Exception:  # EXIF is a foreign format of its own: where it is damaged, it says nothing
        return False
    return space == _ADOBE or (space == _UNCALIBRATED and str(index).strip("\0 ") == "R03")


def profile() -> bytes:
    """The space as an ICC profile of version 2: three primaries, a white and one curve."""
    parts = {tag: b"XYZ \0\0\0\0" + b"".join(map(_fixed, point)) for tag, point in _POINTS.items()}
    curve = struct.pack(">4sIIHxx", b"curv", 0, 1, _GAMMA)
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    parts[b"cprt"] = b"text\0\0\0\0none\0\0\0\0"
    parts[b"desc"] = struct.pack(">4sII10s80x", b"desc", 0, 10, b"Adobe RGB\0")
    at = 128 + 4 + 12 * len(parts)
    table, content = struct.pack(">I", len(parts)), b""
    for tag, part in parts.items():
        table += struct.pack(">4sII", tag, at + len(content), len(part))
        content += part.ljust(-(-len(part) // 4) * 4, b"\0")
    size = at + len(content)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    white = b"".join(map(_fixed, (0.9642, 1.0, 0.8249)))
    return head.ljust(68, b"\0") + white.ljust(60, b"\0") + table + content


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))
