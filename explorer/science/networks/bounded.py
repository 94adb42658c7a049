"""Run a network of a stranger's file within bounds: what it would compute is known before any room is made for it."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.science.networks.errors import NetworkFileError

# Of a face encoder shown one picture: the numbers of one value and of all that are held at a time, products in all.
# The largest value is the weights of VGG-16's first full layer, 102,760,448 of them.
_LARGEST_VALUE, _MOST_HELD, _MOST_PRODUCTS = 105_000_000, 1 << 27, 1 << 37
_MOST_STEPS = 1 << 16
# An operation with this argument makes a tensor of nothing.
_PLACED = "device"


class Bounded(TorchDispatchMode):
    """Within it each of torch's operations is asked for the shape of its result first.

    Raises:
        NetworkFileError: by what runs within it, where that becomes larger or longer than any encoder of faces.

    Example:
        >>> import torch
        >>> from explorer.science.networks.bounded import Bounded
        >>> column = torch.zeros(1 << 20, 1)
        >>> with Bounded():
        ...     column @ column.T
        Traceback (most recent call last):
        explorer.science.networks.errors.NetworkFileError: it makes 1099511627776 numbers of a picture, ...
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._held = self._products = self._steps = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Nothing in here is compiled; to keep its compiler out all the same, torch would first import it, for seconds.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Look ahead, then do it."""
        named = dict(kwargs or {})
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise NetworkFileError("it takes more steps for a picture than any encoder")
        self._refuse_large(func, args, named)
        result = func(*args, **named)
        for one in _tensors(result):
            self._hold(one, args)
        return result

    def _refuse_large(self, func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> None:
        given = list(_tensors((args, tuple(named.values()))))
        if torch.Tag.pointwise in func.tags:
            shapes = [torch.broadcast_shapes(*(one.shape for one in given))] if given else []
        else:
            shapes = _foreseen(func, args, named)
        largest = max(map(math.prod, shapes), default=0)
        if largest > _LARGEST_VALUE:
            raise NetworkFileError(f"it makes {largest} numbers of a picture, more than any encoder")
        if self._held + sum(map(math.prod, shapes)) > _MOST_HELD:
            raise NetworkFileError(f"it holds more than {_MOST_HELD} numbers at a time, more than any encoder")
        counted = flop_registry.get(func._overloadpacket)
        if counted is not None and shapes:
            out = torch.empty(shapes[0], device="meta")
            self._products += counted(*args, **named, out_val=out) // 2
            if self._products > _MOST_PRODUCTS:
                raise NetworkFileError("it computes more for a picture than any encoder")

    def _hold(self, made: Tensor, args: Sequence[Any]) -> None:
        """Count a result's numbers until it is gone. A view of what there is has none of its own, and keeps that."""
        place = made.untyped_storage().data_ptr()
        base = next((one for one in _tensors(args) if one.untyped_storage().data_ptr() == place), None)
        if made is base:
            return
        self._held += 0 if base is not None else made.numel()
        ended = weakref.finalize(made, self._release, 0 if base is not None else made.numel(), base)
        ended.atexit = False

    def _release(self, count: int, base: Tensor | None) -> None:
        # Until now the base was kept, whose numbers a view shows.
        self._held -= count


def _foreseen(func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> list[torch.Size]:
    """The shapes of an operation's results, as far as they follow from the shapes of what it is given."""
    placed = {"device": torch.device("meta")} if _PLACED in {one.name for one in func._schema.arguments} else {}
    try:
        result = func(*_shown(args), **{**_shown(named), **placed})
    except Exception:
        # It depends on numbers, or fails in earnest, too, and says why.
        return []
    return [one.shape for one in _tensors(result)]


def _shown(value: Any) -> Any:
    """The same arguments with tensors that have shapes and no numbers."""
    if isinstance(value, Tensor):
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
    if isinstance(value, Mapping):
        return {name: _shown(one) for name, one in value.items()}
    return type(value)(map(_shown, value)) if isinstance(value, list | tuple) else value


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [found for one in value for found in _tensors(one)] if isinstance(value, list | tuple) else []
