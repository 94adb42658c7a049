"""Import an encoder from a TensorFlow.js model or a TensorFlow Lite one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.keras_file import layers_of
from explorer.science.networks.tfjs_graph import TfjsGraph, read_json, read_weights, shards_of
from explorer.science.networks.tflite_graph import TfliteGraph, read_tflite
from explorer.science.recognition.imported.conventions import InputConvention, Size, caffe, common
from explorer.science.recognition.imported.keras_network import import_layers
from explorer.science.recognition.imported.network import ImportedNetwork, Vectors, tried
from explorer.science.recognition.imported.onnx_file import USUAL_SIZES, best_output, choices


def files_of_tfjs(path: Path) -> tuple[Path, ...]:
    """The JSON and the shards beside it."""
    return (path, *shards_of(path, read_json(path)))


def import_tfjs(path: Path, layer: str | None, digest: str) -> ImportedNetwork:
    """Build an encoder of a TensorFlow.js graph model or layers model.

    Raises:
        NetworkFileError: it is none, its shards are not beside it, or it has no such layer.
    """
    model = read_json(path)
    weights = read_weights(path, model)
    topology = model["modelTopology"]
    if "model_config" in topology:
        return _layers_model(topology, weights, layer, digest)
    if "node" not in topology:
        raise NetworkFileError("its modelTopology has neither a graph nor layers")
    whole = TfjsGraph(model, weights)
    outputs, made = whole.outputs_named, whole.made
    every = (*outputs, *(name for name in reversed(made) if name not in outputs))
    if layer is not None and layer not in every:
        raise NetworkFileError(f"the graph has no node {layer!r}; {choices(every)}")
    sizes = _sizes(whole.input_shape)
    name, result = best_output(
        [layer] if layer is not None else list(outputs),
        lambda one: tried(
            Vectors(TfjsGraph(model, weights, one), channels_last=True), sizes, "the TensorFlow.js graph"
        ),
    )
    title = f"TensorFlow.js graph ({len(topology['node'])} nodes)"
    return result.as_network(title, "TensorFlow.js", name, every, _guessed(result.sizes[0]), digest)


def _layers_model(topology: dict[str, Any], weights: dict[str, Any], layer: str | None, digest: str) -> ImportedNetwork:
    import json
    from dataclasses import replace

    by_layer: dict[str, dict[str, Any]] = {}
    for name, value in weights.items():
        owner, _, last = name.rpartition("/")
        by_layer.setdefault(owner.split("/")[-1], {})[last] = value
    found = import_layers(layers_of(json.dumps(topology["model_config"])), by_layer, layer, digest)
    return replace(found, file_format="TensorFlow.js")


def import_tflite(data: bytes, layer: str | None, digest: str) -> ImportedNetwork:
    """Build an encoder of a TensorFlow Lite model.

    Raises:
        NetworkFileError: it is none, is computed in whole numbers, or has no such tensor.
    """
    model = read_tflite(data)
    whole = TfliteGraph(model)
    every = (*whole.output_names, *(name for name in reversed(whole.made) if name not in whole.output_names))
    if layer is not None and layer not in every:
        raise NetworkFileError(f"the model makes no tensor {layer!r}; {choices(every)}")
    sizes = _sizes(model.input_shape)
    name, result = best_output(
        [layer] if layer is not None else list(whole.output_names),
        lambda one: tried(Vectors(TfliteGraph(model, one), channels_last=True), sizes, "the graph"),
    )
    title = f"TensorFlow Lite graph ({len(model.nodes)} operations)"
    return result.as_network(title, "TensorFlow Lite", name, every, _guessed(result.sizes[0]), digest)


def _sizes(shape: tuple[int, ...]) -> tuple[Size, ...]:
    if len(shape) != 4 or shape[3] != 3:
        raise NetworkFileError(
            f"its input has the shape {list(shape)}; an encoder takes pictures with their channels last"
        )
    if not 16 <= min(shape[1:3]) <= max(shape[1:3]) <= 1024:
        if min(shape[1:3]) < 0:
            return USUAL_SIZES
        raise NetworkFileError(f"it wants pictures of {shape[1]} x {shape[2]}; 16 to 1024 pixels are taken")
    return ((shape[1], shape[2]),)


def _guessed(size: Size) -> tuple[InputConvention, ...]:
    if max(size) > 128:
        return tuple(dict.fromkeys([caffe(size), *common(size)]))
    return common(size)
