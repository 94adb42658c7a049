"""What a family of networks says of itself: its names, how it is built of a file's tensors, how it was fed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported.conventions import InputConvention

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Recognised:
    """A network that a family has built of a file's tensors.

    conventions: its makers' first.
    layers: those that it can give, by the names that its module's `layer` takes; the usual one first.
    """

    title: str
    module: nn.Module
    conventions: tuple[InputConvention, ...]
    layers: tuple[str, ...] = ("embedding",)


@dataclass(frozen=True)
class Layout:
    """One way in which a family's tensors are named.

    title: what messages call it.
    anchors: names, all of which a file in this layout has.
    build: makes the network of the tensors (without the prefix that stands before all of their names), that prefix,
        and the layer that is asked for.
    ignored: names that a file may have besides: heads of the training, counters.
    """

    title: str
    anchors: tuple[str, ...]
    build: Callable[[State, str, str | None], Recognised]
    ignored: str = ""


_ALWAYS_IGNORED = r"(.*\.)?num_batches_tracked|(.*\.)?kernel"


def fill(module: nn.Module, state: State, ignored: str = "") -> nn.Module:
    """Give a module that was made on the meta device its tensors, by their names.

    Raises:
        NetworkFileError: a tensor is missing, is too much, or has another shape.
    """
    wanted = {name: value for name, value in module.state_dict().items() if "num_batches_tracked" not in name}
    missing = [name for name in wanted if name not in state]
    if missing:
        raise NetworkFileError(f"tensor {missing[0]!r} is missing, and {len(missing) - 1} others")
    pattern = re.compile(f"({_ALWAYS_IGNORED})|({ignored})" if ignored else _ALWAYS_IGNORED)
    more = [name for name in state if name not in wanted and not pattern.fullmatch(name)]
    if more:
        raise NetworkFileError(f"tensor {more[0]!r} belongs to no such network, nor do {len(more) - 1} others")
    for name, value in wanted.items():
        if state[name].shape != value.shape:
            raise NetworkFileError(f"tensor {name!r} has the shape {list(state[name].shape)}, not {list(value.shape)}")
    given = {name: plain(name, state[name]) for name in wanted}
    given |= {n: torch.tensor(0) for n in module.state_dict() if "num_batches_tracked" in n}
    module.load_state_dict(given, assign=True)
    return module


def plain(name: str, value: Tensor) -> Tensor:
    """A tensor of a file as finite float32 in memory of its own.

    Raises:
        NetworkFileError: it holds numbers that are not finite.
    """
    numbers = value.detach().to(torch.float32, copy=True).contiguous()
    if not bool(numbers.isfinite().all()):
        raise NetworkFileError(f"tensor {name!r} holds numbers that are not finite")
    return numbers


def count(state: State, pattern: str) -> int:
    """How many different numbers a pattern's one group takes among the names."""
    found = {match.group(1) for name in state if (match := re.match(pattern, name))}
    return len(found)


def side(features: int, channels: int) -> int:
    """The side of the square map of `channels` that a layer of `features` inputs was flattened from.

    Raises:
        NetworkFileError: it is no square.
    """
    cells = features // channels if features % channels == 0 else 0
    root: int = round(cells**0.5)
    if root * root != cells or not 2 <= root <= 32:
        raise NetworkFileError(f"its last layer takes {features} numbers, no square map of {channels} channels")
    return root


def chosen_layer(asked: str | None, layers: tuple[str, ...]) -> str:
    """The layer that is asked for, the first where none is.

    Raises:
        NetworkFileError: there is none of that name.
    """
    if asked is None:
        return layers[0]
    if asked not in layers:
        raise NetworkFileError(f"there is no layer {asked!r}; there are {', '.join(layers)}")
    return asked


class UnitLength(nn.Module):
    """A network whose makers divide its vectors by their lengths."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, D) of length one."""
        return nn.functional.normalize(self.body(image), dim=1)
