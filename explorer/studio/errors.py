"""The error that is the user's to mend: one line on the command line, a toast in the window."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, cast

from explorer.science.errors import LikenessError
from explorer.science.names import shown
from explorer.studio.extras import explain_absence

if TYPE_CHECKING:
    from pydantic import ValidationError


class UserError(LikenessError, ValueError):
    """What the user can put right: the message says what was wrong, with which file or value, what to do.

    Example:
        >>> import explorer as lk
        >>> try:
        ...     lk.embed("face.jpg", "nobody")
        ... except lk.UserError as error:
        ...     print(error)
        no encoder called 'nobody'; there are arcface-mbf, sface, edgeface-s, dlib-resnet; ...
    """


class Cancelled(Exception):  # noqa: N818 - it is a wish that was granted, not a failure
    """Work that stopped because it was asked to; nothing half-made is left behind."""


def explain(error: BaseException) -> str | None:
    """Return one line for an error that the user can put right, or None for one that is ours.

    The user's: `UserError` and the science's own errors (a refused photograph, a foreign network file),
    settings out of range, a file that cannot be opened, a full disk, no memory left on machine or GPU, a part of the
    program that is not installed.
    """
    if isinstance(error, LikenessError):
        line = str(error)
    elif _is(error, "pydantic", "ValidationError"):
        line = _settings(cast("ValidationError", error))
    elif _is(error, "torch", "OutOfMemoryError"):
        line = "the GPU's memory is full: choose a smaller preview or fewer starts, or the CPU as device"
    elif out_of_memory(error):
        line = "the machine's memory is full: choose a smaller preview, fewer starts or a smaller photograph"
    elif isinstance(error, OSError) and disk_full(error):
        line = f"the disk is full{_at(error)}: make room and try again"
    elif isinstance(error, OSError) and error.filename is not None:
        line = f"{error.filename}: {error.strerror}"
    elif isinstance(error, ModuleNotFoundError):
        return explain_absence(error)
    else:
        return None
    return shown(" ".join(line.split()))


def out_of_memory(error: BaseException) -> bool:
    """Whether the memory of the machine or of the GPU did not suffice."""
    # Of the machine's own, torch says it by a plain RuntimeError.
    on_cpu = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return on_cpu or isinstance(error, MemoryError) or _is(error, "torch", "OutOfMemoryError")


def disk_full(error: BaseException) -> bool:
    """Whether there was no room for a file: on the disk, within the user's quota, or within a file's largest size."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _is(error: BaseException, module: str, name: str) -> bool:
    # An error of a module that was never imported cannot have been raised: no need to import it now.
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(error, kind)


def _settings(error: ValidationError) -> str:
    faults = error.errors()
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'value'}: {fault['msg']}" for fault in faults)


def _at(error: OSError) -> str:
    return f" at {error.filename}" if error.filename is not None else ""
