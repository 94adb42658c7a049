"""Keep the C library from handing freed tensors back to the system between two steps.

Every step of an inversion frees and takes the same few hundred megabytes. By default glibc returns each large block to
the kernel, which then has to clear its pages again: about 20,000 page faults and a tenth of the time of a step.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Tell glibc to keep what is freed.

    Returns:
        Whether the C library took it; False where it is another than glibc.
    """
    mallopt = _from_glibc("mallopt")
    if mallopt is None:
        return False
    # One arena: those of other threads are made of small pieces that are returned whatever the threshold.
    return all([mallopt(_ARENA_MAX, 1), mallopt(_TRIM_THRESHOLD, _NEVER), mallopt(_MMAP_MAX, 0)])


def release_freed_memory() -> None:
    """Hand back what is free now, before a phase that works with blocks of other sizes and would not fit into it."""
    trim = _from_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _from_glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
