"""Read what torch has pickled, as inert trees: nothing that a file names is called, numbers are read when asked for.

Three layouts: the ZIP archive of torch 1.6 and later, the stream of earlier versions, and a plain pickle whose tensors
carry their numbers as streams inside of it. Torch's own classes, and whatever else a reader names, stand for inert
ones; a storage stands for the place where its numbers lie.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import torch
from torch import Tensor

from explorer.science.contents import open_file
from explorer.science.names import said
from explorer.science.networks.restricted_pickle import (
    ARRAY_NAMES,
    Maker,
    PickleError,
    RestrictedUnpickler,
    bytes_of,
    refuse_crafted,
    scalar,
)

T = TypeVar("T")
Known = Callable[[str, str], Any]

LARGEST_FILE = 3 << 29
_CHANGED = "it changes what was read from it"
_LARGEST_TREE = 1 << 28  # of the pickle inside of an archive, which holds no numbers
_LARGEST_RANK = 8
_ARCHIVE, _STREAM_MAGIC, _STREAM_VERSION = b"PK\x03\x04", 0x1950A86A20F9469CFC6C, 1001
_KINDS: Mapping[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "UntypedStorage": torch.uint8,
}


class InertObject:
    """Stands for any object: keeps the state that it is given, does nothing."""

    state: Any = None

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state


class InertDict(dict[Any, Any]):
    """Stands for subclasses of dict."""

    def __setstate__(self, state: Any) -> None:
        pass


@dataclass(frozen=True, slots=True)
class InertStorage:
    """Numbers of a file: how many of what kind, and what reads their bytes."""

    kind: torch.dtype
    count: int
    read: Callable[[], bytes]

    def __setstate__(self, state: Any) -> None:
        raise PickleError(_CHANGED)


@dataclass(frozen=True, slots=True)
class _InnerStream:
    """A storage that lies in the pickle itself, as a stream or an archive of torch."""

    content: bytes

    def __setstate__(self, state: Any) -> None:
        raise PickleError(_CHANGED)

    def opened(self) -> InertStorage:
        """Where its numbers lie in it."""
        found = _read(io.BytesIO(self.content), lambda module, name: None, nested=True)
        if not isinstance(found, InertStorage):
            raise PickleError("a tensor has no numbers behind it")
        return found


@dataclass(frozen=True, slots=True)
class InertTensor:
    """Where a tensor's numbers lie, and how they are laid out."""

    storage: InertStorage | _InnerStream
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def __setstate__(self, state: Any) -> None:
        raise PickleError(_CHANGED)

    def tensor(self) -> Tensor:
        """Its numbers, contiguous, in their own type.

        Raises:
            PickleError: its storage has fewer numbers than its shape asks for, or is damaged.
        """
        return _guarded(self._read)

    def _read(self) -> Tensor:
        storage = self.storage.opened() if isinstance(self.storage, _InnerStream) else self.storage
        count = math.prod(self.shape)
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if count > storage.count or (count and last >= storage.count):
            raise PickleError(f"a tensor of shape {self.shape} has {storage.count} numbers behind it")
        content = storage.read()
        if len(content) != storage.count * storage.kind.itemsize:
            raise PickleError("the numbers of a tensor are cut off")
        if not count:
            return torch.zeros(self.shape, dtype=storage.kind)
        flat = torch.frombuffer(bytearray(content), dtype=storage.kind)
        return flat.as_strided(self.shape, self.strides, self.offset).clone(memory_format=torch.contiguous_format)


def read_torch_file(path: Path, known: Known = lambda module, name: None) -> Any:
    """What a file holds: dicts, lists and numbers, with `InertTensor` for tensors.

    Args:
        known: what further names stand for, by module and name; None where it is refused.

    Raises:
        PickleError: it is none of torch's layouts, is damaged, or asks for what is never loaded.
        OSError: it cannot be read.
    """
    with open_file(path) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size > LARGEST_FILE:
            raise PickleError(f"it has {size / 1e9:.1f} GB, and no network of this kind is that large")

        def piece(offset: int, length: int) -> bytes:
            if offset + length > size:
                raise PickleError("the numbers of a tensor are cut off")
            with open_file(path) as again:
                again.seek(offset)
                return again.read(length)

        return _guarded(lambda: _read(file, known, piece=piece))


