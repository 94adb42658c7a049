"""Import an encoder from a Keras model: FaceNet's Inception-ResNet, keras-vggface's three, other graphs of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.keras_file import read_keras
from explorer.science.networks.keras_graph import KerasGraph
from explorer.science.recognition.imported import keras_vggface
from explorer.science.recognition.imported.conventions import (
    InputConvention,
    Size,
    common,
    facenet,
    proposals,
    vggface,
    vggface2,
)
from explorer.science.recognition.imported.network import ImportedNetwork, Vectors, tried
from explorer.science.recognition.imported.onnx_file import USUAL_SIZES, choices

_CLASSIFYING = ("softmax", "sigmoid")


def import_keras(path: Path, layer: str | None, digest: str) -> ImportedNetwork:
    """Build an encoder of a Keras `.h5`.

    Raises:
        NetworkFileError: the file is no Keras model, holds weights of an unknown network, or has no such layer.
    """
    layers, weights = read_keras(path)
    kind = keras_vggface.told_by(weights)
    if kind is not None:
        vgg = kind == "VGG-16"
        layers, descriptor = (
            keras_vggface.vgg16(weights) if vgg else keras_vggface.residual(weights, kind == "SENet-50")
        )
        first = vggface("BGR") if vgg else vggface2("BGR")
        return build(f"{kind} (keras-vggface)", (layers, descriptor), weights, layer, proposals(first), digest)
    if layers is None:
        some = ", ".join(list(weights)[:3])
        raise NetworkFileError(
            f"the Keras file holds weights alone ({some}, ...) of a network that is not known; known are "
            "keras-vggface's VGG-16, ResNet-50 and SENet-50; save the whole model"
        )
    return import_layers(layers, weights, layer, digest)


def import_layers(
    layers: list[dict[str, Any]], weights: Mapping[str, Mapping[str, Tensor]], layer: str | None, digest: str
) -> ImportedNetwork:
    """Build an encoder of a Keras model's own layers.

    Raises:
        NetworkFileError: as `import_keras`.
    """
    try:
        descriptor = _descriptor(layers)
        scaled = [one["config"]["name"] for one in layers if one["class_name"] == "Lambda"]
    except (KeyError, TypeError, IndexError) as error:
        raise NetworkFileError("the model's JSON is damaged") from error
    if scaled:
        conventions = proposals(facenet(), facenet(margin=1.0), facenet(margin=1.2), facenet(per_image=False))
        return build("Inception-ResNet-v1 (Keras)", (layers, descriptor), weights, layer, conventions, digest)
    return build(f"Keras graph ({len(layers)} layers)", (layers, descriptor), weights, layer, None, digest)


def _descriptor(layers: Sequence[Mapping[str, Any]]) -> str:
    """The last layer, or what a classifier behind it is given."""
    last = layers[-1]
    for _ in layers:  # no more often, though layers may follow each other in a circle
        if last["config"].get("activation") not in _CLASSIFYING and last["class_name"] != "Softmax":
            break
        inbound = last.get("inbound_nodes")
        before = str(inbound[0][0][0]) if inbound else None
        place = next((i for i, one in enumerate(layers) if one["config"]["name"] == before), len(layers) - 2)
        last = layers[place]
        if last["class_name"] == "InputLayer":
            return str(layers[-1]["config"]["name"])
    return str(last["config"]["name"])


def build(
    title: str,
    described: tuple[list[dict[str, Any]], str],
    weights: Mapping[str, Mapping[str, Tensor]],
    layer: str | None,
    conventions: tuple[InputConvention, ...] | None,
    digest: str,
) -> ImportedNetwork:
    """The import of layers of which one is the descriptor.

    Raises:
        NetworkFileError: a layer is not supported, or there is none of that name.
    """
    layers, descriptor = described
    try:
        names = [str(one["config"]["name"]) for one in reversed(layers)]
        if layer is not None and layer not in names:
            raise NetworkFileError(f"there is no layer {layer!r}; {choices(names)}")
        chosen = layer or descriptor
        graph = KerasGraph(layers, weights, chosen)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError(f"the model's JSON is damaged: {error}") from error
    result = tried(Vectors(graph, channels_last=True), _sizes(graph), f"the network ({title})")
    offered = (descriptor, *(name for name in names if name != descriptor))
    guessed = conventions if conventions is not None else common(result.sizes[0])
    return result.as_network(title, "Keras", chosen, offered, guessed, digest)


def _sizes(graph: KerasGraph) -> tuple[Size, ...]:
    shape = graph.input_shape
    if len(shape) == 4 and shape[1] and shape[2]:
        return ((int(shape[1]), int(shape[2])),)
    return USUAL_SIZES
