"""Small work on one thread: to wake others costs more than they save, and they stay awake in front of everybody else.

A fit is some sixty solves of at most 138 unknowns. OpenBLAS hands each to its threads, which then spin for the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Literal

import numpy as np  # noqa: F401 - the controller knows the libraries that are loaded: numpy's, scipy's and torch's own
import scipy.linalg  # noqa: F401
import torch
from threadpoolctl import ThreadpoolController

# OpenBLAS has one number of threads for the whole process: two limits at once would restore each other's.
_BLAS = Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let numpy's and scipy's linear algebra use one thread; one caller at a time, others wait."""
    with _BLAS, _limited("blas"):
        yield


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread for what this thread asks of it; other threads keep theirs.

    `torch.set_num_threads` would also tell every thread that has not yet used torch.
    """
    # The first time that torch is used on a thread it sets the thread's number itself.
    torch.get_num_threads()
    with _limited("openmp"):
        yield


@contextmanager
def _limited(kind: Literal["blas", "openmp"]) -> Iterator[None]:
    with _controller().limit(limits=1, user_api=kind):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
