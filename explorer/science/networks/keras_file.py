"""Read a Keras `.h5` by h5py alone: its layers' JSON, where it has one, and its weights by layer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.hdf5 import Hdf5Error, OwnNumbers, own_member

if TYPE_CHECKING:
    import h5py

# Of a network's JSON.
_LARGEST_JSON = 8 << 20
_MOST_LAYERS, _MOST_OF_LAYER = 4096, 64


def read_keras(path: Path | IO[bytes]) -> tuple[list[dict[str, Any]] | None, dict[str, dict[str, Tensor]]]:
    """The layers of the model's JSON (None in a file of weights alone), and each layer's tensors by their last names.

    Args:
        path: the file, or what it holds, open and seekable.

    Raises:
        NetworkFileError: the file is no Keras model, is damaged, or refers to other files.
    """
    import h5py  # slow to begin, and needed for few networks

    try:
        with h5py.File(path, "r") as file:
            size = path.stat().st_size if isinstance(path, Path) else path.seek(0, io.SEEK_END)
            numbers = OwnNumbers(size, "f")
            config = _layers(file, numbers)
            group = _member(file, "model_weights") if file.get("model_weights", getlink=True) else file
            return config, _weights(group, numbers)
    except NetworkFileError:
        raise
    except Hdf5Error as error:
        raise NetworkFileError(str(error)) from error
    except Exception as error:  # HDF5's own errors are of many types
        raise NetworkFileError(f"the HDF5 file is damaged: {said(error)}") from error


def _layers(file: h5py.File, numbers: OwnNumbers) -> list[dict[str, Any]] | None:
    text = numbers.attribute(file, "model_config")
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


def _weights(group: h5py.Group, numbers: OwnNumbers) -> dict[str, dict[str, Tensor]]:
    names = numbers.attribute(group, "layer_names")
    if names is None:
        raise NetworkFileError("this is an HDF5 file, but no Keras model: it lists no layers")
    found: dict[str, dict[str, Tensor]] = {}
    for raw in names[:_MOST_LAYERS]:
        layer = _text(raw)
        inner = _member(group, layer)
        tensors: dict[str, Tensor] = {}
        listed = numbers.attribute(inner, "weight_names")
        for raw_name in () if listed is None else listed[:_MOST_OF_LAYER]:
            name = _text(raw_name)
            values = numbers.read(_member(inner, name), name)
            tensors[name.split("/")[-1].split(":")[0]] = torch.from_numpy(np.asarray(values, np.float32))
        found[layer] = tensors
    return found


def _member(group: Any, path: str) -> Any:
    if ".." in path.split("/"):
        raise NetworkFileError(f"{path[:80]!r} leads out of its group")
    found = own_member(group, path)
    if found is None:
        raise NetworkFileError(f"{path[:80]!r} is missing, or a link to another place, which is not followed")
    return found


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