def _guarded(load: Callable[[], T]) -> T:
    try:
        return load()
    except PickleError:
        raise
    except Exception as error:
        # A crafted file can make an unpickler stumble in any way, recursion and memory included; each is its own fault.
        raise PickleError(f"it is damaged: {said(error)}") from error


def _read(
    file: BinaryIO, known: Known, *, nested: bool = False, piece: Callable[[int, int], bytes] | None = None
) -> Any:
    head = file.read(4)
    file.seek(0)
    if head == _ARCHIVE:
        return _read_archive(file, known, nested, piece)
    first = _load(file, known, nested)
    if first == _STREAM_MAGIC and isinstance(first, int):
        return _read_stream(file, known, nested, piece)
    return first


def _load(file: BinaryIO, known: Known, nested: bool, outside: Callable[[Any], Any] | None = None) -> Any:
    refuse_crafted(file)

    def find(module: str, name: str) -> Any:
        if nested and name == "_load_from_bytes":
            return None
        return _find(module, name) or known(module, name)

    return RestrictedUnpickler(file, find, outside).load()


def _read_stream(file: BinaryIO, known: Known, nested: bool, piece: Callable[[int, int], bytes] | None) -> Any:
    """The layout before torch 1.6: three headers, the tree, the keys of its storages, their numbers in this order."""
    if _load(file, known, nested) != _STREAM_VERSION:
        raise PickleError("it is of another version of torch's layout")
    if _load(file, known, nested).get("little_endian") is False:
        raise PickleError("its numbers are in the byte order of other machines")
    places: dict[str, tuple[int, int]] = {}

    def outside(reference: Any) -> InertStorage:
        kind, key, count = _reference(reference)

        def read() -> bytes:
            offset, length = places[key]
            if piece is not None:
                return piece(offset, length)
            file.seek(offset)
            return file.read(length)

        return InertStorage(kind, count, read)

    kinds: dict[str, torch.dtype] = {}

    def noted(reference: Any) -> InertStorage:
        kind, key, _ = _reference(reference)
        kinds[key] = kind
        return outside(reference)

    tree = _load(file, known, nested, noted)
    for key in _load(file, known, nested):
        if not isinstance(key, str | int):
            raise PickleError("it refers to numbers of an unknown kind")
        count = int.from_bytes(file.read(8), "little")
        length = count * kinds.get(str(key), torch.uint8).itemsize
        places[str(key)] = (file.tell(), length)
        file.seek(length, io.SEEK_CUR)
    return tree


def _read_archive(file: BinaryIO, known: Known, nested: bool, piece: Callable[[int, int], bytes] | None) -> Any:
    """The layout since torch 1.6: a ZIP archive with the tree in data.pkl and each storage's numbers in data/KEY."""
    with zipfile.ZipFile(file) as archive:
        members = {entry.filename: entry for entry in archive.infolist()}
        tree = next((name for name in members if name.rpartition("/")[2] == "data.pkl"), None)
        if tree is None:
            raise PickleError("it is a ZIP archive, and not one of torch's")
        folder = tree.removesuffix("data.pkl")
        if any(name.startswith(f"{folder}code/") for name in members):
            raise PickleError("it is a TorchScript program, which holds code and is never opened: save its state_dict")
        for entry in members.values():
            if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                raise PickleError(f"its member {entry.filename} is packed, which torch never does")
        if members[tree].file_size > _LARGEST_TREE:
            raise PickleError("its data.pkl is larger than any network's")
        if f"{folder}byteorder" in members and archive.read(f"{folder}byteorder").strip() != b"little":
            raise PickleError("its numbers are in the byte order of other machines")
        content = archive.read(tree)
        places = {name: _place(file, entry) for name, entry in members.items() if name.startswith(f"{folder}data/")}

    def outside(reference: Any) -> InertStorage:
        kind, key, count = _reference(reference)
        if f"{folder}data/{key}" not in places:
            raise PickleError(f"the numbers data/{key} are missing")
        offset, length = places[f"{folder}data/{key}"]

        def read() -> bytes:
            if piece is not None:
                return piece(offset, length)
            file.seek(offset)
            return file.read(length)

        return InertStorage(kind, count, read)

    return _load(io.BytesIO(content), known, nested, outside)


