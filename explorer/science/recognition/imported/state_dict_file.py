"""Import an encoder from the tensors of a PyTorch checkpoint: nothing in it is run, and only tensors are loaded."""

from __future__ import annotations

import io
import pickletools
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import InertArray, PickleError, load_restricted, refuse_crafted
from explorer.science.recognition.imported.architectures import inception_resnet, iresnet, mobilefacenet, vggface
from explorer.science.recognition.imported.architectures.family import Layout, State
from explorer.science.recognition.imported.network import ImportedNetwork, tried

LAYOUTS: tuple[Layout, ...] = (
    *iresnet.LAYOUTS,
    *mobilefacenet.LAYOUTS,
    *inception_resnet.LAYOUTS,
    *vggface.LAYOUTS,
)
# The longest list of objects that a checkpoint of an encoder has; its tensors' numbers lie beside it.
_LARGEST_PICKLE = 64 << 20
_HOLDERS = ("state_dict", "model_state_dict", "net_state_dict", "backbone", "model", "network", "net", "weights")
_DEEPEST_HOLDER = 3
_MOST_TENSORS = 10_000
# Of bytes that tensors may show more than once, as those do that are tied to each other.
_SHARED = 1 << 20
# What tensors and the dictionaries around them are made of, as a pickle names it.
_NEEDED = re.compile(
    r"torch._utils _rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state)"
    r"|torch._tensor _rebuild_from_type_v2|torch.nn.parameter Parameter"
    r"|torch (Size|Tensor|[a-z0-9_]+)|torch(.cuda|.storage)? \w*Storage"
    r"|collections (OrderedDict|Counter)|(builtins|__builtin__) (set|complex)|_codecs encode"
)


def import_state_dict(path: Path, layer: str | None, digest: str) -> ImportedNetwork:
    """Build an encoder of a checkpoint: zipped, of the older form, safetensors, or pickled arrays.

    Raises:
        NetworkFileError: the file holds more than tensors, or tensors of no architecture that is known.
    """
    tensors = dict(_tensors(load_tensors(path)))
    if not tensors:
        raise NetworkFileError("the PyTorch file holds no tensors under names; save the network's state_dict()")
    _refuse_empty_promises(tensors)
    layout, prefix, state = recognise(tensors)
    found = layout.build(state, prefix, layer)
    sizes = tuple(dict.fromkeys(convention.size for convention in found.conventions))[:1]
    result = tried(found.module, sizes, found.title)
    chosen = layer or found.layers[0]
    return result.as_network(found.title, "PyTorch", chosen, found.layers, found.conventions, digest)


