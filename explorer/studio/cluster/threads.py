"""How many threads torch and OpenCV work with: one for each item, or what there is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# For what is loaded by a process that is started: libraries of linear algebra read these when they come in.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def use_one_thread() -> None:
    """Have this thread's torch, and this process's OpenCV, work with one thread, as far as they are loaded."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Work with one thread within the block; afterwards with as many as before.

    Example:
        >>> import torch
        >>> before = torch.get_num_threads()
        >>> with one_thread():
        ...     torch.get_num_threads()
        1
        >>> torch.get_num_threads() == before
        True
    """
    import cv2
    import torch

    threads, others = torch.get_num_threads(), cv2.getNumThreads()
    use_one_thread()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        cv2.setNumThreads(others)
