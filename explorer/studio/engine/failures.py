"""From what a handler raised to what the user is told."""

from __future__ import annotations

import errno
import gc
import traceback

from explorer.science.faces.face import FaceError
from explorer.studio.catalogue import FetchError, MissingNetwork
from explorer.studio.engine.reports import Failure, FailureKind
from explorer.studio.errors import UserError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_KNOWN: tuple[tuple[tuple[type[BaseException], ...], FailureKind, str], ...] = (
    ((FaceError,), "face", "This face cannot be used"),
    ((MissingNetwork, FetchError), "network", "A network is missing"),
    ((UserError,), "user", "That did not work"),
)
_LOWER = (
    "the device has too little memory for this: lower the number of starts or the resolution inside the "
    "loop, or close other programs that use it, and start again"
)


def failure(error: BaseException) -> Failure:
    """Describe an exception, and give the device's memory back where it ran out."""
    kind, title, message = _describe(error)
    details = "".join(traceback.format_exception(error))
    if kind == "memory":
        _release(error)
    return Failure(kind, title, message, details)


def _describe(error: BaseException) -> tuple[FailureKind, str, str]:
    for kinds, kind, title in _KNOWN:
        if isinstance(error, kinds):
            return kind, title, str(error)
    if _out_of_memory(error):
        return "memory", "Out of memory", _LOWER
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = f" at {error.filename}" if error.filename else ""
        return "disk", "The disk is full", f"there is no room left{where}: make room, or choose another place"
    if isinstance(error, OSError) and error.filename:
        return "user", "A file could not be used", f"{error.filename}: {error.strerror or error}"
    what = f"an unexpected {type(error).__name__} stopped this; what was there stays"
    return "unexpected", "Something went wrong", f"{what}. The log has a report to copy"


def _out_of_memory(error: BaseException) -> bool:
    import torch

    # Torch's own allocator for the CPU raises a plain RuntimeError.
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    )


def _release(error: BaseException) -> None:
    """Let go of the tensors that the traceback's frames hold, then of the allocator's cache."""
    import torch

    step: BaseException | None = error
    while step is not None:
        traceback.clear_frames(step.__traceback__)
        step = step.__context__
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
