"""Shards in the form of WebDataset: a tar, in which the files of a picture lie together and have one name.

Written by the standard library: WebDataset's own writer makes the same tars, and what it would add (times, owners,
compression) is what must not be in files that are equal to the byte. `KEY.jpg`, `KEY.json`, and the maps where there
are any: `KEY.depth.npy`, `KEY.normals.npy`, `KEY.segments.png`, `KEY.uv_seen.png`; KEY is `PERSON_NUMBER`.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.people.values import LARGEST
from explorer.studio.populations.samples import Sample

QUALITY = 95
# What a file of a picture is at most: the largest picture's normals take 6 MB.
LARGEST_FILE = 16_000_000
LARGEST_LABELS = 1_000_000
_KINDS = r"jpg|json|depth\.npy|normals\.npy|segments\.png|uv_seen\.png"
_MEMBER = re.compile(rf"(?P<key>[0-9]{{7}}_[0-9]{{3,4}})\.(?P<kind>{_KINDS})")
_ARRAYS = {"depth": (np.float16, 2), "normals": (np.float16, 3)}


def write_shard(samples: Iterable[Sample], file: BinaryIO) -> list[dict[str, Any]]:
    """Write a tar of pictures with their labels; the labels once more.

    Nothing in it tells when, where or by whom it was made: the same pictures make the same bytes.
    """
    told = []
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as shard:
        for one in samples:
            for kind, data in encoded(one).items():
                member = tarfile.TarInfo(f"{one.key}.{kind}")
                member.size, member.mode, member.mtime = len(data), 0o600, 0
                shard.addfile(member, io.BytesIO(data))
            told.append({"key": one.key, **one.labels})
    return told


def encoded(one: Sample) -> dict[str, bytes]:
    """The files of a picture by their endings."""
    files = {"jpg": jpeg(one.pixels), "json": labels_bytes(one.labels)}
    for name, values in one.maps.items():
        files |= {f"{name}.npy": _npy(values)} if name in _ARRAYS else {f"{name}.png": _png(values)}
    return files


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) uint8 RGB."""
    colours = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def labels_bytes(labels: dict[str, Any]) -> bytes:
    """Labels as JSON in a fixed order."""
    return json.dumps(labels, sort_keys=True, separators=(",", ":")).encode()


def _png(values: NDArray[Any]) -> bytes:
    return cv2.imencode(".png", values.astype(np.uint8))[1].tobytes()


def _npy(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(values), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read_shard(path: Path) -> Iterator[Sample]:
    """The pictures of a shard, one after the other in their order.

    Nothing is unpacked onto the disk; sizes are looked at before anything is decoded.

    Raises:
        UserError: the file is missing, damaged, or holds what no shard of this program does.
    """
    try:
        with tarfile.open(path, "r:") as shard:
            group: dict[str, bytes] = {}
            key = ""
            for member in shard:
                found = _MEMBER.fullmatch(member.name)
                if found is None or member.type != tarfile.REGTYPE:
                    raise UserError(f"{path.name} holds {member.name[:60]!r}, which no data set of people does")
                if member.size > (LARGEST_LABELS if found["kind"] == "json" else LARGEST_FILE):
                    raise UserError(f"{path.name}: {member.name} is larger than any file of a picture")
                if group and found["key"] != key:
                    yield _decoded(path, key, group)
                    group = {}
                key = found["key"]
                if found["kind"] in group:
                    raise UserError(f"{path.name} holds {member.name} twice")
                stream = shard.extractfile(member)
                assert stream is not None, "a regular file has content"
                group[found["kind"]] = stream.read()
            if group:
                yield _decoded(path, key, group)
    except FileNotFoundError:
        raise UserError(f"there is no file {path}: give a shard of a data set") from None
    except (tarfile.TarError, OSError) as error:
        raise UserError(f"{path} is no tar, or it is damaged ({error}): make the data set again") from error


def _decoded(path: Path, key: str, group: dict[str, bytes]) -> Sample:
    try:
        labels = json.loads(group["json"])
        if not isinstance(labels, dict):
            raise ValueError("its labels are none")
        pixels = _picture(group["jpg"], "JPEG", "RGB")
        maps = {kind.removesuffix(".npy"): _array(kind, data) for kind, data in group.items() if kind.endswith(".npy")}
        for kind in (kind for kind in group if kind.endswith(".png")):
            maps[kind.removesuffix(".png")] = _picture(group[kind], "PNG", "L")
    except (KeyError, ValueError, OSError, RecursionError, Image.DecompressionBombError) as error:
        raise UserError(f"{path.name}: {key} cannot be read ({error}): make the data set again") from error
    person, number = key.split("_")
    return Sample(person, int(number), pixels, labels, maps)


def _picture(data: bytes, kind: str, mode: str) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if max(image.size) > LARGEST or image.mode != mode:
            raise ValueError(f"a picture of {image.width} x {image.height} pixels, {image.mode}")
        return np.asarray(image)


def _array(kind: str, data: bytes) -> NDArray[Any]:
    """An array whose header says no more than there is."""
    wanted, axes = _ARRAYS[kind.removesuffix(".npy")]
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(f"{kind} is of another version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    left = len(data) - stream.tell()
    if dtype != wanted or len(shape) != axes or fortran or int(np.prod(shape, dtype=object)) * dtype.itemsize != left:
        raise ValueError(f"{kind} is not as a data set has it")
    return np.frombuffer(data, wanted, offset=stream.tell()).reshape(shape)
