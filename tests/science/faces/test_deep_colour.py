"""Pictures of 16 bit a channel, however they lie in the file and however many bits they use, against known pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from explorer.science.faces import deep_colour
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_photograph
from tests.science.faces.test_reading import picture, png

DEEP = picture().astype(np.uint16) * 257


def tiff(values: NDArray[np.uint16], **options: object) -> bytes:
    """As tifffile writes it, which is none of Pillow's."""
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "options",
    [{}, {"rowsperstrip": 5}, {"tile": (16, 16)}, {"compression": "zlib"}, {"compression": "zlib", "predictor": True}],
    ids=str,
)
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_channels_that_lie_together_or_apart_are_the_same_picture(
    planar: str, options: dict[str, object], order: str
) -> None:
    values = DEEP if planar == "contig" else DEEP.transpose(2, 0, 1)
    data = tiff(values, photometric="rgb", planarconfig=planar, byteorder=order, **options)
    photograph = read_photograph(data, "deep.tif")
    np.testing.assert_array_equal(photograph.pixels, picture())
    assert photograph.remarks == ()


def test_eight_bits_apart_are_read() -> None:
    data = tiff(picture().transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_photograph(data, "apart.tif").pixels, picture())


def test_a_picture_that_lies_apart_is_turned_upright() -> None:
    data = tiff(DEEP.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", extratags=[(274, "H", 1, 6, True)])
    np.testing.assert_array_equal(read_photograph(data, "turned.tif").pixels, np.rot90(picture(), -1))


def deep_png(values: NDArray[np.uint16]) -> bytes:
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(width, height, 16, {3: 2, 4: 6, 2: 4, 1: 0}[channels], rows)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize(
    "kind", ["PNG", "PNG with alpha", "PNG, grey", "PNG, grey with alpha", "TIFF", "TIFF, grey", "TIFF, apart"]
)
def test_few_bits_in_sixteen_fill_the_range_and_it_is_said(kind: str, bits: int) -> None:
    colour = "grey" not in kind
    shown = picture() if colour else np.repeat(picture()[..., :1], 3, -1)
    values = np.rint(shown / 255 * (2**bits - 1)).astype(np.uint16)
    opaque = np.full_like(values[..., :1], 0xFFFF)
    data = {
        "PNG": lambda: deep_png(values),
        "PNG with alpha": lambda: deep_png(np.concatenate([values, opaque], -1)),
        "PNG, grey": lambda: deep_png(values[..., :1]),
        "PNG, grey with alpha": lambda: deep_png(np.concatenate([values[..., :1], opaque], -1)),
        "TIFF": lambda: tiff(values, photometric="rgb"),
        "TIFF, grey": lambda: tiff(values[..., 0]),
        "TIFF, apart": lambda: tiff(values.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"),
    }[kind]()
    photograph = read_photograph(data, "camera")
    assert np.abs(photograph.pixels.astype(int) - shown).max() <= 1
    (remark,) = photograph.remarks
    assert f"below {2**bits}: taken as {bits} bits" in remark


def test_a_black_picture_stays_black() -> None:
    photograph = read_photograph(deep_png(np.zeros((4, 4, 3), np.uint16)), "black.png")
    assert not photograph.pixels.any()
    assert photograph.remarks == ()


def test_grey_that_counts_from_white_is_turned_round() -> None:
    grey = picture()[..., 0].astype(np.uint16) * 257
    data = tiff(65535 - grey, photometric="miniswhite")
    np.testing.assert_array_equal(read_photograph(data, "negative.tif").pixels[..., 0], picture()[..., 0])


def test_a_damaged_directory_of_channels_is_refused() -> None:
    data = bytearray(tiff(DEEP.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"))
    with pytest.raises(FaceError):
        read_photograph(bytes(data[: len(data) // 2]), "cut.tif")


def test_bits_are_counted() -> None:
    assert [deep_colour.used_bits(np.array([top])) for top in (0, 1, 255, 256, 1023, 4095, 4096, 65535)] == [
        16,
        8,
        8,
        10,
        10,
        12,
        16,
        16,
    ]
