"""Read a Keras `.h5` by h5py alone: its layers' JSON, where it has one, and its weights by layer."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError

if TYPE_CHECKING:
    import h5py

# Of a network's JSON, and of all its numbers.
_LARGEST_JSON = 32 << 20
_LARGEST_NUMBERS = 1 << 28
_MOST_LAYERS = 4096


def read_keras(path: Path) -> tuple[list[dict[str, Any]] | None, dict[str, dict[str, Tensor]]]:
    """The layers of the model's JSON (None in a file of weights alone), and each layer's tensors by their last names.

    Raises:
        NetworkFileError: the file is no Keras model, is damaged, refers to other files, or h5py is not installed.
    """
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise NetworkFileError('a Keras file needs h5py, which is not installed: pip install "likeness[3d]"') from error
    try:
        with h5py.File(path, "r") as file:
            config = _layers(file)
            group = _own(file, "model_weights", h5py) if "model_weights" in file else file
            return config, _weights(group, h5py)
    except NetworkFileError:
        raise
    except Exception as error:  # HDF5's own errors are of many types
        raise NetworkFileError(f"the HDF5 file is damaged: {str(error).splitlines()[0][:160]}") from error


def _layers(file: h5py.File) -> list[dict[str, Any]] | None:
    text = file.attrs.get("model_config")
    if text is None:
        return None
    text = text.decode() if isinstance(text, bytes) else str(text)
    return layers_of(text)


def layers_of(text: str) -> list[dict[str, Any]]:
    """The list of layers in the JSON of a model.

    Raises:
        NetworkFileError: it is none, or too long.
    """
    if len(text) > _LARGEST_JSON:
        raise NetworkFileError(f"the model's JSON has {len(text)} letters, more than any network's")
    try:
        config = json.loads(text)["config"]
        layers = config["layers"] if isinstance(config, dict) else config
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NetworkFileError("the model's JSON is damaged") from error
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        raise NetworkFileError("the model's JSON holds no list of layers")
    if len(layers) > _MOST_LAYERS:
        raise NetworkFileError(f"the model has {len(layers)} layers, more than any encoder")
    return layers


def _own(group: h5py.Group, name: str, h5: Any) -> Any:
    """A member that lies in the file itself: a link to another file is refused before it is followed."""
    if not isinstance(group.get(name, getlink=True), h5.HardLink):
        raise NetworkFileError(f"{name!r} is a link to another place, which is not followed")
    return group[name]


def _weights(group: h5py.Group, h5: Any) -> dict[str, dict[str, Tensor]]:
    if "layer_names" not in group.attrs:
        raise NetworkFileError("this is an HDF5 file, but no Keras model: it lists no layers")
    found: dict[str, dict[str, Tensor]] = {}
    total = 0
    for raw in group.attrs["layer_names"][:_MOST_LAYERS]:
        layer = _text(raw)
        inner = _member(group, layer, h5)
        tensors: dict[str, Tensor] = {}
        for raw_name in inner.attrs.get("weight_names", ()):
            name = _text(raw_name)
            data = _member(inner, name, h5)
            count = _numbers(data, name, h5)
            total += count
            if total > _LARGEST_NUMBERS:
                raise NetworkFileError(f"the file says that it holds more than {_LARGEST_NUMBERS} numbers")
            tensors[name.split("/")[-1].split(":")[0]] = torch.from_numpy(np.asarray(data[()], np.float32))
        found[layer] = tensors
    return found


def _member(group: Any, path: str, h5: Any) -> Any:
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        raise NetworkFileError(f"{path!r} leads out of its group")
    if path in group and "/" not in path:
        return _own(group, path, h5)
    for part in parts:
        group = _own(group, part, h5)
    return group


def _numbers(data: Any, name: str, h5: Any) -> int:
    """How many numbers a data set holds, after what could be a trick of its header has been refused."""
    if not isinstance(data, h5.Dataset) or data.external is not None or data.is_virtual:
        raise NetworkFileError(f"{name!r} does not lie in the file itself")
    if data.dtype.kind != "f":
        raise NetworkFileError(f"{name!r} holds {data.dtype}, not numbers of a network")
    count: int = math.prod(data.shape)
    # Weights hardly compress: a header that says otherwise promises what is not there.
    if count * data.dtype.itemsize > 64 * max(data.id.get_storage_size(), 1):
        raise NetworkFileError(f"{name!r} says that it holds {count} numbers, which the file does not have")
    return count


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
