"""A frozen network as a list of operations on named values: what the readers of graphs build, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError

Attributes = Mapping[str, Any]
# Takes the attributes of its node, then the node's inputs (None for one left out).
Operator = Callable[..., Any]
_MOST_NODES = 1 << 14
# How many pictures the graph that runs was given.
_BATCH: ContextVar[int | None] = ContextVar("batch", default=None)
# Is shown every value that a graph makes, by its name; what it raises ends the run.
Watcher = Callable[[str, Any], None]
_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@dataclass(frozen=True)
class GraphNode:
    """One operation: what it computes, by which attributes, from and to which named values."""

    operator: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Attributes


@dataclass(frozen=True)
class _Step:
    node: GraphNode
    release: tuple[str, ...]


class TensorGraph(nn.Module):
    """Runs nodes in their order; its constants are buffers, so that they move with it.

    Args:
        constants: values that are there before the first node.
        inputs: names of the values that `forward` is given.
        nodes: in an order in which every value is made before it is needed.
        outputs: names of the values that `forward` returns; what none of them needs is left out.

    Raises:
        NetworkFileError: an output or a node's input is made by nothing.

    Example:
        >>> import torch
        >>> from explorer.science.networks.graph import GraphNode, TensorGraph
        >>> double = GraphNode(lambda attributes, x: x * attributes["by"], ("x",), ("y",), {"by": 2})
        >>> TensorGraph({}, ("x",), [double], ("y",))(torch.ones(2))[0].tolist()
        [2.0, 2.0]
    """

    def __init__(
        self,
        constants: Mapping[str, Tensor],
        inputs: Sequence[str],
        nodes: Iterable[GraphNode],
        outputs: Sequence[str],
    ) -> None:
        super().__init__()
        self.input_names, self.output_names = tuple(inputs), tuple(outputs)
        listed = list(nodes)
        if len(listed) > _MOST_NODES:
            raise NetworkFileError(f"the graph has {len(listed)} operations, more than any encoder's")
        self._steps, needed = _schedule(listed, self.output_names)
        known = needed & constants.keys()
        self._known: dict[str, str] = {}
        for name in sorted(known):
            self._known[name] = f"constant_{len(self._known)}"
            self.register_buffer(self._known[name], constants[name])
        _refuse_gaps(self._steps, known | set(inputs), self.output_names)
        self.requires_grad_(False)
        self.eval()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Run the graph on inputs in the order of `input_names`; returns outputs in the order of `output_names`."""
        token = _BATCH.set(inputs[0].shape[0] if inputs and inputs[0].ndim else None)
        try:
            return self._run(inputs)
        finally:
            _BATCH.reset(token)

    def _run(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        values: dict[str, Any] = {name: getattr(self, attribute) for name, attribute in self._known.items()}
        values[""] = None
        values.update(zip(self.input_names, inputs, strict=True))
        watcher = _WATCHER.get()
        for step in self._steps:
            node = step.node
            result = node.operator(node.attributes, *(values[name] for name in node.inputs))
            if len(node.outputs) == 1:
                values[node.outputs[0]] = result
            else:
                several = result if isinstance(result, tuple | list) else (result,)
                values.update(zip(node.outputs, several, strict=False))
            if watcher is not None:
                for name in filter(None, node.outputs):
                    watcher(name, values.get(name))
            for name in step.release:
                values.pop(name, None)
        return tuple(values[name] for name in self.output_names)

    def used_constants(self) -> Iterator[Tensor]:
        """The graph's own numbers in the order in which its nodes use them, each once."""
        for name in dict.fromkeys(name for step in self._steps for name in step.node.inputs if name in self._known):
            yield getattr(self, self._known[name])

    @property
    def nodes(self) -> tuple[GraphNode, ...]:
        """The operations, in their order."""
        return tuple(step.node for step in self._steps)

    @property
    def constants(self) -> dict[str, Tensor]:
        """The values that are there before the first node, by name, as they lie in the module."""
        return {name: getattr(self, attribute) for name, attribute in self._known.items()}

    def learn(self, names: Iterable[str]) -> None:
        """Make constants parameters, so that they can be trained; what they are called in the module stays.

        Raises:
            KeyError: there is no constant of that name.
        """
        for attribute in [self._known[name] for name in names]:
            values = self._buffers.pop(attribute, None)
            if values is not None:
                self.register_parameter(attribute, nn.Parameter(values))

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the values that the nodes make, in their order."""
        return tuple(name for step in self._steps for name in step.node.outputs if name)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Show the values of graphs that run meanwhile, as soon as each is made.

    Args:
        watcher: is given a value's name and the value; an exception of it ends the run.

    Example:
        >>> import torch
        >>> from explorer.science.networks.graph import GraphNode, TensorGraph, watched
        >>> double = GraphNode(lambda attributes, x: x * attributes["by"], ("x",), ("y",), {"by": 2})
        >>> with watched(lambda name, value: print(name, value.tolist())):
        ...     _ = TensorGraph({}, ("x",), [double], ("y",))(torch.ones(2))
        y [2.0, 2.0]
    """
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def _schedule(nodes: list[GraphNode], wanted: tuple[str, ...]) -> tuple[list[_Step], set[str]]:
    """Drop what no wanted output needs, and note after which node each value is no longer needed."""
    needed = set(wanted)
    kept: list[GraphNode] = []
    for node in reversed(nodes):
        if needed & set(node.outputs):
            needed |= set(node.inputs)
            kept.append(node)
    made = {name for node in kept for name in node.outputs}
    seen = set(wanted)
    steps: list[_Step] = []
    for node in kept:  # still last to first: the first time a value is met here is its last use
        names = tuple(dict.fromkeys(node.inputs))
        steps.append(_Step(node, tuple(name for name in names if name in made and name not in seen)))
        seen |= set(names)
    return steps[::-1], needed


def _refuse_gaps(steps: list[_Step], there: set[str], wanted: tuple[str, ...]) -> None:
    there = {*there, ""}
    for step in steps:
        if missing := set(step.node.inputs) - there:
            raise NetworkFileError(f"the graph needs a value {min(missing)!r} that nothing in the file makes")
        there |= set(step.node.outputs)
    if missing := set(wanted) - there:
        raise NetworkFileError(f"the graph has no output called {', '.join(sorted(missing))}")


def baked_batch(sizes: list[int], x: Tensor) -> list[int]:
    """The sizes of a reshape whose export baked its batch into the leading number, for the batch that `x` has.

    Example:
        >>> import torch
        >>> from explorer.science.networks.graph import baked_batch
        >>> baked_batch([1, 6], torch.zeros(5, 2, 3)), baked_batch([1, 30], torch.zeros(5, 6))
        ([5, 6], [1, 30])
    """
    if _BATCH.get() == 1 and sizes[:1] == [1]:
        return sizes  # one picture: the file says exactly what is meant
    batch = x.shape[0] if x.ndim else 1
    rest = sizes[1:]
    if not sizes or sizes[0] in (-1, batch) or sizes[0] < 0:
        return sizes
    per_face = x[:1].numel()
    known = 1
    for size in rest:
        known *= max(size, 1) if size != -1 else 1
    if -1 in rest:
        fits = known > 0 and per_face % known == 0
        return [batch, *rest] if fits else sizes
    return [batch, *rest] if known == per_face and sizes[0] * known != x.numel() else sizes