def _place(file: BinaryIO, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Where a stored member's bytes lie: behind its own header, whose two last fields say how long its end is."""
    file.seek(entry.header_offset)
    header = file.read(30)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return entry.header_offset + 30 + lengths, entry.file_size


def _reference(reference: Any) -> tuple[torch.dtype, str, int]:
    """The kind, key and count of what torch refers to outside of the tree."""
    if not isinstance(reference, tuple) or len(reference) < 5 or reference[0] != "storage":
        raise PickleError("it refers to objects outside of the file")
    _, kind, key, _, count, *view = reference
    known = isinstance(kind, torch.dtype) and isinstance(key, str | int) and isinstance(count, int) and count >= 0
    if not known or any(view):
        raise PickleError("it refers to numbers of an unknown kind")
    return kind, str(key), count


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: object) -> InertTensor:
    sizes = (offset, *shape, *strides)
    if not isinstance(storage, InertStorage | _InnerStream) or len(shape) != len(strides) or len(shape) > _LARGEST_RANK:
        raise PickleError("a tensor is described in a way that is not known")
    if not all(type(size) is int and 0 <= size < 1 << 48 for size in sizes):
        raise PickleError("a tensor has sizes that are no counts")
    return InertTensor(storage, offset, tuple(shape), tuple(strides))


def _typed_tensor(storage: Any, offset: Any, shape: Any, strides: Any, _: Any, __: Any, kind: Any, *___: Any) -> Any:
    """What torch's `_rebuild_tensor_v3` describes: bytes that are numbers of another type."""
    if not isinstance(storage, InertStorage) or not isinstance(kind, torch.dtype):
        raise PickleError("a tensor is described in a way that is not known")
    held = storage.count * storage.kind.itemsize // kind.itemsize
    return _tensor(InertStorage(kind, held, storage.read), offset, shape, strides)


def _first(content: Any, *_: object) -> Any:
    return content


def _rebuilt(function: Any, _: Any, arguments: Any, *__: object) -> Any:
    """What torch's `_rebuild_from_type_v2` does, for a tensor and nothing else."""
    if not isinstance(function, Maker) or function.make not in (_tensor, _typed_tensor):
        raise PickleError("a tensor is described in a way that is not known")
    return function(*arguments)


def _reconstructed(kind: Any, *_: object) -> Any:
    """What `copyreg._reconstructor` does, for inert classes."""
    return kind() if isinstance(kind, type) and issubclass(kind, InertObject | InertDict) else InertObject()


_NAMES: Mapping[tuple[str, str], Any] = {
    **ARRAY_NAMES,
    ("numpy.core.multiarray", "scalar"): scalar,
    ("numpy._core.multiarray", "scalar"): scalar,
    ("_codecs", "encode"): bytes_of,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): lambda *_: InertDict(),
    ("copyreg", "_reconstructor"): _reconstructed,
    ("copy_reg", "_reconstructor"): _reconstructed,
    ("argparse", "Namespace"): InertObject,
    ("torch", "Size"): tuple,
    ("torch", "device"): InertObject,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuilt,
    ("torch.nn.parameter", "Parameter"): InertObject,
    ("torch", "Tensor"): InertObject,
    ("torch.storage", "_load_from_bytes"): _InnerStream,
    **{(module, name): kind for module in ("torch", "torch.storage", "torch.cuda") for name, kind in _KINDS.items()},
    **{
        (module, name): {"set": set, "frozenset": frozenset, "dict": InertDict}.get(name, InertObject)
        for module in ("builtins", "__builtin__")
        for name in ("set", "frozenset", "dict", "object", "slice", "int", "float", "bool", "str", "list", "tuple")
    },
}


def _find(module: str, name: str) -> Any:
    found = _NAMES.get((module, name))
    if found is not None:
        return found
    kind = getattr(torch, name, None) if module == "torch" and name.isidentifier() else None
    return kind if isinstance(kind, torch.dtype) else None
