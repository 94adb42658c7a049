"""What the user is told of an exception."""

from __future__ import annotations

import errno
import gc
import weakref

import pytest
import torch

from explorer.science.faces.face import FaceError
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.engine.failures import failure
from explorer.studio.errors import UserError


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (FaceError("no face in beach.jpg: place the points by hand"), "face", "beach.jpg"),
        (UserError("rate is -1; it must be above 0"), "user", "rate is -1"),
        (
            MissingNetwork("sface is missing: run `likeness models fetch sface`"),
            "network",
            "likeness models fetch",
        ),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
            "memory",
            "fewer starts",
        ),
        (MemoryError(), "memory", "fewer starts"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9e12 bytes"),
            "memory",
            "fewer starts",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "figure.png"), "disk", "figure.png"),
        (OSError(errno.EFBIG, "File too large", "film.mp4"), "disk", "the disk is full at film.mp4"),
        (
            PermissionError(errno.EACCES, "Permission denied", "figure.png"),
            "user",
            "figure.png: Permission denied",
        ),
        (ZeroDivisionError("division by zero"), "unexpected", "ZeroDivisionError"),
    ],
)
def test_each_exception_has_its_kind_and_a_line_for_the_user(error: BaseException, kind: str, said: str) -> None:
    found = failure(raised(error))
    assert found.kind == kind
    assert said in found.message
    assert "Traceback" not in found.message
    assert "\n" not in found.message
    assert "Traceback" in found.details
    assert found.final


def test_running_out_of_memory_lets_go_of_what_the_frames_held() -> None:
    class Held:
        pass

    watched: list[weakref.ref[Held]] = []

    def allocate() -> None:
        held = Held()
        watched.append(weakref.ref(held))
        raise torch.OutOfMemoryError("out of memory")

    try:
        allocate()
    except torch.OutOfMemoryError as error:
        failure(error)
        gc.collect()
        assert watched[0]() is None
