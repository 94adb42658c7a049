"""The plug-ins that are installed, by what their packages say of themselves: nothing of them is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

from explorer.science.names import shown
from explorer.science.remarks import remark
from explorer.studio.origins import GROUPS, Group, Origin
from explorer.studio.plugins.switches import Switch

PREFIX = "likeness."


@dataclass(frozen=True)
class Plugin:
    """A part that an installed package offers.

    switch: by which it is switched on. origin: the distribution, as it writes its name, and its version.
    summary: of the distribution, in its own words. value: where the part lies, "package.module:name".
    """

    switch: Switch
    origin: Origin
    summary: str
    value: str


@dataclass(frozen=True)
class _Package:
    origin: Origin
    summary: str
    entries: tuple[tuple[Group, metadata.EntryPoint], ...]


def installed_plugins() -> list[Plugin]:
    """Every part that an installed package offers, by distribution, group and name."""
    found: dict[Switch, Plugin] = {}
    seen: set[str] = set()
    for distribution in metadata.distributions():
        package = _package(distribution)
        canonical = "" if package is None else canonical_name(package.origin.distribution)
        # Of a distribution that lies in several places the first is the one that is imported.
        if package is None or not canonical or canonical in seen:
            continue
        seen.add(canonical)
        for group, entry in package.entries:
            switch = Switch.of(canonical, group, entry.name)
            if switch is not None:
                found.setdefault(switch, Plugin(switch, package.origin, package.summary, entry.value))
    return [found[switch] for switch in sorted(found, key=Switch.place)]


def entry_point(switch: Switch) -> tuple[metadata.EntryPoint, Origin]:
    """Where a part lies that is switched on.

    Raises:
        LookupError: it is not installed; the message says what is missing.
    """
    try:
        distribution = metadata.distribution(switch.distribution)
    except (metadata.PackageNotFoundError, ValueError):
        raise LookupError(f"{switch.distribution} is not installed") from None
    package = _package(distribution)
    if package is None:
        raise LookupError(f"{switch.distribution} offers no plug-in")
    for group, entry in package.entries:
        if (group, entry.name) == (switch.group, switch.name):
            return entry, package.origin
    raise LookupError(f"{package.origin} has no {switch.name} among its {switch.group}")


def canonical_name(distribution: str) -> str:
    """A distribution's name as all its spellings have it in common: "my-package" of "My_Package"."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _package(distribution: metadata.Distribution) -> _Package | None:
    """What a distribution offers; None where that is nothing, or cannot be read, which is remarked upon."""
    try:
        text = distribution.read_text("entry_points.txt") or ""
        if PREFIX not in text:  # most packages have none, and their lists need not be taken apart
            return None
        points = distribution.entry_points
        entries = tuple((group, entry) for group in GROUPS for entry in points.select(group=f"{PREFIX}{group}"))
        if not entries:
            return None
        about = distribution.metadata
        name, version, summary = (str(about[key]) if key in about else "" for key in ("Name", "Version", "Summary"))
    except Exception as error:
        place = shown(str(getattr(distribution, "_path", "a package")))
        remark(f"{place}: its entry points cannot be read ({type(error).__name__}), and it is left out as a plug-in")
        return None
    return _Package(Origin(shown(name[:100]), shown(version[:50]) or "0"), shown(summary[:200]), entries)
