"""A small published world on this machine: archives, a catalogue that pins them, and indexes that serve them."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from explorer.studio.catalogue import entries

LARGE = bytes(range(256)) * 2048
SMALL = b"<net/>"
TEXT = b"numbers"

WHEEL = "two_nets-1.0-py3-none-any.whl"
SOURCE = "source_net-2.5.tar.gz"
WHOLE = "people-0.1-py3-none-any.whl"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def source_archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def entry_text(id: str, member: str | None, data: bytes, group: str = "default") -> str:
    named = "" if member is None else f'member = "{member}"\n'
    return (
        f'[[archive.entry]]\nid = "{id}"\n{named}size = {len(data)}\nsha256 = "{digest(data)}"\n'
        f'group = "{group}"\nlicence = "CC0-1.0"\ncommercial = true\npurpose = "a test"\n'
    )


def archive_text(project: str, version: str, file: str, data: bytes, *entry: str) -> str:
    head = f'[[archive]]\nproject = "{project}"\nversion = "{version}"\nfile = "{file}"\n'
    return head + f'size = {len(data)}\nsha256 = "{digest(data)}"\n' + "".join(entry)


@dataclass
class World:
    """The folders of the small world. `archives`: the published bytes by file name."""

    folder: Path
    cache: Path
    archives: dict[str, bytes]

    @property
    def links(self) -> Path:
        """A find-links folder with every archive."""
        place = self.folder / "links"
        place.mkdir(exist_ok=True)
        for name, data in self.archives.items():
            (place / name).write_bytes(data)
        return place

    def index(self, name: str = "index", **replaced: bytes) -> Path:
        """A simple index with every archive; `replaced` puts other bytes in the place of a project's archive."""
        root = self.folder / name
        for file, data in self.archives.items():
            project = file.split("-")[0].replace("_", "-")
            place = root / project
            place.mkdir(parents=True, exist_ok=True)
            (place / "index.html").write_text(f'<!DOCTYPE html><html><body><a href="{file}">{file}</a></body></html>')
            (place / file).write_bytes(replaced.get(project.replace("-", "_"), data))
        return root

    def write_catalogue(self, text: str) -> None:
        (self.folder / "models" / "catalogue.toml").write_text(text)
        entries.catalogue.cache_clear()

    def kept(self) -> list[str]:
        """Every file under the cache but the lock."""
        return sorted(file.name for file in self.cache.rglob("*") if file.is_file() and file.name != "fetch.lock")


@dataclass
class Server:
    """An index on the loopback address. `asked`: paths in the order they were asked for.

    on_archive: answers a request for an archive in the server's own way; returns whether it did.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    on_archive: Callable[[SimpleHTTPRequestHandler], bool] = lambda _: False

    def downloads(self) -> list[str]:
        return [path.rpartition("/")[2] for path in self.asked if path.endswith((".whl", ".gz"))]
