"""Read photographs: untrusted bytes in, upright RGB pixels and nothing else out."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from explorer.science.contents import LOOKED_AT, open_file, special, stand_in
from explorer.science.faces import quiet_decoders
from explorer.science.faces.adobe_rgb import names_adobe_rgb
from explorer.science.faces.adobe_rgb import profile as adobe_rgb_profile
from explorer.science.faces.deep_colour import bits_remark, deep_image, is_negative, used_bits
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.faces.mending import mended
from explorer.science.names import name_of, shown
from explorer.science.remarks import remark

quiet_decoders.silence()

LARGEST_FILE = 200_000_000
# Above what any camera delivers (102 and 108 megapixels are sold); a decoded one takes a third of a gigabyte.
LARGEST_IMAGE = 110_000_000
_LARGEST_PROFILE = 4_000_000
_SAVE_AS = "save it as JPEG or PNG and open that"
# Transparent parts become white, the usual backdrop of a portrait.
_BACKDROP = (255, 255, 255, 255)


def read_file(path: Path) -> Photograph:
    """Read a photograph from a file. The photograph's name is the file's, without its folders.

    Raises:
        FaceError: as `read_photograph`, and where there is no such file or it may not be read.

    Example:
        >>> from explorer.science.faces import read_file
        >>> read_file(samples / "synthetic-p002.jpg").pixels.shape[2]
        3
    """
    name = name_of(path)
    try:
        what = special(path)
        if what:
            raise FaceError(f"{name or path} is not a file but {what}: give a photograph")
        with open_file(path) as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise FaceError(f"there is no file {shown(path)}: check its name") from None
    except OSError as error:
        raise FaceError(f"{shown(path)} cannot be read: {error.strerror or error}") from None
    return read_photograph(data, name)


def read_photograph(data: bytes, name: str) -> Photograph:
    """Decode a JPEG, PNG, WebP, TIFF or BMP photograph, told apart by their first bytes and not by the name.

    The photograph is turned upright as its EXIF says, brought to sRGB where it carries a colour profile or its EXIF
    names Adobe RGB, laid on white where it is transparent, and reduced to 8 bit; of an animation or a stack the first
    picture is taken. All metadata is dropped. Harmless damage is mended and, as other oddities, remarked upon.

    Args:
        data: the encoded file.
        name: for messages; without folders.

    Raises:
        FaceError: too large (judged by the header, before anything is decoded), another format, damaged or cut short.

    Example:
        >>> import hashlib
        >>> from explorer.science.faces import read_photograph
        >>> data = (samples / "astronaut.png").read_bytes()
        >>> photograph = read_photograph(data, "astronaut.png")
        >>> photograph.sha256 == hashlib.sha256(data).hexdigest()
        True
    """
    name = shown(name)
    if len(data) > LARGEST_FILE:
        raise FaceError(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB: {_SAVE_AS}")
    kind = kind_of(data)
    if kind is None:
        raise FaceError(f"{name} is {_what_else(data)}: photographs are read as JPEG, PNG, WebP, TIFF or BMP")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large and odd files; the limit below is ours, and what it can read despite oddities is
            # fine.
            warnings.simplefilter("ignore")
            pixels, remarks = _decoded_or_mended(data, kind, name)
    except FaceError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except MemoryError:
        raise FaceError(f"there is not enough memory to read {name}: save it smaller and open that") from None
    except Exception as error:  # a decoder fed with damaged data may raise anything
        raise FaceError(f"{name} is damaged or cut short, or a kind of {kind} that is not read: {_SAVE_AS}") from error
    for one in remarks:
        remark(f"{name}: {one}")
    return Photograph(pixels, name, hashlib.sha256(data).hexdigest(), remarks)


def photograph_of(pixels: NDArray[np.uint8], name: str) -> Photograph:
    """A photograph from pixels that are already there, pasted or generated.

    Args:
        pixels: (H, W, 3) uint8 RGB; copied.

    Raises:
        FaceError: another shape or type, or too large.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import photograph_of
        >>> photograph_of(np.zeros((8, 6, 3), np.uint8), "black.png").pixels.shape
        (8, 6, 3)
    """
    name = shown(name)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise FaceError(f"{name} is no (height, width, 3) uint8 picture: {pixels.shape} {pixels.dtype}")
    _refuse_bomb(pixels.shape[1], pixels.shape[0], name)
    copy = np.array(pixels, order="C")
    return Photograph(copy, name, hashlib.sha256(copy.tobytes()).hexdigest())


def _decoded_or_mended(data: bytes, kind: str, name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The pixels of a file, and what to remark; of one with harmless damage, too."""
    try:
        return _decoded(data, kind, name)
    except (FaceError, MemoryError, Image.DecompressionBombError):
        raise
    except Exception:  # a decoder fed with damaged data may raise anything
        whole = mended(data, kind)
        if whole is None:
            raise
        pixels, remarks = _decoded(whole.data, kind, name)
        return pixels, (whole.remark, *remarks)


