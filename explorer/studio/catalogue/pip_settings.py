"""Where an archive can be had: the user's own pip settings, read and followed, and nothing else.

pip itself is only asked for its configuration. It never downloads for us, since for a source archive that
would run the archive's set-up code.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from explorer.studio.catalogue.entries import Archive


@dataclass(frozen=True)
class PipSettings:
    """What matters of pip's configuration.

    indexes: base addresses, http(s) or file, in pip's order. folders: local find-links. timeout: in seconds.
    """

    indexes: tuple[str, ...]
    folders: tuple[Path, ...]
    cert: str | None
    client_cert: str | None
    proxy: str | None
    timeout: float


def pip_settings() -> PipSettings:
    """Read pip's configuration: its files and environment variables, as pip itself merges them."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # quick to start: nothing else needs it

    listed = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout
    values: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in {"global", "install", "download"} and value:
            values[option] = str(ast.literal_eval(value))
    # There may be no pip in this environment; and where there is, the variables win over every file.
    values |= {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
    }
    indexes = [values.get("index-url") or PYPI_SIMPLE_ENDPOINT, *values.get("extra-index-url", "").split()]
    offline = values.get("no-index", "").lower() in {"1", "true", "yes", "on"}
    return PipSettings(
        indexes=() if offline else tuple(indexes),
        folders=tuple(_folders(values.get("find-links", ""))),
        cert=values.get("cert"),
        client_cert=values.get("client-cert"),
        proxy=values.get("proxy"),
        timeout=float(values.get("timeout") or values.get("default-timeout") or 30),
    )


def local_copies(archive: Archive, settings: PipSettings) -> Iterator[Path]:
    """Yield files of the archive's name already on this machine: the drop place, then find-links folders."""
    for place in (archive.drop_place(), *(folder / archive.file for folder in settings.folders)):
        if place.is_file():
            yield place


def _folders(find_links: str) -> Iterator[Path]:
    for place in find_links.split():
        if urlsplit(place).scheme in {"", "file"}:
            yield Path(os.path.expanduser(local(place)))


def local(address: str) -> Path:
    """Return the path of a file: address, or of a plain path."""
    parts = urlsplit(address)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(address)
