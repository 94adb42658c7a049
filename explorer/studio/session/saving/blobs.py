"""The parts that a session is kept in: JSON, pictures and arrays, each named by the hash of its bytes.

A part that is named by its hash can be checked when it is read, is written once however often a session is saved, and
its name leads nowhere but to itself. What is read comes from strangers: sizes, kinds and shapes are looked at before
anything is believed.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.science.errors import LikenessError
from explorer.science.faces.reading import read_photograph

Arrays = Mapping[str, NDArray[Any]]

REFERENCE = re.compile(r"[0-9a-f]{64}\.(png|safetensors|json)")
LARGEST_BLOB = 2**30
LARGEST_JSON = 64 * 2**20

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class DamagedSessionError(LikenessError, ValueError):
    """A part of a session that cannot be used; the message says what is wrong with it."""


class BlobSink(Protocol):
    """Takes parts."""

    def put(self, ending: str, made_from: tuple[object, ...], encode: Callable[[], bytes]) -> str:
        """Keep a part.

        Args:
            ending: "png", "safetensors" or "json".
            made_from: the unchanging objects that it follows from: of the very same ones it need not be made again.
            encode: makes its bytes.

        Returns:
            Its reference.
        """
        ...


class BlobSource(Protocol):
    """Gives parts back."""

    def get(self, reference: str) -> bytes:
        """A part's bytes, which have the hash that the reference says.

        Raises:
            DamagedSessionError: it is missing, too large or altered.
        """
        ...


def reference_of(data: bytes, ending: str) -> str:
    """How a part of these bytes is called."""
    return f"{hashlib.sha256(data).hexdigest()}.{ending}"


def checked(data: bytes, reference: str) -> bytes:
    """Return a part's bytes.

    Raises:
        DamagedSessionError: they are not those that the reference was made from.
    """
    if reference_of(data, reference.rpartition(".")[2]) != reference:
        raise DamagedSessionError(f"its part {reference[:12]} is damaged")
    return data


def put_json(sink: BlobSink, record: BaseModel, made_from: tuple[object, ...], but: set[str] | None = None) -> str:
    """Keep a record as JSON, but for some of its fields."""
    return sink.put("json", made_from, lambda: json.dumps(record.model_dump(mode="json", exclude=but)).encode())


def get_json(source: BlobSource, reference: str) -> Any:
    """Read a record."""
    return parsed(_of_kind(source, reference, "json"))


def parsed(data: bytes) -> Any:
    """JSON from bytes.

    Raises:
        DamagedSessionError: it is too large, nested too deeply, or none.
    """
    if len(data) > LARGEST_JSON:
        raise DamagedSessionError(f"it holds a record of {len(data) / 2**20:.0f} MB")
    try:
        value = json.loads(data)
        if _SURROGATE.search(data) is not None:
            # Half a character can be read, and could never be written again.
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError) as error:
        reason = "is nested too deeply" if isinstance(error, RecursionError) else "is no JSON"
        raise DamagedSessionError(f"one of its records {reason}") from None


def put_picture(sink: BlobSink, pixels: NDArray[np.uint8]) -> str:
    """Keep a picture (H, W, 3) uint8 without loss, and nothing else with it."""

    def encode() -> bytes:
        buffer = io.BytesIO()
        # The strongest compression takes ten times as long and saves a tenth.
        Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)
        return buffer.getvalue()

    return sink.put("png", (pixels,), encode)


def get_picture(source: BlobSource, reference: str) -> NDArray[np.uint8]:
    """Read a picture, (H, W, 3) uint8.

    Raises:
        FaceError: it is no picture, or too large; judged before it is decoded.
    """
    return read_photograph(_of_kind(source, reference, "png"), "a picture in it").pixels


def put_arrays(sink: BlobSink, arrays: Callable[[], Arrays], made_from: tuple[object, ...]) -> str:
    """Keep arrays by name. They are only asked for where they have to be written."""

    def encode() -> bytes:
        data: bytes = save({name: np.ascontiguousarray(values) for name, values in arrays().items()})
        return data

    return sink.put("safetensors", made_from, encode)


def get_arrays(source: BlobSource, reference: str) -> Arrays:
    """Read arrays by name: finite float32 numbers, and nothing else.

    Raises:
        DamagedSessionError: they are something else.
    """
    data = _of_kind(source, reference, "safetensors")
    try:
        arrays: dict[str, NDArray[Any]] = load(data)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise DamagedSessionError(f"its arrays cannot be read: {error}") from None
    for name, values in arrays.items():
        if values.dtype != np.float32 or not np.isfinite(values).all():
            raise DamagedSessionError(f"its array {name[:40]} holds something else than finite float32 numbers")
    return arrays


def shaped(arrays: Arrays, name: str, *shapes: tuple[int | None, ...]) -> NDArray[np.float32]:
    """One of some arrays, which must have one of these shapes; None stands for any length from 1 to 65,536.

    Raises:
        DamagedSessionError: it is not there, or has another shape.
    """
    if name not in arrays:
        raise DamagedSessionError(f"it lacks the array {name[:40]}")
    values: NDArray[np.float32] = arrays[name]
    for shape in shapes:
        pairs = zip(values.shape, shape, strict=False)
        if values.ndim == len(shape) and all(n == wanted or (wanted is None and 0 < n <= 2**16) for n, wanted in pairs):
            return values
    raise DamagedSessionError(f"its array {name[:40]} has the shape {values.shape}")


def _of_kind(source: BlobSource, reference: str, ending: str) -> bytes:
    if not REFERENCE.fullmatch(reference) or not reference.endswith(f".{ending}"):
        raise DamagedSessionError(f"it refers to {reference[:80]!r}, which is no {ending} part of a session")
    return source.get(reference)
