"""Every format and its oddities against pictures whose pixels are known; every bad file against its message."""

from __future__ import annotations

import hashlib
import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from explorer.science.faces import reading
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import photograph_of, read_file, read_photograph

# What turns a picture stored with an EXIF orientation upright.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: np.rot90(a, 1),
}


def picture(height: int = 24, width: int = 40) -> NDArray[np.uint8]:
    """A smooth picture without any symmetry."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [40 + x * 150 / width, 60 + y * 170 / height, 200 - (x + y) * 120 / (width + height)]
    return np.rint(np.stack(channels, -1)).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}, "BMP": {}}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_are_exact(kind: str) -> None:
    data = encoded(Image.fromarray(picture()), kind, **LOSSLESS[kind])
    photograph = read_photograph(data, "face")
    np.testing.assert_array_equal(photograph.pixels, picture())
    assert photograph.pixels.flags.c_contiguous
    assert photograph.sha256 == hashlib.sha256(data).hexdigest()


def test_jpeg_is_close() -> None:
    photograph = read_photograph(encoded(Image.fromarray(picture()), "JPEG", quality=98, subsampling=0), "face.jpg")
    assert np.abs(photograph.pixels.astype(int) - picture()).max() <= 6


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    stored = picture(48, 64)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 98, "subsampling": 0}}.get(kind, LOSSLESS.get(kind, {}))
    data = encoded(Image.fromarray(stored), kind, exif=exif, **options)
    upright = read_photograph(data, "face").pixels
    expected = TURNS[orientation](stored)
    assert upright.shape == expected.shape
    assert np.abs(upright.astype(int) - expected).max() <= 6


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_lies_on_white(kind: str) -> None:
    alpha = np.zeros((24, 40, 1), np.uint8)
    alpha[:, 20:] = 255
    alpha[:, 10:20] = 51
    data = encoded(
        Image.fromarray(np.concatenate([picture(), alpha], -1)),
        kind,
        **({"lossless": True, "exact": True} if kind == "WEBP" else {}),
    )
    pixels = read_photograph(data, "face").pixels
    assert (pixels[:, :10] == 255).all()
    np.testing.assert_array_equal(pixels[:, 20:], picture()[:, 20:])
    expected = picture()[:, 10:20] * 0.2 + 255 * 0.8
    assert np.abs(pixels[:, 10:20] - expected).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG"])
def test_grey_has_three_equal_channels(kind: str) -> None:
    grey = picture()[..., 0]
    pixels = read_photograph(encoded(Image.fromarray(grey), kind), "face").pixels
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert np.abs(pixels[..., 0].astype(int) - grey).max() <= 4


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    deep = np.linspace(0, 65535, 24 * 40).reshape(24, 40).astype(np.uint16)
    pixels = read_photograph(encoded(Image.fromarray(deep), kind), "face").pixels
    np.testing.assert_array_equal(pixels[..., 1], np.rint(deep / 257).astype(np.uint8))


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG written by hand, for what Pillow does not write."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_colour_is_scaled() -> None:
    deep = picture().astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    np.testing.assert_array_equal(read_photograph(png(40, 24, 16, 2, rows), "deep.png").pixels, picture())


def test_cmyk_is_converted() -> None:
    image = Image.fromarray(picture()).convert("CMYK")
    pixels = read_photograph(encoded(image, "JPEG", quality=95), "print.jpg").pixels
    assert np.abs(pixels.astype(int) - picture()).max() <= 8
    pixels = read_photograph(encoded(image, "TIFF"), "print.tif").pixels
    assert np.abs(pixels.astype(int) - picture()).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_palettes_are_looked_up(kind: str) -> None:
    image = Image.fromarray(picture()).quantize(64)
    pixels = read_photograph(encoded(image, kind), "palette").pixels
    np.testing.assert_array_equal(pixels, np.array(image.convert("RGB")))


def test_a_transparent_palette_entry_lies_on_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((3, 4), 0)
    pixels = read_photograph(encoded(image, "PNG", transparency=0), "palette.png").pixels
    assert pixels[4, 3].tolist() == [255, 255, 255]
    assert pixels[0, 0].tolist() == [200, 100, 50]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_the_first_picture_of_several_is_taken(kind: str) -> None:
    first, second = Image.fromarray(picture()), Image.fromarray(255 - picture())
    data = encoded(first, kind, save_all=True, append_images=[second], **LOSSLESS[kind])
    np.testing.assert_array_equal(read_photograph(data, "moving").pixels, picture())


def test_a_colour_profile_is_applied() -> None:
    """The profile of another RGB space changes the numbers; sRGB's own does not."""
    image = Image.fromarray(picture())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = read_photograph(encoded(image, "PNG", icc_profile=srgb), "srgb.png").pixels
    assert np.abs(same.astype(int) - picture()).max() <= 1
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for unfit in (lab, b"not a profile"):
        pixels = read_photograph(encoded(image, "PNG", icc_profile=unfit), "odd.png").pixels
        np.testing.assert_array_equal(pixels, picture())


