"""Which plug-in a registered name came from: records of results that it took part in name its distribution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

#: What plug-ins bring; an entry point's group is "likeness." and one of these.
Group = Literal["encoders", "generators", "terms", "probes", "models", "panels"]
GROUPS: tuple[Group, ...] = get_args(Group)

#: Names that took part in a result, by group.
Parts = Mapping[Group, Iterable[str]]

#: How a plug-in is told apart from the packages that versions are stated of.
MARK = "plug-in "


@dataclass(frozen=True)
class Origin:
    """A distribution and its version."""

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


_ORIGINS: dict[tuple[Group, str], Origin] = {}


def note_origin(group: Group, name: str, origin: Origin) -> None:
    """Remember where a registered name came from."""
    _ORIGINS[group, name] = origin


def drop_origin(group: Group, name: str) -> None:
    """Forget it, as the name is no longer registered."""
    _ORIGINS.pop((group, name), None)


def origin_of(group: Group, name: str) -> Origin | None:
    """The plug-in that a name came from; None of the program's own and the user's."""
    return _ORIGINS.get((group, name))


def plugins_among(versions: Mapping[str, str]) -> dict[str, str]:
    """Those of recorded versions that are of plug-ins."""
    return {name: version for name, version in versions.items() if name.startswith(MARK)}


def plugin_versions(parts: Parts) -> dict[str, str]:
    """Versions of the plug-ins among what took part, by "plug-in DISTRIBUTION", in the order of the alphabet."""
    found = {origin for group, names in parts.items() for name in names if (origin := origin_of(group, name))}
    return {f"{MARK}{origin.distribution}": origin.version for origin in sorted(found, key=str)}