def load_tensors(path: Path) -> Any:
    """What a checkpoint holds, tensors mapped from the file where it allows that.

    Raises:
        NetworkFileError: it would call something, is damaged, or is of another kind.
    """
    with path.open("rb") as stream:
        head = stream.read(16)
    if head[8:9] == b"{":
        return _safetensors(path)
    mapped = zipfile.is_zipfile(path)
    if mapped:
        _check_archive(path)
    elif (arrays := _pickled_arrays(path)) is not None:
        return arrays
    else:
        _check_older_form(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the older form, that it is old
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as error:  # a crafted file can make the loader stumble in any way
        raise NetworkFileError(_why(str(error))) from error


def _why(message: str) -> str:
    for mark in ("Unsupported global: GLOBAL ", "Unsupported class "):
        if mark in message:
            name = message.split(mark, 1)[1].split(maxsplit=1)[0]
            return (
                f"the PyTorch file asks for {name[:80]}, which is never loaded: it holds a whole object rather than "
                "tensors alone; save the network's state_dict()"
            )
    return f"the PyTorch file is damaged, or asks for more than tensors: {message.strip().splitlines()[0][:160]}"


def _check_archive(path: Path) -> None:
    """A zipped checkpoint stores its parts as they are, so that none can be larger than the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            pickled = _only_pickle(entries)
            _screen(io.BytesIO(archive.read(pickled)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError(f"the archive is damaged: {said(error)}") from error


def _only_pickle(entries: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    names = [entry.filename for entry in entries]
    if any(name.endswith("constants.pkl") for name in names) or any("/code/" in name for name in names):
        raise NetworkFileError("this is a TorchScript archive, which holds a program; save the network's state_dict()")
    pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
    if len(pickles) != 1:
        raise NetworkFileError("this is a zip archive, but no PyTorch checkpoint: it has no data.pkl")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise NetworkFileError("the archive's parts are compressed, as no PyTorch checkpoint's are; unpack it first")
    if pickles[0].file_size > _LARGEST_PICKLE:
        raise NetworkFileError(f"its list of tensors has {pickles[0].file_size} bytes, more than any network's")
    return pickles[0]


def _screen(stream: BinaryIO) -> None:
    """Look through a pickle, to its end: of what torch itself would call, only what tensors are made of is let through.

    The others could make room for any number of bytes, or for tensors whose numbers are nowhere.
    """
    try:
        refuse_crafted(stream, "the PyTorch file")
        for opcode, value, _ in pickletools.genops(stream):
            if opcode.name == "GLOBAL" and not _NEEDED.fullmatch(str(value)):
                raise NetworkFileError(_why(f"Unsupported global: GLOBAL {str(value).replace(' ', '.')}"))
    except PickleError as error:
        raise NetworkFileError(str(error)) from error


def _check_older_form(path: Path) -> None:
    """The older form says before each tensor how large it is: nothing larger than the file is made room for."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            for _ in range(3):  # the magic number, the version, the system
                _screen(stream)
            beginning = stream.tell()
            _screen(stream)
            stream.seek(beginning)
            for opcode, value, _place in pickletools.genops(stream):
                if opcode.name.startswith(("BININT", "LONG", "INT")) and isinstance(value, int) and value > size:
                    raise NetworkFileError(f"it says that a tensor has {value} numbers, which the file does not have")
                if stream.tell() > _LARGEST_PICKLE:
                    raise NetworkFileError("its list of tensors is longer than any network's")
            _screen(stream)  # in which order their numbers follow
    except NetworkFileError:
        raise
    except Exception as error:
        raise NetworkFileError(f"the PyTorch file is damaged: {said(error)}") from error


def _pickled_arrays(path: Path) -> dict[str, Tensor] | None:
    """The arrays of a plain pickle, as VGGFace2's weights were published; None for what begins as torch writes."""
    with path.open("rb") as stream:
        head = stream.read(32)
        if b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" in head or not head.startswith(b"\x80"):
            return None
        stream.seek(0)
        data = stream.read()
    try:
        found = load_restricted(data, subject="the pickle", encoding="latin1")
    except PickleError as error:
        raise NetworkFileError(str(error)) from error
    if not isinstance(found, dict):
        raise NetworkFileError("the pickle holds no arrays under names")
    import numpy as np

    arrays: dict[str, Tensor] = {}
    made: dict[int, Tensor] = {}
    for key, value in found.items():
        name = key.decode("latin1") if isinstance(key, bytes) else key
        if isinstance(name, str) and isinstance(value, InertArray):
            if id(value) not in made:  # one array may stand under many names
                native = value.values.astype(value.values.dtype.newbyteorder("="))
                made[id(value)] = torch.from_numpy(np.ascontiguousarray(native))
            arrays[name] = made[id(value)]
    return arrays


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    except (SafetensorError, OSError, ValueError) as error:
        raise NetworkFileError(f"the safetensors file is damaged: {said(error)}") from error


def _refuse_empty_promises(tensors: Mapping[str, Tensor]) -> None:
    """No tensor has more numbers than are behind it, and all together hardly more than are in the file.

    A tensor of strides of 0 shows one number as often as it likes.
    """
    if len(tensors) > _MOST_TENSORS:
        raise NetworkFileError(f"the file holds {len(tensors)} tensors, more than any encoder")
    behind: dict[int, int] = {}
    shown = 0
    for name, value in tensors.items():
        plain = value.layout == torch.strided and value.device.type == "cpu" and not value.is_quantized
        if not plain or value.dtype.is_complex:
            raise NetworkFileError(f"tensor {name[:80]!r} is not of plain numbers, one behind the other")
        storage = value.untyped_storage()
        behind[storage.data_ptr()] = max(storage.nbytes(), behind.get(storage.data_ptr(), 0))
        size = value.numel() * value.element_size()
        if size > storage.nbytes():
            raise NetworkFileError(
                f"tensor {name[:80]!r} says that it holds {value.numel()} numbers, which the file does not have"
            )
        shown += size
    if shown > 2 * sum(behind.values()) + _SHARED:
        raise NetworkFileError(f"its {len(tensors)} tensors show the same numbers again and again: it is no network")


def _tensors(found: Any, depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """The named tensors of a checkpoint, wherever the training put them."""
    if not isinstance(found, Mapping):
        return
    own = {str(name): value for name, value in found.items() if isinstance(value, Tensor)}
    if own:
        yield from own.items()
    if depth >= _DEEPEST_HOLDER:
        return
    for name in _HOLDERS:
        inner = found.get(name)
        if isinstance(inner, Mapping):
            yield from _tensors(inner, depth + 1)
            return


def recognise(tensors: State) -> tuple[Layout, str, dict[str, Tensor]]:
    """The layout that a file's names follow, the prefix before all of them, and the tensors without it.

    Raises:
        NetworkFileError: none is, or several networks of that layout are in the file.
    """
    for layout in LAYOUTS:
        first = layout.anchors[0]
        prefixes = [
            name[: -len(first)]
            for name in tensors
            if (name == first or name.endswith("." + first))
            and all(name[: -len(first)] + anchor in tensors for anchor in layout.anchors)
        ]
        if len(prefixes) > 1:
            shown = ", ".join(repr(prefix) for prefix in prefixes[:4])
            raise NetworkFileError(f"the file holds several networks, under {shown}; save the one to import alone")
        if prefixes:
            prefix = prefixes[0]
            state = {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
            return layout, prefix, state
    some = ", ".join(f"{name} {list(value.shape)}" for name, value in list(tensors.items())[:3])
    known = sorted({layout.title for layout in LAYOUTS})
    raise NetworkFileError(
        f"{len(tensors)} tensors ({some}, ...) that follow no known encoder; known are {', '.join(known)}"
    )
