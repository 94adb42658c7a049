"""Where work is to be done: in this process, by workers of this machine, or by those of a scheduler."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.contents import open_file
from explorer.studio.errors import UserError
from explorer.studio.extras import require

# Of a file that names a scheduler, in bytes.
_LARGEST = 64 * 1024
_MOST_WORKERS = 1024
_GRAMMAR = "give local:N, tcp://127.0.0.1:PORT, tls://HOST:PORT, or a file of `likeness cluster certificates`"


@dataclass(frozen=True)
class Here:
    """In this process, one job after another. threads: for each of them; None for all that there are."""

    threads: int | None = None


@dataclass(frozen=True)
class Local:
    """By so many workers on this machine, each a process with one thread."""

    workers: int


@dataclass(frozen=True)
class Certificates:
    """Files in PEM by which peers know each other. authority: whose certificates are trusted."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Address:
    """By the workers of a scheduler. certificates: None where there is no TLS, or Dask's own settings name them."""

    address: str
    certificates: Certificates | None = None


Cluster = Here | Local | Address


def asked_cluster(cluster: str | None, workers: int | None = None) -> Cluster:
    """What is asked for on the command line.

    Args:
        cluster: local:N, a scheduler's address, or a file that names one; None for this process.
        workers: N is another word for local:N, and 1 for this process with one thread.

    Raises:
        UserError: it is none of these, not both are given, or the file or what it names is not as it should be.
        ModuleNotFoundError: the extra `cluster` is not installed.
    """
    if cluster is None:
        if workers is None:
            return Here()
        if workers == 1:
            return Here(threads=1)
        cluster = f"local:{workers}"
    elif workers is not None:
        raise UserError(f"--workers {workers} and --cluster {cluster}: give one of the two")
    found = _read(cluster)
    require("cluster")
    return found


def asked_scheduler(cluster: str) -> Address:
    """The scheduler's address that is asked for, as `asked_cluster` reads it.

    Raises:
        UserError: it is none; likewise as `asked_cluster`.
    """
    found = asked_cluster(cluster)
    if not isinstance(found, Address):
        raise UserError(f"{cluster} names no scheduler: give its address or a file of `likeness cluster certificates`")
    return found


def _read(cluster: str) -> Local | Address:
    if local := re.fullmatch(r"local:(\d{1,9})", cluster):
        workers = int(local[1])
        if not 1 <= workers <= _MOST_WORKERS:
            raise UserError(f"--cluster {cluster}: 1 to {_MOST_WORKERS} workers can be started on one machine")
        return Local(workers)
    if "://" in cluster:
        return Address(checked_address(cluster, f"--cluster {cluster}"))
    path = Path(cluster)
    if cluster.startswith("local:") or not path.exists():
        raise UserError(f"--cluster {cluster}: there is no such file; {_GRAMMAR}")
    return _of_file(path)


def checked_address(address: str, where: str) -> str:
    """An address of the form tcp://HOST:PORT or tls://HOST:PORT, of this machine alone where there is no TLS.

    Raises:
        UserError: it is not.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    bare = f"{host}:{port}" if host is None or ":" not in host else f"[{host}]:{port}"
    if not host or not port or parts.scheme not in ("tcp", "tls") or parts.netloc.lower() != bare:
        raise UserError(f"{where}: that is no scheduler's address; {_GRAMMAR}")
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise UserError(
            f"{where}: whoever reaches a scheduler runs code on its workers, so without TLS only one of this machine "
            "is asked; give a file of `likeness cluster certificates`"
        )
    return f"{parts.scheme}://{bare}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _File(BaseModel):
    """A file that names a scheduler; its paths are relative to the file."""

    model_config = ConfigDict(extra="forbid")

    scheduler: str = Field(max_length=300)
    authority: str = Field(max_length=4000)
    certificate: str = Field(max_length=4000)
    key: str = Field(max_length=4000)


def _of_file(path: Path) -> Address:
    """Read a file that names a scheduler.

    Raises:
        UserError: it, or a file that it names, is not there, is others' to read, or is not as it should be.
    """
    try:
        with open_file(_private(path)) as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UserError(f"{path} is too large for a file that names a scheduler")
        said = _File.model_validate(tomllib.loads(data.decode()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path} is not as it should be ({where}: {first['msg'].lower()})") from error
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} names no scheduler ({error}); {_GRAMMAR}") from error
    address = checked_address(said.scheduler, f"{path}, scheduler {said.scheduler}")
    if not address.startswith("tls://"):
        raise UserError(f"{path}, scheduler {said.scheduler}: certificates are of tls://HOST:PORT")
    named = (path.parent / name for name in (said.authority, said.certificate, said.key))
    return Address(address, Certificates(*(_private(place.absolute()) for place in named)))


def _private(path: Path) -> Path:
    """A file that its owner alone may read or write: who writes to it says who may run code here.

    Raises:
        UserError: it is another's, or others may read or write it.
        OSError: there is none.
    """
    status = path.stat()
    owned = not hasattr(os, "getuid") or status.st_uid in (os.getuid(), 0)
    if not owned or (os.name == "posix" and status.st_mode & 0o077):
        raise UserError(f"{path} may be read or written by others, who could run code here: chmod 600 {path}")
    return path
