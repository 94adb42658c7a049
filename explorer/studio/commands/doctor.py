"""`likeness doctor`: machine, device, versions, networks and system libraries in one report."""

from __future__ import annotations

import ctypes
import importlib.metadata
import json
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from packaging.requirements import Requirement

from explorer import __version__
from explorer.science.names import shown
from explorer.studio import catalogue, places
from explorer.studio.extras import EXTRAS

DISTRIBUTION = "likeness"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Report on the machine, the device, the versions, the networks and what Qt needs of the system."""
    report = examine()
    if as_json:
        typer.echo(json.dumps(report, indent=2))
        return
    for title, part in report.items():
        typer.echo(title)
        rows = part if isinstance(part, dict) else {"": part}
        width = max((len(name) for name in rows), default=0)
        for name, value in rows.items():
            text = ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
            typer.echo(f"  {name:<{width}}  {text}")
    for trouble in report["troubles"]:
        typer.echo(f"trouble: {trouble}", err=True)


def examine() -> dict[str, Any]:
    """Collect the report. Holds no user name, and no path but the cache's, with the home folder as `~`."""
    kept = cache()
    networks = {} if "trouble" in kept else catalogue.verify()
    libraries = system_libraries()
    versions = dependency_versions()
    missing = [name for name, found in libraries.items() if not found]
    return {
        "likeness": {"version": __version__, "python": platform.python_version()},
        "machine": machine(),
        "device": device(),
        "display": display(),
        "system libraries": {"found": len(libraries) - len(missing), "missing": missing},
        "cache": kept,
        "networks": networks,
        "dependencies": versions,
        "extras": extras(),
        "troubles": [*_no_room(kept), *_troubles(networks, missing, versions)],
    }


def machine() -> dict[str, Any]:
    """Describe the machine: system, processor, cores this process may use, memory in GB."""
    memory = _table(Path("/proc/meminfo"))
    processor = _table(Path("/proc/cpuinfo")).get("model name")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.platform(),
        "processor": processor or platform.processor() or platform.machine(),
        "cores": cores,
        "memory_gb": _gigabytes(memory.get("MemTotal")),
        "memory_free_gb": _gigabytes(memory.get("MemAvailable")),
    }


def device() -> dict[str, Any]:
    """Say where torch would compute, and with how many threads."""
    import torch

    report: dict[str, Any] = {
        "chosen": "cuda:0" if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "cuda_build": torch.version.cuda or "none",
    }
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        report |= {"gpu": properties.name, "gpu_memory_gb": round(properties.total_memory / 1e9, 1)}
    return report


def display() -> dict[str, str]:
    """Say which display a window would open on."""
    variables = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
    found = {name: os.environ[name] for name in variables if os.environ.get(name)}
    return found or {"none": "no display: the window cannot open here; the command line works"}


def system_libraries() -> dict[str, bool]:
    """Return for each shared library that Qt needs of the system whether it loads."""
    names = [
        line.split()[0]
        for line in (places.resources() / "system-libraries.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return {name: _loads(name) for name in names}


def dependency_versions() -> dict[str, str]:
    """Return the installed version of every dependency the project declares, or "missing"; of extras what is there."""
    versions = {name: _version(name) or "missing" for name in declared_dependencies()}
    optional = [name for extra in EXTRAS for name in declared_dependencies(extra)]
    return versions | {name: version for name in optional if (version := _version(name))}


def extras() -> dict[str, str]:
    """Say of every part that is installed on demand whether it is there, and how to have it."""
    absent = {name: [part for part in declared_dependencies(name) if not _version(part)] for name in EXTRAS}
    return {
        name: f"without {', '.join(parts)}: pip install 'likeness[{name}]'" if parts else "installed"
        for name, parts in absent.items()
    }


def declared_dependencies(extra: str = "") -> list[str]:
    """Return the names that the project's own metadata requires always, or those that an extra adds."""
    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        # Run from a working tree that was never installed: the tree says it itself.
        import tomllib

        project = tomllib.loads((places.models().parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        lines = [_only_with(line, name) for name, part in project["optional-dependencies"].items() for line in part]
        lines += project["dependencies"]
    requirements = map(Requirement, lines)
    return [found.name for found in requirements if _applies(found, extra) and (not extra or not _applies(found, ""))]


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _only_with(line: str, extra: str) -> str:
    """The requirement as an installed project's metadata gives one of an extra."""
    needed, _, marker = line.partition(";")
    return f"{needed.strip()}; ({marker.strip()}) and extra == '{extra}'" if marker else f"{needed}; extra == '{extra}'"


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def cache() -> dict[str, Any]:
    """Say where the cache is and how much room there is, in GB."""
    try:
        folder = places.cache()
    except places.NoHomeError as error:
        return {"folder": "none", "writable": False, "free_gb": 0.0, "trouble": str(error)}
    there = next(place for place in (folder, *folder.parents) if place.exists())
    home, text = os.path.expanduser("~"), shown(folder)
    return {
        "folder": "~" + text.removeprefix(home) if text.startswith(home + os.sep) else text,
        "writable": os.access(there, os.W_OK),
        "free_gb": round(shutil.disk_usage(there).free / 1e9, 1),
    }


def _no_room(kept: dict[str, Any]) -> list[str]:
    return [kept["trouble"]] if "trouble" in kept else []


def _troubles(networks: dict[str, catalogue.State], libraries: list[str], versions: dict[str, str]) -> list[str]:
    default = catalogue.catalogue().group("default")
    bad = [id for id, state in networks.items() if state == "damaged" or (state == "missing" and id in default)]
    absent = [name for name, version in versions.items() if version == "missing"]
    troubles = []
    if bad:
        troubles.append(f"networks missing or damaged: {', '.join(bad)}; run `likeness models fetch`")
    if libraries and sys.platform == "linux":
        troubles.append(f"system libraries missing: {', '.join(libraries)}; run `make setup`")
    if absent:
        troubles.append(f"dependencies missing: {', '.join(absent)}; run `make setup`")
    return troubles


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _table(file: Path) -> dict[str, str]:
    """Read the first `name: value` of each name in one of Linux's reports; nothing elsewhere."""
    values: dict[str, str] = {}
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            values.setdefault(name.strip(), value.strip())
    return values


def _gigabytes(kilobytes: str | None) -> float | None:
    return round(int(kilobytes.split()[0]) * 1024 / 1e9, 1) if kilobytes else None