def _decoded(data: bytes, kind: str, name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        _refuse_bomb(*image.size, name)
        deep, said = deep_image(image, data)
        negative = is_negative(image)
        upright = _upright(deep)
        if "icc_profile" not in image.info and names_adobe_rgb(image):
            upright.info["icc_profile"] = adobe_rgb_profile()
        if upright.mode.startswith(("I", "F")):
            pixels, said = _from_deep_grey(upright, negative, name)
        else:
            pixels = _as_rgb(upright)
    return pixels, (said,) if said else ()


def kind_of(data: bytes) -> str | None:
    """Pillow's name of the format that a file's first 12 bytes announce; None where it is not read."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    beginnings = {
        "JPEG": (b"\xff\xd8\xff",),
        "PNG": (b"\x89PNG\r\n\x1a\n",),
        "TIFF": (b"II*\0", b"MM\0*"),
        "BMP": (b"BM",),
    }
    return next((kind for kind, starts in beginnings.items() if data.startswith(starts)), None)


def _what_else(data: bytes) -> str:
    stand_in_words = stand_in(data[:LOOKED_AT], archives=False)
    if not data or stand_in_words:
        return stand_in_words.partition(":")[0]
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"}:
        return "a HEIC or AVIF file"
    if data.startswith(b"GIF8"):
        return "a GIF file"
    try:
        data[:4096].decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        # A character may be cut in two by the limit above.
        return "a text file" if error.start > 4092 else "not an image that can be read"
    return "not an image that can be read" if b"\0" in data[:4096] else "a text file"


def _too_large(name: str) -> FaceError:
    return FaceError(f"{name} has more than {LARGEST_IMAGE // 1_000_000} megapixels: save it smaller and open that")


def _refuse_bomb(width: int, height: int, name: str) -> None:
    if width * height > LARGEST_IMAGE:
        raise _too_large(name)


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # EXIF is a foreign format of its own: where it is damaged, the picture is taken as it lies
        return image.copy()


def _as_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 from an image of any mode of at most 8 bit a channel."""
    if image.mode == "P" and "transparency" not in image.info:
        image = image.convert("RGB")
    if image.mode in {"P", "PA", "LA", "La", "RGBa"} or (image.mode in {"L", "RGB", "1"} and _has_key(image)):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        colours = _to_srgb(image.convert("RGB"), image.info)
        colours.putalpha(alpha)
        return np.array(Image.alpha_composite(Image.new("RGBA", image.size, _BACKDROP), colours).convert("RGB"))
    return np.array(_to_srgb(image, image.info).convert("RGB"))


def _has_key(image: Image.Image) -> bool:
    """Whether one grey or colour stands for transparency (PNG)."""
    return image.info.get("transparency") is not None


def _from_deep_grey(image: Image.Image, negative: bool, name: str) -> tuple[NDArray[np.uint8], str]:
    """(H, W, 3) uint8 from 16 bit of grey, and what to remark.

    Args:
        negative: whether 0 is white.
    """
    values = np.array(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 0xFFFF:
        raise FaceError(f"{name} has 32 bit per channel: save it with 8 or 16 bit and open that")
    bits = used_bits(values)
    grey = np.rint(values / ((2**bits - 1) / 255)).astype(np.uint8)
    return np.repeat((255 - grey if negative else grey)[..., None], 3, axis=2), bits_remark(bits)


def _to_srgb(image: Image.Image, info: dict[str | tuple[int, int], object]) -> Image.Image:
    """Apply an embedded colour profile; a picture without one, or with one that does not fit it, stays as it is."""
    profile = info.get("icc_profile")
    if not isinstance(profile, bytes) or len(profile) > _LARGEST_PROFILE:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        managed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if managed is None else managed
