"""A graph that was read from a file, to be trained on: its numbers as parameters in place of constants."""

from __future__ import annotations

from torch import nn

from explorer.science.networks.graph import TensorGraph


def as_trainable(graph: TensorGraph) -> TensorGraph:
    """Make a graph's tables of real numbers parameters, in place, under the names that they have.

    Norms that stand in the graph go on with the statistics of the file, as constants do: a graph has no modes. Single
    numbers, such as the bounds of a clip, stay as they are.

    Returns:
        The same graph.

    Example:
        >>> import torch
        >>> from explorer.science.networks.graph import GraphNode, TensorGraph
        >>> from explorer.science.networks.trainable import as_trainable
        >>> times = GraphNode(lambda attributes, x, w: x * w, ("x", "w"), ("y",), {})
        >>> graph = as_trainable(TensorGraph({"w": torch.ones(2)}, ("x",), [times], ("y",)))
        >>> [name for name, _ in graph.named_parameters()]
        ['constant_0']
    """
    for name, value in list(graph.named_buffers()):
        if value.is_floating_point() and value.ndim:
            delattr(graph, name)
            graph.register_parameter(name, nn.Parameter(value.clone()))
    return graph
