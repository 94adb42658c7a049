"""Where an archive can be had: the user's own pip settings, read and followed, and nothing else.

pip itself is only asked for its configuration. It never downloads for us, since for a source archive that
would run the archive's set-up code.
"""

from __future__ import annotations

import ast
import os
import subprocess  # to ask pip for its configuration
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import requests
from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, ProjectPage, PyPISimple

from explorer.studio.catalogue.entries import Archive
from explorer.studio.catalogue.unpack import CHUNK


class NotThere(Exception):  # noqa: N818
    """A place that does not have the archive, or cannot be reached; the message says which."""


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

    def session(self) -> requests.Session:
        """Return a session that follows them; it also honours the environment's proxies and netrc."""
        session = requests.Session()
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=2))
        if self.cert:
            session.verify = self.cert
        if self.client_cert:
            session.cert = self.client_cert
        if self.proxy:
            session.proxies = {"http": self.proxy, "https": self.proxy}
        return session


def pip_settings() -> PipSettings:
    """Read pip's configuration: its files and environment variables, as pip itself merges them."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
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


def chunks(archive: Archive, index: str, settings: PipSettings) -> Iterator[bytes]:
    """Yield an archive's bytes from one index.

    Raises:
        NotThere: the index does not have it or cannot be reached.
    """
    try:
        if urlsplit(index).scheme == "file":
            yield from _from_file_index(archive, index)
            return
        with settings.session() as session:
            page = PyPISimple(index, session=session).get_project_page(archive.project, timeout=settings.timeout)
            with session.get(_address(archive, page), stream=True, timeout=settings.timeout) as response:
                response.raise_for_status()
                yield from response.iter_content(CHUNK)
    except NoSuchProjectError:
        raise NotThere(f"{_name(index)} has no project {archive.project}") from None
    except (requests.RequestException, OSError, ValueError) as error:
        raise NotThere(f"{_name(index)}: {_reason(error)}") from error


def _from_file_index(archive: Archive, index: str) -> Iterator[bytes]:
    base = index.rstrip("/") + f"/{canonicalize_name(archive.project)}/"
    listing = _local(base) / "index.html"
    page = ProjectPage.from_html(archive.project, listing.read_bytes(), base_url=base)
    address = urljoin(base, _address(archive, page))
    if urlsplit(address).scheme != "file":
        raise NotThere(f"{_name(index)} points to another place")
    with _local(address).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _address(archive: Archive, page: ProjectPage) -> str:
    for package in page.packages:
        if package.filename == archive.file:
            return package.url
    raise NotThere(f"the index lists {archive.project} without {archive.file}")


def _folders(find_links: str) -> Iterator[Path]:
    for place in find_links.split():
        if urlsplit(place).scheme in {"", "file"}:
            yield _local(place).expanduser()


def _local(address: str) -> Path:
    parts = urlsplit(address)
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(address)


def _name(index: str) -> str:
    """Return an index's address without the password it may carry."""
    parts = urlsplit(index)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code}"
    return str(error) or type(error).__name__
