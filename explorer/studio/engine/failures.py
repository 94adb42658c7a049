"""From what a handler raised to what the user is told."""

from __future__ import annotations

import gc
import traceback

from explorer.science.faces.face import FaceError
from explorer.studio.catalogue import FetchError, MissingNetwork
from explorer.studio.engine.reports import Failure, FailureKind
from explorer.studio.errors import disk_full, explain, out_of_memory

_TITLES: dict[FailureKind, str] = {
    "face": "This face cannot be used",
    "network": "A network is missing",
    "memory": "Out of memory",
    "disk": "The disk is full",
    "user": "That did not work",
    "unexpected": "Something went wrong",
}


def failure(error: BaseException) -> Failure:
    """Describe an exception, and give the device's memory back where it ran out."""
    kind = _kind(error)
    message = explain(error) or (
        f"an unexpected {type(error).__name__} stopped this; what was there stays. The log has a report to copy"
    )
    details = "".join(traceback.format_exception(error))
    if kind == "memory":
        _release(error)
    return Failure(kind, _TITLES[kind], message, details)


def _kind(error: BaseException) -> FailureKind:
    if isinstance(error, FaceError):
        return "face"
    if isinstance(error, MissingNetwork | FetchError):
        return "network"
    if out_of_memory(error):
        return "memory"
    if disk_full(error):
        return "disk"
    return "unexpected" if explain(error) is None else "user"


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
