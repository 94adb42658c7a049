"""Read one archive from one package index or npm registry, over the network or from a folder of files."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
from packaging.utils import canonicalize_name
from pypi_simple import NoSuchProjectError, ProjectPage, PyPISimple

from explorer.studio.catalogue.entries import Archive, NotThere
from explorer.studio.catalogue.pip_settings import PipSettings, local
from explorer.studio.catalogue.unpack import CHUNK


def chunks(archive: Archive, index: str, settings: PipSettings) -> Iterator[bytes]:
    """Yield an archive's bytes from one index, or one registry where it is an npm package.

    Raises:
        NotThere: the index does not have it or cannot be reached.
    """
    try:
        if urlsplit(index).scheme == "file":
            yield from _from_file_index(archive, index)
            return
        with session(settings) as connected:
            if archive.registry == "npm":
                address = _npm_address(archive, index)
            else:
                page = PyPISimple(index, session=connected).get_project_page(archive.project, timeout=settings.timeout)
                address = _address(archive, page)
            with connected.get(address, stream=True, timeout=settings.timeout) as response:
                response.raise_for_status()
                yield from response.iter_content(CHUNK)
    except NoSuchProjectError:
        raise NotThere(f"{_name(index)} has no project {archive.project}") from None
    except (requests.RequestException, OSError, ValueError) as error:
        raise NotThere(f"{_name(index)}: {_reason(error)}") from error


def _from_file_index(archive: Archive, index: str) -> Iterator[bytes]:
    if archive.registry == "npm":
        yield from _of_file(_npm_address(archive, index))
        return
    base = index.rstrip("/") + f"/{canonicalize_name(archive.project)}/"
    listing = local(base) / "index.html"
    if not listing.is_file():
        raise NotThere(f"{_name(index)} has no project {archive.project}")
    page = ProjectPage.from_html(archive.project, listing.read_bytes(), base_url=base)
    address = urljoin(base, _address(archive, page))
    if urlsplit(address).scheme != "file":
        raise NotThere(f"{_name(index)} points to another place")
    yield from _of_file(address)


def _of_file(address: str) -> Iterator[bytes]:
    with local(address).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _npm_address(archive: Archive, registry: str) -> str:
    """Where every npm registry and mirror has a package's archive."""
    return f"{registry}{archive.project}/-/{archive.project.rpartition('/')[2]}-{archive.version}.tgz"


def _address(archive: Archive, page: ProjectPage) -> str:
    for package in page.packages:
        if package.filename == archive.file:
            return package.url
    raise NotThere(f"the index lists {archive.project} without {archive.file}")


def session(settings: PipSettings) -> requests.Session:
    """Return a session that follows pip's settings; it also honours the environment's proxies and netrc."""
    made = requests.Session()
    made.mount("https://", requests.adapters.HTTPAdapter(max_retries=2))
    if settings.cert:
        made.verify = settings.cert
    if settings.client_cert:
        made.cert = settings.client_cert
    if settings.proxy:
        made.proxies = {"http": settings.proxy, "https": settings.proxy}
    return made


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
