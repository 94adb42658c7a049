"""Adobe RGB is the same whether a profile or the EXIF alone names it, and sRGB is left as it is."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from explorer.science.faces.adobe_rgb import profile
from explorer.science.faces.reading import read_photograph
from tests.science.faces.test_reading import encoded, picture

# The two spaces' linear numbers, both for D65 (Adobe RGB (1998), section 4.3; IEC 61966-2-1).
ADOBE = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])


def converted(pixels: np.ndarray) -> np.ndarray:
    linear = (pixels / 255.0) ** (563 / 256) @ ADOBE.T @ SRGB.T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def named(space: int, index: str | None) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769)[0xA001] = space
    if index is not None:
        exif.get_ifd(0x8769)[0xA005] = {1: index}
    return exif


@pytest.mark.parametrize(
    ("space", "index", "adobe"),
    [
        (0xFFFF, "R03", True),
        (2, None, True),
        (1, "R98", False),
        (0xFFFF, None, False),
        (0xFFFF, "R98", False),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_exif_alone_names_the_space(kind: str, space: int, index: str | None, adobe: bool) -> None:
    options = {"quality": 98, "subsampling": 0} if kind == "JPEG" else {}
    plain = read_photograph(encoded(Image.fromarray(picture()), kind, **options), "plain").pixels
    data = encoded(Image.fromarray(picture()), kind, exif=named(space, index), **options)
    found = read_photograph(data, "camera").pixels.astype(int)
    if adobe:
        assert np.abs(found - converted(plain)).max() <= 2
        assert np.abs(found - plain.astype(int)).max() > 20
    else:
        np.testing.assert_array_equal(found, plain)


def test_a_profile_goes_before_the_exif() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(Image.fromarray(picture()), "PNG", exif=named(0xFFFF, "R03"), icc_profile=srgb)
    assert np.abs(read_photograph(data, "camera").pixels.astype(int) - picture()).max() <= 1


def test_the_profile_is_one_that_others_read() -> None:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile()))
    assert opened.profile.xcolor_space.strip() == "RGB"
    assert ImageCms.getProfileDescription(opened).strip() == "Adobe RGB"
