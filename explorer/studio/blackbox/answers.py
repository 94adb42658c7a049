"""What black boxes have answered, kept so that no picture is asked about twice: one file for each of them.

A line is a picture's hash with the vector, or with nothing where there was no face; of a photograph's face, the
photograph's hash, too. Vectors are biometric data: readable by their owner only, and when a photograph is forgotten,
the file is written anew without its lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from explorer.studio import places
from explorer.studio.blackbox.answer import LONGEST_VECTOR, Vector
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

FOLDER = "blackbox"
_ANSWERS, _LOCK = "answers.jsonl", "answers.lock"
# A line holds at most so many numbers in base64, and two hashes.
_LONGEST_LINE = 4 * LONGEST_VECTOR * 4 // 3 + 400


@dataclass(frozen=True, eq=False)
class KeptAnswer:
    """vector: (D,); None where the black box found no face. photograph: sha256 of it, where the picture is its face."""

    vector: Vector | None
    photograph: str | None = None


def picture_hash(frame: NDArray[np.uint8]) -> str:
    """The hash (hex) by which a frame (H, W, 3) is known: of its size and pixels, however it is encoded."""
    return hashlib.sha256(repr(frame.shape).encode() + np.ascontiguousarray(frame).tobytes()).hexdigest()


def key_of(text: str) -> str:
    """A hash (hex) by which what is kept of an encoder is found: its own name may say where it listens."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def folder_of(key: str, root: Path | None = None) -> Path:
    """Where what is known of a black box lies.

    Args:
        key: as `BlackBox` has it. root: the cache where None.
    """
    return (root or places.cache()) / FOLDER / key_of(key)


class Answers(Mapping[str, KeptAnswer]):
    """The answers of one black box, by the hash of the picture; as a block, nobody else can add to them.

    Args:
        folder: of the black box (`folder_of`); made where it is missing.

    Raises:
        UserError: another process is asking this black box, or the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._path = places.private_folder(folder) / _ANSWERS
        self._lock = FileLock(folder / _LOCK, mode=0o600)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(
                "this black box is being asked by another process: wait for its end, so that none is asked twice"
            ) from None
        self._known, whole = _read(self._path)
        self._file: IO[bytes] = open(self._path, "ab", opener=_for_owner)  # noqa: SIM115 - `close` closes it
        # What a process that was killed has left of a line would spoil the next one.
        self._file.truncate(whole)

    def keep(self, picture: str, answer: KeptAnswer) -> None:
        """Add an answer; it is in the file when this returns."""
        self._known[picture] = answer
        self._file.write(_line(picture, answer))
        self._file.flush()

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()
        self._file.truncate(0)

    def __getitem__(self, picture: str) -> KeptAnswer:
        return self._known[picture]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def close(self) -> None:
        """Let others add to them."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def forget_photographs(sha256s: Iterable[str], root: Path | None = None) -> int:
    """Remove the answers for faces of photographs, of every black box; return how many there were.

    Raises:
        UserError: a black box is just being asked, or its file cannot be written.
    """
    gone, count = set(sha256s), 0
    for path in sorted(((root or places.cache()) / FOLDER).glob(f"*/{_ANSWERS}")):
        if not _names(path, gone):
            continue
        with _alone(path):
            known, _ = _read(path)
            left = {picture: one for picture, one in known.items() if one.photograph not in gone}
            atomic_write(path, b"".join(_line(picture, one) for picture, one in left.items()))
            count += len(known) - len(left)
    return count


def _names(path: Path, gone: set[str]) -> bool:
    known, _ = _read(path)
    return any(one.photograph in gone for one in known.values())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(_LOCK), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError("a black box is being asked by another process: wait for its end, then forget again") from None
    try:
        yield
    finally:
        lock.release()


def _line(picture: str, answer: KeptAnswer) -> bytes:
    about: dict[str, Any] = {"picture": picture}
    if answer.vector is not None:
        about["vector"] = base64.b64encode(answer.vector.astype("<f4").tobytes()).decode()
    if answer.photograph is not None:
        about["photograph"] = answer.photograph
    return json.dumps(about, separators=(",", ":")).encode() + b"\n"


def _read(path: Path) -> tuple[dict[str, KeptAnswer], int]:
    """All whole lines, and where the last of them ends; a line that is none of ours is passed over."""
    known: dict[str, KeptAnswer] = {}
    whole = 0
    if not path.exists():
        return known, whole
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            try:
                about = json.loads(line)
                if not isinstance(about, dict):
                    continue
                vector = None
                if "vector" in about:
                    vector = np.frombuffer(base64.b64decode(about["vector"]), "<f4").astype(np.float32)
                    if not len(vector) or not np.isfinite(vector).all():
                        continue
                known[str(about["picture"])] = KeptAnswer(vector, about.get("photograph"))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    return known, whole


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
