"""Keep the C library from handing freed tensors back to the system between two steps, and hold them in large pages.

Every step of an inversion frees and takes the same few hundred megabytes. By default glibc returns each large block to
the kernel, which then has to clear its pages again: about 20,000 page faults and a tenth of the time of a step. And in
pages of 4 KiB the processor looks up an address for every thousand numbers: in pages of 2 MiB a step takes a fifth less
time. Many systems give large pages only to memory that a program asks them for.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_NEVER = 2**31 - 1
_LARGE_PAGES = 14  # MADV_HUGEPAGE
_PAGE, _LARGE_PAGE = 1 << 12, 1 << 21
# As much as is kept when it is free: glibc hands back what lies beyond its trim threshold.
_RESERVED = _NEVER - (128 << 20)


def keep_freed_memory() -> bool:
    """Tell glibc to keep what is freed, and the kernel to hold it in large pages.

    It holds for threads that begin afterwards: an earlier thread may have pieces of its own already.

    Returns:
        Whether the C library took it; False where it is another than glibc.
    """
    mallopt = _from_glibc("mallopt")
    if mallopt is None:
        return False
    # One arena: those of other threads are made of small pieces that are returned whatever the threshold.
    kept = all([mallopt(_ARENA_MAX, 1), mallopt(_TRIM_THRESHOLD, _NEVER), mallopt(_MMAP_MAX, 0)])
    if kept:
        _ask_for_large_pages()
    return kept


def release_freed_memory() -> None:
    """Hand back what is free now, before a phase that works with blocks of other sizes and would not fit into it."""
    trim = _from_glibc("malloc_trim")
    if trim is not None:
        trim(0)
        _ask_for_large_pages()


def _ask_for_large_pages() -> None:
    """Have the heap grow, unused, as far as it ever stays grown, and ask for large pages there.

    What the heap grows by later would else be in small pages again. Addresses are all that this takes.
    """
    malloc, free, advise = (_from_glibc(name) for name in ("malloc", "free", "madvise"))
    if malloc is None or free is None or advise is None:
        return
    malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    free.argtypes, advise.argtypes = [ctypes.c_void_p], [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block = malloc(_RESERVED)
    if not block:  # a limit on addresses: it works without
        return
    begin = -(-block // _LARGE_PAGE) * _LARGE_PAGE
    advise(begin, (block + _RESERVED - begin) // _PAGE * _PAGE, _LARGE_PAGES)
    free(block)


def _from_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
