"""The photographs in a folder and the folders in it; and what lies there besides: how many files, and why not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from explorer.science.contents import PHOTOGRAPHS, open_file, special
from explorer.science.faces.reading import kind_of
from explorer.science.names import shown

# Raw pictures of cameras, which are not read though most begin as TIFF does, and other pictures that are not read.
_RAW = frozenset(
    [
        ".dng",
        ".cr2",
        ".cr3",
        ".crw",
        ".nef",
        ".nrw",
        ".arw",
        ".srf",
        ".sr2",
        ".raf",
        ".orf",
        ".rw2",
        ".pef",
        ".srw",
        ".3fr",
        ".fff",
        ".iiq",
        ".rwl",
        ".mrw",
        ".x3f",
        ".erf",
        ".kdc",
    ]
)
_FOREIGN = frozenset(
    ".heic .heif .hif .avif .gif .jxl .jp2 .j2k .psd .psb .xcf .svg .ico .tga .pcx .exr .hdr .eps".split()  # noqa: SIM905
)
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
_UNFINISHED = frozenset({".part", ".crdownload", ".partial", ".download"})
# Folders that file servers, archives and systems make for themselves: thumbnails, waste, other people's metadata.
_NOT_THE_USERS = frozenset(
    {"@eadir", "__macosx", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "$recycle.bin"}
    | {"system volume information", "lost+found"}
)
_HEAD = 12

Reason = Literal["format", "special", "unfinished", "unreadable", "folder", "other"]


_WORDS: tuple[tuple[Reason, tuple[str, str]], ...] = (
    ("unfinished", ("unfinished download", "unfinished downloads")),
    ("special", ("pipe, socket or device", "pipes, sockets or devices")),
    ("unreadable", ("file that may not be read", "files that may not be read")),
    ("folder", ("folder that may not be read", "folders that may not be read")),
    ("other", ("file that is no photograph", "files that are no photographs")),
)


class PassedOver:
    """What lay in folders and is not worked on.

    Hidden files, and folders that a system makes for itself, are not counted.
    """

    def __init__(self) -> None:
        self._endings: Counter[str] = Counter()
        self._reasons: Counter[Reason] = Counter()

    def __len__(self) -> int:
        return self._reasons.total()

    def add(self, path: Path, reason: Reason) -> None:
        """Count a file or folder."""
        self._reasons[reason] += 1
        if reason == "format":
            self._endings[shown(path.suffix.lower()) or "without an ending"] += 1

    def words(self) -> str:
        """One line, such as "2 .heic (formats that are not read: save as JPEG or PNG), 1 unfinished download"; empty
        where nothing was passed over."""
        said = []
        if self._endings:
            endings = [f"{count} {ending}" for ending, count in self._endings.most_common()]
            listed = " and ".join([", ".join(endings[:-1]), endings[-1]] if len(endings) > 1 else endings)
            said.append(f"{listed} (formats that are not read: save as JPEG or PNG)")
        return ", ".join(said + [_counted(self._reasons[why], *words) for why, words in _WORDS if self._reasons[why]])


def photographs_in(
    root: Path,
    passed: PassedOver,
    order: Callable[[str], object] = str,
    also: Callable[[Path], bool] = lambda path: False,
) -> Iterator[Path]:
    """Photographs below a folder, folder by folder: by their names' endings, and by their first bytes where the ending
    says nothing.

    Hidden files and folders are left out, links to folders are not followed, and nothing but files is opened.

    Args:
        passed: counts what is no photograph.
        order: of names within a folder.
        also: what else is wanted.
    """

    def refused(error: OSError) -> None:
        passed.add(Path(str(error.filename)), "folder")

    for folder, inner, files in os.walk(root, onerror=refused):
        inner[:] = sorted((name for name in inner if not _is_hidden(name)), key=order)  # type: ignore[arg-type]
        for name in sorted(files, key=order):  # type: ignore[arg-type]
            if _is_hidden(name):
                continue
            path = Path(folder, name)
            reason = None if also(path) and not _is_special(path) else _reason(path)
            if reason is None:
                yield path
            else:
                passed.add(path, reason)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _NOT_THE_USERS or name.lower() in {"thumbs.db", "desktop.ini"}


def _is_special(path: Path) -> bool:
    try:
        return bool(special(path))
    except OSError:
        return False  # of a link that leads nowhere, whoever opens it says so


def _reason(path: Path) -> Reason | None:
    """Why a file is passed over; None of a photograph."""
    ending = path.suffix.lower()
    if _is_special(path):
        return "special"
    if ending in PHOTOGRAPHS:
        return None
    if ending in _UNFINISHED | _RAW:
        return "unfinished" if ending in _UNFINISHED else "format"
    return _reason_within(path)


def _reason_within(path: Path) -> Reason | None:
    """As `_reason`, by a file's first bytes."""
    try:
        with open_file(path) as file:
            head = file.read(_HEAD)
    except OSError:
        return "unreadable"
    if kind_of(head) is not None:
        return None
    foreign = path.suffix.lower() in _FOREIGN or (head[4:8] == b"ftyp" and head[8:12] in _HEIF)
    return "format" if foreign else "other"


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
