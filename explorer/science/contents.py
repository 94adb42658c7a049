"""What a file is that is not what was asked for: a pipe or device, which is never opened, or something in its stead."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

# Endings of photographs that are read; files of other endings may be photographs, too.
PHOTOGRAPHS = (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib")
# Of a file's beginning, for `stand_in`.
LOOKED_AT = 1024

_SPECIAL = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_ARCHIVES = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


class NotAFileError(OSError):
    """A folder, pipe, socket or device where a file is needed."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EINVAL, f"it is not a file but {what}", str(path))


def special(path: Path) -> str:
    """What stands at a path, links followed, where it is no ordinary file: "a pipe"; empty where it is one.

    Raises:
        OSError: there is nothing, or it may not be looked at.
    """
    mode = path.stat().st_mode
    return "" if stat.S_ISREG(mode) else next((what for is_it, what in _SPECIAL if is_it(mode)), "something else")


def open_file(path: Path) -> io.BufferedReader:
    """Open an ordinary file for reading. Anything else is refused unopened: a pipe would be waited for.

    Raises:
        NotAFileError: it is a folder, a pipe, a socket or a device.
        OSError: there is no such file, or it may not be read.
    """
    what = special(path)
    if what:
        raise NotAFileError(path, what)
    # What was a file a moment ago may be a pipe by now: that is opened without waiting.
    waiting_for_none = getattr(os, "O_NONBLOCK", 0)
    return path.open("rb") if not waiting_for_none else open(path, "rb", opener=_without_waiting)


def read_bytes(path: Path) -> bytes:
    """All bytes of an ordinary file; raises as `open_file`."""
    with open_file(path) as file:
        return file.read()


def stand_in(head: bytes, *, archives: bool = True) -> str:
    """What stands in a file's stead, and what to do; empty where nothing is known to.

    Args:
        head: the file's first bytes, `LOOKED_AT` of them.
        archives: whether an archive stands there for what it holds.

    Example:
        >>> from explorer.science.contents import stand_in
        >>> stand_in(b"<!DOCTYPE html><title>Log in</title>")
        'a web page (HTML) in place of the file: log in there if need be, and download the file again'
    """
    if not head:
        return "empty: download or copy it again"
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return "a Git LFS pointer in place of the file: run `git lfs pull`, or download the file itself"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_PAGES) or (text.startswith((b"<?xml", b"<!--")) and any(page in text for page in _PAGES)):
        return "a web page (HTML) in place of the file: log in there if need be, and download the file again"
    if text.startswith(b"<?xml") and b"<error>" in text:
        return "a server's message of an error (XML) in place of the file: download the file again"
    archive = next((what for beginning, what in _ARCHIVES if head.startswith(beginning)), "") if archives else ""
    if not archive and archives and head[257:262] == b"ustar":
        archive = "a tar archive"
    return f"{archive}: unpack it and give the file in it" if archive else ""


def stand_in_at(path: Path, *, archives: bool = True) -> str:
    """As `stand_in`, of a file.

    Raises:
        OSError: as `open_file`.
    """
    with open_file(path) as file:
        return stand_in(file.read(LOOKED_AT), archives=archives)


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)
