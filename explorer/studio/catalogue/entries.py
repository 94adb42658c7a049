"""What the catalogue knows: published archives, and the networks and data sets that are taken out of them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.studio import places
from explorer.studio.errors import UserError

Group = Literal["default", "encoders", "leakage", "evaluation", "people"]
Registry = Literal["PyPI", "npm"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Item):
    """One file kept in the cache.

    member: exact name inside the archive, or several, which are kept one behind the other in one file; None where the
        archive itself is kept.
    size: in bytes. sha256: of the file that is kept.
    group: "default" is what everybody needs; "encoders" are those that one may have besides.
    commercial: whether its licence allows commercial use.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    member: str | Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    size: int = Field(gt=0)
    sha256: Sha256
    group: Group
    licence: str
    commercial: bool
    purpose: str

    @property
    def members(self) -> tuple[str, ...]:
        """What is taken out of the archive; empty where it is kept itself."""
        return (self.member,) if isinstance(self.member, str) else self.member or ()

    def location(self) -> Path:
        """Return the place in the cache, whether or not the file is there.

        The name carries the hash, so that a catalogue that pins another file never meets the old one.
        """
        suffix = PurePosixPath((self.members or ("archive.zip",))[-1]).suffix
        return folder() / f"{self.id}-{self.sha256[:12]}{suffix}"


def folder() -> Path:
    """Return the folder of the cache where the entries' files lie."""
    return places.cache() / "networks"


class NotThere(Exception):  # noqa: N818
    """A place that does not have an archive, or cannot be reached; the message says which."""


class Archive(_Item):
    """One published wheel, source archive or npm package, by exact version, file name, size in bytes and hash.

    registry: whose client's settings say where it is had.
    streamed: whether its one member is taken while it streams by, and nothing else of it ever lies on the disk: for
        archives that also hold what is not to be kept.
    """

    registry: Registry = "PyPI"
    streamed: bool = False
    project: str = Field(pattern=r"^(@[a-z0-9._-]+/)?[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str
    file: str = Field(pattern=r"^[A-Za-z0-9_.+-]+\.(whl|zip|tar\.gz|tgz)$")
    size: int = Field(gt=0)
    sha256: Sha256
    entry: tuple[Entry, ...]

    @model_validator(mode="after")
    def _one_member_of_a_stream(self) -> Archive:
        if self.streamed and not (self.is_tar and [len(entry.members) for entry in self.entry] == [1]):
            raise ValueError(f"{self.file}: of a stream one member is taken, and it must be a tar")
        return self

    @property
    def is_tar(self) -> bool:
        """Whether it is a compressed tar; else a zip."""
        return self.file.endswith((".tar.gz", ".tgz"))

    def drop_place(self) -> Path:
        """Return where a user without a network may put the archive by hand."""
        return places.cache() / "archives" / self.file


class Catalogue(_Item):
    """All archives, in the file's order."""

    archive: tuple[Archive, ...]

    def entries(self) -> list[Entry]:
        """Return every entry, in the file's order."""
        return [entry for archive in self.archive for entry in archive.entry]

    def entry(self, id: str) -> Entry:
        """Return the entry of that id.

        Raises:
            UserError: there is none.
        """
        for entry in self.entries():
            if entry.id == id:
                return entry
        known = ", ".join(entry.id for entry in self.entries())
        raise UserError(f"the catalogue has no network named {id!r}; it has {known}")

    def group(self, group: Group) -> list[str]:
        """Return the ids of a group."""
        return [entry.id for entry in self.entries() if entry.group == group]

    def archive_of(self, entry: Entry) -> Archive:
        """Return the archive that carries an entry."""
        return next(archive for archive in self.archive if entry in archive.entry)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that ships with the program."""
    text = (places.models() / "catalogue.toml").read_text(encoding="utf-8")
    return Catalogue.model_validate(tomllib.loads(text))
