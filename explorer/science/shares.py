"""What a process has of a batch that several share, and how a loss sees the whole batch all the same.

Row i of a batch is with process i mod N. A mean over rows needs nothing of this. What compares the rows of a batch
with each other asks for the `whole`; what is drawn for each row is `drawn` for all; the statistics of batch
normalisation and the masks of dropout are of the whole batch (`whole_statistics`). Where nothing is shared, all of it
costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, distributed
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True)
class Share:
    """Of a batch of `size` rows, those of one process.

    rank: its number. processes: how many there are. rows: how many it has. A process without any holds one of
    another's in their place, which does not count.
    """

    rank: int
    processes: int
    rows: int
    size: int

    @property
    def held(self) -> int:
        """The length of this process's tensors."""
        return max(self.rows, 1)

    @property
    def weight(self) -> float:
        """What its mean counts for in the mean of the processes' means, so that each row counts alike."""
        return self.rows * self.processes / self.size

    def of(self, whole: Tensor) -> Tensor:
        """The rows of this process, of a tensor of the whole batch."""
        return whole[self.rank :: self.processes] if self.rows else whole[:1]


_current: ContextVar[Share | None] = ContextVar("_current", default=None)


@contextmanager
def sharing(share: Share | None) -> Iterator[None]:
    """Let what is within know which rows this process has; None: all of them."""
    token = _current.set(share)
    try:
        yield
    finally:
        _current.reset(token)


def first_rows(count: int) -> int:
    """How many of a batch's first rows are this process's: they come first in its tensors, too.

    Example:
        >>> from explorer.science.shares import first_rows
        >>> first_rows(3)
        3
    """
    share = _current.get()
    return count if share is None else len(range(min(count, share.size))[share.rank :: share.processes])


def whole(values: Tensor, count: int | None = None) -> Tensor:
    """The rows of all processes in the batch's order, through which gradients come back to whose they are.

    Args:
        values: (B, ...) of this process, all processes' of one kind. count: of the batch's first rows alone.

    Returns:
        (size, ...), or (count, ...); the values themselves where nothing is shared.

    Example:
        >>> import torch
        >>> from explorer.science.shares import whole
        >>> whole(torch.tensor([1.0, 2.0])).tolist()
        [1.0, 2.0]
    """
    share = _current.get()
    if share is None:
        return values
    size = share.size if count is None else min(count, share.size)
    rows = share.rows if count is None else first_rows(count)
    gathered: Tensor = _Whole.apply(values[:rows], share.rank, share.processes, size)  # type: ignore[no-untyped-call]
    return gathered


def drawn(count: int, draw: Callable[[int], Tensor]) -> Tensor:
    """Random numbers for the rows of a batch: every process draws for all, and keeps its own.

    Args:
        count: rows here. draw: so many rows of numbers, by torch's random numbers.

    Example:
        >>> import torch
        >>> from explorer.science.shares import drawn
        >>> drawn(2, lambda rows: torch.zeros(rows, 3)).shape
        torch.Size([2, 3])
    """
    share = _current.get()
    return draw(count) if share is None or count != share.held else share.of(draw(share.size))


def average(measured: Tensor) -> Tensor:
    """The mean of a measure, itself a mean over the rows of a process, over all rows; no gradient passes.

    Example:
        >>> import torch
        >>> from explorer.science.shares import average
        >>> float(average(torch.tensor(3.0)))
        3.0
    """
    share, own = _current.get(), measured.detach()
    return own if share is None else _summed(own * (share.weight / share.processes))


def agreed(answer: bool) -> bool:
    """What the first process answers, whatever the others' clocks say; each must ask."""
    if not (distributed.is_available() and distributed.is_initialized()) or distributed.get_world_size() == 1:
        return answer
    device = torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
    told = torch.tensor(int(answer), device=device)
    distributed.broadcast(told, 0)
    return bool(told)


def whole_statistics() -> AbstractContextManager[Any]:
    """Let batch normalisation and dropout within see the whole batch; nothing where nothing is shared.

    They are met where the rows of a process come along a tensor's first axis.
    """
    share = _current.get()
    return nullcontext() if share is None else _WholeStatistics(share)


class _Whole(torch.autograd.Function):
    """The rows of all processes. Its gradient can be differentiated once more: a slope may be what is made small."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, rank: int, processes: int, size: int) -> Tensor:
        ctx.place = rank, processes, size
        gathered = values.new_zeros((size, *values.shape[1:]))
        gathered[rank::processes] = values
        distributed.all_reduce(gathered)
        return gathered

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        own: Tensor = _Own.apply(gradients[0], *ctx.place)  # type: ignore[no-untyped-call]
        return own, None, None, None


class _Own(torch.autograd.Function):
    """Of the sum over all processes, the rows of this one: what leads back from `_Whole`, and to which that leads."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, rank: int, processes: int, size: int) -> Tensor:
        ctx.place = rank, processes, size
        return _summed(values)[rank::processes].clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        gathered: Tensor = _Whole.apply(gradients[0], *ctx.place)  # type: ignore[no-untyped-call]
        return gathered, None, None, None


class _Total(torch.autograd.Function):
    """The sum over all processes; its gradient is so, too."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return _summed(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total: Tensor = _Total.apply(gradients[0])  # type: ignore[no-untyped-call]
        return total


def _summed(values: Tensor) -> Tensor:
    total = values.detach().clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total


class _WholeStatistics(TorchFunctionMode):
    def __init__(self, share: Share) -> None:
        super().__init__()
        self._share = share

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if func is F.batch_norm:
            return _batch_norm(self._share, *args, **given)
        if func is F.dropout:
            return _dropout(self._share, *args, **given)
        return func(*args, **given)


def _batch_norm(
    share: Share,
    values: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As torch's, with mean and variance of the rows of all processes."""
    if not training or len(values) != share.held:
        return F.batch_norm(values, running_mean, running_var, weight, bias, training, momentum, eps)
    exact = values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
    axes, shape = [0, *range(2, exact.ndim)], (1, -1, *[1] * (exact.ndim - 2))
    own = exact[: share.rows]
    count = share.size * exact[0, 0].numel()
    mean: Tensor = _Total.apply(own.sum(axes)) / count  # type: ignore[no-untyped-call]
    centred = own - mean.view(shape)
    variance: Tensor = _Total.apply(centred.square().sum(axes)) / count  # type: ignore[no-untyped-call]
    with torch.no_grad():
        if running_mean is not None:
            running_mean.lerp_(mean.to(running_mean), momentum)
        if running_var is not None:
            running_var.lerp_((variance * (count / max(count - 1, 1))).to(running_var), momentum)
    scale = (variance + eps).rsqrt() if weight is None else (variance + eps).rsqrt() * weight
    normed = (exact - mean.view(shape)) * scale.view(shape)
    return (normed if bias is None else normed + bias.view(shape)).to(values.dtype)


def _dropout(share: Share, values: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As torch's, with the units of the whole batch drawn in every process."""
    if not training or not 0 < p < 1 or len(values) != share.held:
        return F.dropout(values, p, training, inplace)
    # As torch does, in the order in which the numbers lie.
    last = values.ndim == 4 and not values.is_contiguous() and values.is_contiguous(memory_format=torch.channels_last)
    order = torch.channels_last if last else torch.contiguous_format
    shape = (share.size, *values.shape[1:])
    kept = torch.empty(shape, dtype=values.dtype, device=values.device, memory_format=order).bernoulli_(1 - p)
    return values * share.of(kept) / (1 - p)
