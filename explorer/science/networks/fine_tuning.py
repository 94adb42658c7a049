"""Networks that were read frozen, made to learn: which of a graph's constants are weights, taken out and put back."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.networks.graph import TensorGraph
from explorer.science.networks.onnx_operators import OPERATORS

# Of each operator, the inputs that are weights; means and spreads of norms stay as they are.
_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "Gemm": (0, 1, 2),
    "MatMul": (0, 1),
    "PRelu": (1,),
    "BatchNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2),
}
_BY_OPERATOR = {OPERATORS[name]: places for name, places in _WEIGHTS.items() if name in OPERATORS}


class FineTuningError(LikenessError, ValueError):
    """A network that cannot be trained on, or weights that are another's; the message says why."""


def graph_of(body: nn.Module) -> TensorGraph:
    """The graph of an encoder's network.

    Raises:
        FineTuningError: it has none, or several.
    """
    graphs = [module for module in body.modules() if isinstance(module, TensorGraph)]
    if len(graphs) != 1:
        raise FineTuningError("the encoder is not of one ONNX graph: only such a one can be trained on")
    return graphs[0]


def weights_of(graph: TensorGraph) -> dict[str, Tensor]:
    """A graph's weights by the file's names for them: kernels, matrices, slopes and offsets, as they lie in the module.

    Raises:
        FineTuningError: there are none.
    """
    constants, found = graph.constants, dict[str, Tensor]()
    for node in graph.nodes:
        for place in _BY_OPERATOR.get(node.operator, ()):
            name = node.inputs[place] if place < len(node.inputs) else ""
            if name in constants and constants[name].is_floating_point():
                found[name] = constants[name]
    if not found:
        raise FineTuningError("the network has no weights that could be trained")
    return found


def trainable(body: nn.Module) -> nn.Module:
    """A copy of a network whose weights are parameters; it computes the same.

    Raises:
        FineTuningError: as `graph_of` and `weights_of`.
    """
    copy = deepcopy(body)
    graph = graph_of(copy)
    graph.learn(weights_of(graph))
    return copy


def changed(body: nn.Module, changes: Mapping[str, Tensor]) -> nn.Module:
    """A copy of a network to whose weights something is added, frozen.

    Args:
        changes: of each weight by name, in its shape.

    Raises:
        FineTuningError: as `graph_of`; or a change is of a weight that the network does not have.
    """
    copy = deepcopy(body)
    weights = weights_of(graph_of(copy))
    if changes.keys() != weights.keys() or any(changes[name].shape != one.shape for name, one in weights.items()):
        raise FineTuningError("the changes are those of another network's weights")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.add_(changes[name].to(weight))
    return copy.requires_grad_(False).eval()


def changes_of(body: nn.Module, before: nn.Module) -> dict[str, Tensor]:
    """By how much a network's weights differ from what they were, by name, on the CPU."""
    were = weights_of(graph_of(before))
    return {
        name: weight.detach().cpu() - were[name].detach().cpu() for name, weight in weights_of(graph_of(body)).items()
    }