def test_metadata_is_dropped() -> None:
    exif = Image.Exif()
    exif[0x010E] = "who and where"
    photograph = read_photograph(encoded(Image.fromarray(picture()), "PNG", exif=exif), "face.png")
    assert vars(photograph).keys() == {"pixels", "name", "sha256", "remarks", "generated"}
    assert photograph.remarks == ()
    assert type(photograph.pixels) is np.ndarray


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"this is not a photograph\n" * 300, "a text file"),
        ("Grüße, ".encode() * 900, "a text file"),
        (b"GIF89a" + bytes(40), "a GIF file"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\x7fELF" + bytes(range(128, 256)), "not an image"),
    ],
    ids=["empty", "text", "utf-8 text", "gif", "heic", "program"],
)
def test_what_is_no_photograph_is_refused_whatever_its_name(data: bytes, told: str) -> None:
    with pytest.raises(FaceError, match=f"portrait.jpg is .*{told}.*JPEG, PNG, WebP, TIFF or BMP"):
        read_photograph(data, "portrait.jpg")


@pytest.mark.parametrize("kind", ["JPEG", *LOSSLESS])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    with pytest.raises(FaceError, match=r"cut\.img is damaged or cut short.*save it as JPEG or PNG"):
        read_photograph(data[: int(len(data) * share)], "cut.img")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_bomb_is_refused_by_its_header_alone(kind: str) -> None:
    """200 megapixels: the message comes while next to nothing has been allocated."""
    width, height = 20_000, 10_000
    if kind == "PNG":
        data = png(width, height, 8, 2, bytes(100_000))
    elif kind == "BMP":
        data = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    else:
        tags = [
            (256, width),
            (257, height),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, 8),
            (277, 1),
            (278, height),
            (279, 100),
        ]
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(200)
    tracemalloc.start()
    try:
        with pytest.raises(FaceError, match=r"bomb has more than 110 megapixels"):
            read_photograph(data, "bomb")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_more_bytes_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE", 1_000_000)
    file = tmp_path / "vast.png"
    file.write_bytes(bytes(1_000_001))
    with pytest.raises(FaceError, match=r"vast\.png is larger than 1 MB"):
        read_file(file)


def test_thirty_two_bits_are_refused_with_advice() -> None:
    image = Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8))
    with pytest.raises(FaceError, match=r"float\.tif has 32 bit per channel"):
        read_photograph(encoded(image, "TIFF"), "float.tif")


def test_files_are_named_without_their_folder(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "face.png")
    assert read_file(tmp_path / "face.png").name == "face.png"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaceError, match="there is no file"):
        read_file(tmp_path / "absent.png")
    with pytest.raises(FaceError, match="is not a file"):
        read_file(tmp_path)


def test_pasted_pixels_are_copied() -> None:
    source = picture()
    photograph = photograph_of(source, "pasted image")
    source[:] = 0
    np.testing.assert_array_equal(photograph.pixels, picture())
    assert photograph.sha256 == hashlib.sha256(picture().tobytes()).hexdigest()
    with pytest.raises(FaceError, match="pasted image"):
        photograph_of(np.zeros((4, 4), np.uint8), "pasted image")


VALID = [encoded(Image.fromarray(picture()), kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP")]


@settings(deadline=None, derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(VALID), st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=4)), max_size=4)
)
def test_damage_never_escapes_as_another_error(data: bytes, damage: list[tuple[int, bytes]]) -> None:
    changed = bytearray(data)
    for place, value in damage:
        start = place % len(changed)
        changed[start : start + len(value)] = value
    try:
        photograph = read_photograph(bytes(changed), "damaged")
    except FaceError as error:
        assert "damaged" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert photograph.pixels.dtype == np.uint8
        assert photograph.pixels.shape[2] == 3
