"""Whole pictures and embeddings, one of every kind that the program reads."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image, ImageCms
from safetensors.numpy import save as save_tensors


def picture() -> Image.Image:
    """48 by 64, smooth."""
    y, x = np.mgrid[0:48, 0:64]
    return Image.fromarray(np.stack([x * 4, y * 5, (x + y) * 2], -1).astype(np.uint8))


def _encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    file = io.BytesIO()
    (image or picture()).save(file, kind, **options)
    return file.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a face"
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0xA005)[1] = "R03"
    return exif


def planar_tiff(values: np.ndarray, order: str = "<") -> bytes:
    """A TIFF whose channels, (H, W, C) of 16 bit, lie one after the other."""
    height, width, channels = values.shape
    planes = b"".join(values[..., channel].astype(f"{order}u2").tobytes() for channel in range(channels))
    size, head = 2 * height * width, 8 + len(planes)
    at = head + 2 + 11 * 12 + 4
    extra = np.array([16] * channels, f"{order}u2").tobytes()
    offsets = np.array([8 + size * channel for channel in range(channels)], f"{order}u4").tobytes()
    counts = np.array([size] * channels, f"{order}u4").tobytes()
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, at),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, channels, at + len(extra)),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, channels, at + len(extra) + len(offsets)),
        (284, 3, 1, 2),
        (339, 3, 1, 1),
    ]
    directory = np.array([len(entries)], f"{order}u2").tobytes()
    for tag, kind, count, value in entries:
        directory += np.array([tag, kind], f"{order}u2").tobytes() + np.array([count], f"{order}u4").tobytes()
        short = kind == 3 and count == 1
        directory += np.array([value, 0] if short else [value], f"{order}u2" if short else f"{order}u4").tobytes()
    start = (b"II*\0" if order == "<" else b"MM\0*") + np.array([head], f"{order}u4").tobytes()
    return start + planes + directory + bytes(4) + extra + offsets + counts


def pictures() -> dict[str, bytes]:
    """By name of file."""
    deep = np.asarray(picture()).astype(np.uint16) * 257
    grey = Image.fromarray(deep[..., 0])
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "plain.png": _encoded("PNG", exif=_exif(), icc_profile=profile),
        "deep.png": _encoded("PNG", grey),
        "palette.png": _encoded("PNG", picture().quantize(16), transparency=0),
        "plain.jpg": _encoded("JPEG", exif=_exif()),
        "progressive.jpg": _encoded("JPEG", progressive=True, icc_profile=profile),
        "print.jpg": _encoded("JPEG", picture().convert("CMYK")),
        "plain.webp": _encoded("WEBP"),
        "lossless.webp": _encoded("WEBP", lossless=True, exif=_exif()),
        "raw.tif": _encoded("TIFF"),
        "lzw.tif": _encoded("TIFF", compression="tiff_lzw"),
        "deflate.tif": _encoded("TIFF", compression="tiff_adobe_deflate"),
        "jpeg.tif": _encoded("TIFF", compression="jpeg"),
        "packed.tif": _encoded("TIFF", compression="packbits"),
        "deep.tif": _encoded("TIFF", grey, compression="tiff_lzw"),
        "apart.tif": planar_tiff(deep),
        "plain.bmp": _encoded("BMP"),
        "moving.gif": _encoded("GIF"),
    }


def vectors() -> dict[str, bytes]:
    """By name of file; all hold the same numbers."""
    vector = np.linspace(-1, 1, 128, dtype=np.float32)
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, vector)
    np.savez_compressed(npz, vector=vector)
    numbers = [str(value) for value in vector]
    listed = json.dumps({"encoder": "sface", "vector": [float(number) for number in numbers]})
    return {
        "v.npy": npy.getvalue(),
        "v.npz": npz.getvalue(),
        "v.safetensors": save_tensors({"vector": vector}, {"encoder": "sface"}),
        "v.csv": ("# encoder: sface\n" + ",".join(numbers)).encode(),
        "v.tsv": "\t".join(numbers).encode(),
        "v.txt": "\n".join(numbers).replace(".", ",").encode(),
        "v.json": listed.encode(),
    }
