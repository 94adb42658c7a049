"""How many pieces a device works on at once, and what happens where they are too many.

One table says it for all that draws, looks at or learns from several pictures in turn. The CPU's numbers suit its
caches. A GPU takes as many as its memory has room for: of its whole memory, not of what is free at the moment, so that
the same command makes the same pieces every time. Whatever does not fit all the same is halved.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
Job = Literal["start", "coarse start", "face"]


@dataclass(frozen=True)
class Piece:
    """A piece of a job.

    on_cpu: how many at once there. bytes: what torch keeps of one for its gradient, as `kept_bytes` counts it; of what
    needs no gradient, the same. most: how many at once at most anywhere.
    """

    on_cpu: int
    bytes: int
    most: int


PIECES: Mapping[Job, Piece] = MappingProxyType(
    {
        # A start's last bit depends on how many are drawn with it: at full size there are two everywhere.
        "start": Piece(2, 520_000_000, 2),
        "coarse start": Piece(4, 205_000_000, 16),
        "face": Piece(64, 35_000_000, 256),
    }
)
"""By job: a start of an inversion, drawn at 512 px and seen by arcface-mbf, or drawn at 256 px; a face that an encoder
sees. `tests/cuda/test_memory.py` holds the second and the third to what torch keeps."""

# Of a GPU's memory; the rest is the networks', the allocator's and other programs'.
_SHARE = 0.25


def at_once(job: Job, device: torch.device | str, memory: Callable[[torch.device], int] | None = None) -> int:
    """How many pieces of a job a device works on at once.

    Args:
        memory: of a GPU in bytes; as torch says it if None.

    Example:
        >>> from explorer.science.device_memory import at_once
        >>> at_once("coarse start", "cpu"), at_once("coarse start", "cuda", lambda device: 8 * 2**30)
        (4, 8)
    """
    piece, place = PIECES[job], torch.device(device)
    if place.type != "cuda":
        return piece.on_cpu
    room = int(_SHARE * (memory or _memory)(place)) // piece.bytes
    # Powers of two: nearly equal devices make equal pieces.
    return max(1, min(piece.most, 1 << max(room, 1).bit_length() - 1))


def in_pieces(rows: Tensor, count: int, work: Callable[[Tensor], T]) -> Iterator[tuple[Tensor, T]]:
    """Work on rows some at a time; where the device's memory does not suffice, on half as many from then on.

    Args:
        rows: (N, ...). count: at once. work: on some rows; it is called again with fewer where it has run out of
            memory, and must have changed nothing then.

    Yields:
        The rows, and what the work made of them.

    Raises:
        torch.OutOfMemoryError: one alone is too much.

    Example:
        >>> import torch
        >>> from explorer.science.device_memory import in_pieces
        >>> [len(some) for some, _ in in_pieces(torch.arange(5), 2, torch.sum)]
        [2, 2, 1]
    """
    first = 0
    while first < len(rows):
        some = rows[first : first + count]
        try:
            made = [work(some)]
        except torch.OutOfMemoryError:
            if len(some) == 1:
                raise
            made = []
        if made:
            yield some, made.pop()
            first += len(some)
        else:  # behind the handler, where nothing holds what the work had begun
            count = max(1, len(some) // 2)
            _release()


def kept_bytes(work: Callable[[], object]) -> int:
    """How many bytes torch keeps for gradients while work is done, each storage counted once.

    Example:
        >>> import torch
        >>> from explorer.science.device_memory import kept_bytes
        >>> weight = torch.ones(8, requires_grad=True)
        >>> kept_bytes(lambda: (weight * torch.ones(8)).exp())
        64
    """
    kept = dict[int, tuple[Tensor, int]]()

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        # The tensor is held: a storage that was given back could be another's by then.
        kept[storage.data_ptr()] = tensor, storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        made = work()
    del made
    return sum(size for _, size in kept.values())


def _memory(device: torch.device) -> int:
    total: int = torch.cuda.get_device_properties(device).total_memory
    return total


def _release() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
