"""A graph that was read from a file, to be trained on: its weights as parameters in place of constants."""

from __future__ import annotations

from explorer.science.networks.graph import TensorGraph
from explorer.science.networks.onnx_operators import OPERATORS

# Of each operator, the inputs that are weights: means and spreads of norms stay as the file has them.
_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2),
    "Gemm": (1, 2),
    "MatMul": (0, 1),
    "PRelu": (1,),
    "BatchNormalization": (1, 2),
}


def as_trainable(graph: TensorGraph) -> TensorGraph:
    """Make a graph's kernels, matrices, slopes and offsets parameters, in place; it computes the same.

    Returns:
        The same graph.
    """
    places, constants = {OPERATORS[name]: inputs for name, inputs in _WEIGHTS.items()}, graph.constants
    named = [node.inputs[at] for node in graph.nodes for at in places.get(node.operator, ()) if at < len(node.inputs)]
    graph.learn(dict.fromkeys(name for name in named if name in constants and constants[name].is_floating_point()))
    return graph
