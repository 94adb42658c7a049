"""Harmless damage is mended and remarked upon; whatever takes a part of the picture with it is refused."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_photograph
from tests.science.faces.test_reading import encoded, picture

LARGE = Image.fromarray(picture(480, 320))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}], ids=str)
def test_a_jpeg_without_its_end_marker_is_read_whole(options: dict[str, object]) -> None:
    data = encoded(LARGE, "JPEG", quality=95, **options)
    cut = read_photograph(data[:-2], "cut.jpg")
    np.testing.assert_array_equal(cut.pixels, read_photograph(data, "whole.jpg").pixels)
    assert cut.remarks == ("it has no end marker, though all rows are there",)


def test_of_a_jpeg_that_lost_its_last_rows_the_others_are_right() -> None:
    rough = np.random.default_rng(0).integers(0, 256, (480, 320, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(rough), "JPEG", quality=80)
    whole, cut = read_photograph(data, "whole.jpg").pixels, read_photograph(data[: int(0.97 * len(data))], "cut.jpg")
    (remark,) = cut.remarks
    missing = int(remark.split("the last ")[1].split()[0])
    assert 0.02 * 480 <= missing <= 0.05 * 480
    # The row of blocks above is smoothed into the missing one where colours are of half size.
    np.testing.assert_array_equal(cut.pixels[: 480 - missing - 16], whole[: 480 - missing - 16])
    with pytest.raises(FaceError, match="cut short"):
        read_photograph(data[: int(0.9 * len(data))], "half.jpg")


def chunk(kind: bytes, body: bytes, check: int | None = None) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check or zlib.crc32(kind + body))


@pytest.mark.parametrize("kind", [b"tEXt", b"pHYs", b"tIME", b"prVt"])
def test_a_side_chunk_with_an_odd_checksum_is_left_out(kind: bytes) -> None:
    data = encoded(LARGE, "PNG")
    odd = read_photograph(data[:33] + chunk(kind, b"a\0bcdefgh"[:9], 1) + data[33:], "odd.png")
    np.testing.assert_array_equal(odd.pixels, np.asarray(LARGE))
    assert odd.remarks == (f"damaged side chunks are left out ({kind.decode()}); its pixels are all there",)


def test_a_broken_text_is_left_out() -> None:
    data = encoded(LARGE, "PNG")
    odd = read_photograph(data[:33] + chunk(b"zTXt", b"a\0\x07bcd") + data[33:], "odd.png")
    assert [remark for remark in odd.remarks if "zTXt" in remark]
    np.testing.assert_array_equal(odd.pixels, np.asarray(LARGE))


def test_a_damaged_header_is_refused() -> None:
    data = bytearray(encoded(LARGE, "PNG"))
    data[30] ^= 0xFF
    with pytest.raises(FaceError, match="damaged"):
        read_photograph(bytes(data), "odd.png")


def test_libraries_below_write_nothing_of_their_own(capfd: pytest.CaptureFixture[str]) -> None:
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "group4"):
        file = io.BytesIO()
        (LARGE.convert("1") if compression == "group4" else LARGE).save(file, "TIFF", compression=compression)
        data = bytearray(file.getvalue())
        data[200:260] = bytes(60)
        for damaged in (
            bytes(data),
            bytes(data[: len(data) // 2]),
            bytes(data).replace(b"\x00\x01\x03", b"\x00\xfe\x03"),
        ):
            try:
                read_photograph(damaged, "noisy.tif")
            except FaceError:
                continue
    for quality in (30, 95):
        data = bytearray(encoded(LARGE, "JPEG", quality=quality))
        data[700:720] = b"\xff\xd9\xff\x00" * 5
        try:
            read_photograph(bytes(data), "noisy.jpg")
        except FaceError:
            continue
    assert capfd.readouterr() == ("", "")
