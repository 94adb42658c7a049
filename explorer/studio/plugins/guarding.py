"""Whose fault it is where a plug-in fails while it works: one line that names it and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.studio.errors import Cancelled, disk_full, out_of_memory
from explorer.studio.origins import Origin

T = TypeVar("T")


class PluginFailureError(LikenessError):
    """A part of a plug-in raised, or gave something that it should not; the message names the plug-in."""


@contextmanager
def blamed(part: str, origin: Origin) -> Iterator[None]:
    """Say of whatever goes wrong within the block that a part of a plug-in did it.

    Args:
        part: in words, such as "the encoder shades".

    Raises:
        PluginFailureError: something went wrong that is not the user's to put right.
    """
    try:
        yield
    except Cancelled:
        raise
    except Exception as error:
        # A refusal of the program's own, and a full memory or disk, are no fault of the plug-in's.
        if isinstance(error, LikenessError) or out_of_memory(error) or disk_full(error):
            raise
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise PluginFailureError(
            f"{part} of the plug-in {origin} failed ({why}): switch it off by `likeness plugins disable "
            f"{origin.distribution}`, and tell its makers"
        ) from error


def guarded(function: Callable[..., T], part: str, origin: Origin) -> Callable[..., T]:
    """The same function, whose failures are blamed on its plug-in."""

    def called(*arguments: Any, **named: Any) -> T:
        with blamed(part, origin):
            return function(*arguments, **named)

    return called


def shaped(found: object, shape: tuple[int, ...]) -> Tensor:
    """What a plug-in gave, where it is a tensor of floating point and of that shape.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(found, Tensor) or tuple(found.shape) != shape or not found.is_floating_point():
        got = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise TypeError(f"it gave {got} in place of floating point numbers of shape {list(shape)}")
    return found


class GuardedBody(nn.Module):
    """A plug-in's network behind a check of what it gives: (B, 3, S, S) to (B, D)."""

    def __init__(self, body: nn.Module, dimension: int, part: str, origin: Origin) -> None:
        super().__init__()
        self.body, self._dimension, self._part, self._origin = body, dimension, part, origin

    def forward(self, image: Tensor) -> Tensor:
        """Embed."""
        with blamed(self._part, self._origin):
            return shaped(self.body(image), (len(image), self._dimension))


def guarded_term(value: Callable[..., Tensor], part: str, origin: Origin) -> Callable[..., Tensor]:
    """A loss term's function behind a check of what it gives: a loss for each candidate, (B,), finite numbers."""

    def checked(target: Any, candidate: Any) -> Tensor:
        losses = shaped(value(target, candidate), (len(candidate.styles),))
        if not bool(torch.isfinite(losses.detach()).all()):
            raise ValueError("a loss is not a finite number")
        return losses

    return guarded(checked, part, origin)
