"""Files that plug-ins bring: of their networks, by the id that the catalogue does not have, and of their models."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from explorer.science.contents import open_file, read_bytes
from explorer.studio.errors import UserError
from explorer.studio.origins import Origin


@dataclass(frozen=True)
class PluggedNetwork:
    """A network of a plug-in. file: of its numbers; None where it has none, as all of it is computed."""

    id: str
    file: Path | None
    origin: Origin

    def data(self) -> bytes:
        """The bytes of its file; none where it has no file.

        Raises:
            UserError: the file is gone or cannot be read.
        """
        if self.file is None:
            return b""
        try:
            return read_bytes(self.file)
        except OSError as error:
            raise self._unreadable(error) from error

    @property
    def sha256(self) -> str:
        """A hash (hex) of the file and of the plug-in's name and version: what it computes follows from both."""
        try:
            digest = "" if self.file is None else _digest(self.file, self.file.stat().st_mtime_ns)
        except OSError as error:
            raise self._unreadable(error) from error
        return hashlib.sha256(f"{self.id}\n{self.origin}\n{digest}".encode()).hexdigest()

    def _unreadable(self, error: OSError) -> UserError:
        return UserError(
            f"{self.file}, which belongs to the plug-in {self.origin}, cannot be read ({error.strerror or error}): "
            f"install {self.origin.distribution} again"
        )


_NETWORKS: dict[str, PluggedNetwork] = {}
_MODELS: dict[str, Path] = {}


def plug_network(network: PluggedNetwork) -> None:
    """Make a network known by its id.

    Raises:
        ValueError: another plug-in has brought one of that id.
    """
    if network.id in _NETWORKS:
        raise ValueError(f"another network is called {network.id!r} already")
    _NETWORKS[network.id] = network


def unplug_network(id: str) -> None:
    """Forget it."""
    _NETWORKS.pop(id, None)


def plugged(id: str) -> PluggedNetwork | None:
    """A plug-in's network; None where no plug-in has brought one of that id."""
    return _NETWORKS.get(id)


def plug_model(name: str, file: Path) -> None:
    """Make the file of a morphable model known by a name."""
    _MODELS[name] = file


def unplug_model(name: str) -> None:
    """Forget it."""
    _MODELS.pop(name, None)


def plugged_models() -> dict[str, Path]:
    """The files of the morphable models that plug-ins bring, by their names."""
    return dict(_MODELS)


def model_path(given: Path) -> Path:
    """The file of a morphable model that the user named: a plug-in's model by its name, else the path itself."""
    return given if given.exists() else _MODELS.get(str(given), given)


@lru_cache(maxsize=32)
def _digest(file: Path, modified_ns: int) -> str:
    """The time of the file is there to key the memory."""
    with open_file(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
