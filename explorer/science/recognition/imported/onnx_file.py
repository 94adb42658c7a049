"""Import an encoder from an ONNX graph of any make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import onnx

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.recognition.imported.conventions import Size, common
from explorer.science.recognition.imported.network import ImportedNetwork, Tried, Vectors, tried

# What graphs with a free input are tried on; networks of other sizes say theirs.
USUAL_SIZES: tuple[Size, ...] = ((112, 112), (160, 160), (224, 224), (112, 96), (128, 128))
# Longer outputs are the logits of a training set's people, or feature maps.
_LONGEST_USUAL = 2048
# Of a network's outputs: one that has more is no encoder.
_MOST_TRIED = 8
_OWN_SCALING = {"Sub", "Mul", "Div", "Add", "BatchNormalization", "Cast"}


def import_onnx(data: bytes, layer: str | None, digest: str) -> ImportedNetwork:
    """Build an encoder of an ONNX model's bytes.

    Args:
        layer: name of the value that is the embedding; the model's own output where None.
        digest: the file's.

    Raises:
        NetworkFileError: the model is none, is no encoder of faces, or has no value of that name.
    """
    whole = OnnxGraph(data)
    layers = (*whole.output_names, *(name for name in reversed(whole.made) if name not in whole.output_names))
    if layer is not None and layer not in layers:
        raise NetworkFileError(f"the ONNX model makes no value called {layer!r}; {choices(layers)}")
    channels_last, sizes = _input(whole)
    names = [layer] if layer is not None else list(whole.output_names)
    name, result = best_output(
        names, lambda one: tried(Vectors(OnnxGraph(data, [one]), channels_last), sizes, "the ONNX model")
    )
    family = f"ONNX graph ({_producer(data)}, {len(whole.made)} operations)"
    conventions = common(result.sizes[0], _scales_itself(data))
    return result.as_network(family, "ONNX", name, layers, conventions, digest)


def choices(layers: Iterable[str]) -> str:
    """The first of the layers there are, for a message."""
    shown = [name[:60] for name in list(layers)[:8]]
    return f"there are {', '.join(shown)} and others" if shown else "it names none"


def best_output(names: Sequence[str], try_one: Callable[[str], Tried]) -> tuple[str, Tried]:
    """The output that is most like an embedding: the longest of no more than 2,048 numbers, else the shortest above.

    Raises:
        NetworkFileError: none is; the message is the first one's.
    """
    found: list[tuple[str, Tried]] = []
    failure: NetworkFileError | None = None
    for name in names[:_MOST_TRIED]:
        try:
            found.append((name, try_one(name)))
        except NetworkFileError as error:
            failure = failure or error
    if not found:
        raise failure or NetworkFileError("the network has no outputs")
    return max(found, key=lambda pair: _likeness_to_an_embedding(pair[1].dimension))


def _likeness_to_an_embedding(dimension: int) -> tuple[bool, int]:
    usual = dimension <= _LONGEST_USUAL
    return usual, dimension if usual else -dimension


def _input(graph: OnnxGraph) -> tuple[bool, tuple[Size, ...]]:
    """Whether the channels come last, and the sizes to try."""
    if len(graph.input_names) != 1:
        raise NetworkFileError(
            f"the ONNX model wants {len(graph.input_names)} inputs ({', '.join(graph.input_names)}); "
            "an encoder has one, the picture"
        )
    shape = graph.input_shapes[0]
    if shape is None:
        return False, USUAL_SIZES
    if len(shape) != 4 or not {3, None} & {shape[1], shape[3]}:
        raise NetworkFileError(
            f"the ONNX model's input has the shape {list(shape)}; an encoder takes pictures of three channels"
        )
    channels_last = shape[1] != 3 and shape[3] == 3
    rows, columns = (shape[1], shape[2]) if channels_last else (shape[2], shape[3])
    if rows is None or columns is None:
        return channels_last, USUAL_SIZES
    if not 16 <= min(rows, columns) <= max(rows, columns) <= 1024:
        raise NetworkFileError(f"the ONNX model wants pictures of {rows} x {columns}; 16 to 1024 pixels are taken")
    return channels_last, ((rows, columns),)


def _scales_itself(data: bytes) -> bool:
    """Whether the graph begins with a scaling of its own, as InsightFace's own reader asks of the first nodes."""
    graph = onnx.load_model_from_string(data).graph
    first = {i.name for i in graph.input}
    return any(node.op_type in _OWN_SCALING and first & set(node.input) for node in graph.node[:8])


def _producer(data: bytes) -> str:
    model = onnx.load_model_from_string(data)
    return str(model.producer_name)[:40] or "unknown exporter"
