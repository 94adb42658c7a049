"""Where every benchmark puts its results: `benchmarks/results/NAME.json`, with the machine behind them.

`python -m benchmarks.common` prints the headlines of all that are there.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from explorer import __version__
from explorer.studio.files import atomic_write

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "onnx",
    "onnxruntime",
    "openvino",
    "opencv-python-headless",
    "PySide6-Essentials",
)


def write_results(name: str, headline: Mapping[str, float], **details: Any) -> Path:
    """Write `benchmarks/results/NAME.json` and print its headlines.

    Args:
        name: of the benchmark, without suffix.
        headline: the figures by which it is judged; finite numbers.
        details: whatever else is worth keeping, as JSON takes it.

    Returns:
        The file's path.

    Raises:
        ValueError: a headline is not finite, or something in the results names this machine or its folders.
    """
    for figure, value in headline.items():
        if not math.isfinite(value):
            raise ValueError(f"the headline {figure} of {name} is {value}, not a finite number")
    results = {
        "machine": machine(),
        "versions": versions(),
        "commit": commit(),
        "headline": {figure: _short(value) for figure, value in headline.items()},
        **details,
    }
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    _refuse_private_names(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = atomic_write(RESULTS / f"{name}.json", text.encode(), mode=0o644)
    _print_headline(path)
    return path


@dataclass(frozen=True)
class Part:
    """What a part of a benchmark found: headlines, and what else is worth keeping, by its name in the results."""

    headline: dict[str, float]
    details: dict[str, Any]


def write_part(benchmark: str, figures: Sequence[str], name: str, part: Part) -> Path:
    """Put what a part of a benchmark found among the results that there are, with the commit that it was measured at.

    Args:
        benchmark: whose results these are. figures: all its headlines, in their order. name: of the part.

    Returns:
        The file's path.
    """
    path = RESULTS / f"{benchmark}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    kept = {key: value for key, value in known.items() if key not in {"machine", "versions", "commit", "headline"}}
    found = {**known.get("headline", {}), **part.headline}
    headline = {figure: found[figure] for figure in figures if figure in found}
    measured_at = {**kept.pop("measured_at", {}), name: commit()}
    return write_results(benchmark, headline, measured_at=measured_at, **{**kept, **part.details})


def print_headlines(folder: Path = RESULTS) -> None:
    """Print the headlines of every benchmark whose results lie in a folder."""
    for path in sorted(folder.glob("*.json")):
        _print_headline(path)


def machine() -> dict[str, Any]:
    """Describe this machine but for its name: processor, usable cores, memory, accelerator, system, Python."""
    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "os": _system(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of this project and of the packages that its numbers depend on, where installed."""
    found = {"likeness": __version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """Return the commit that was measured; `-dirty` behind it where files other than results differed from it."""
    try:
        named = _git("describe", "--always", "--abbrev=12", "--exclude=*")
        # What one benchmark wrote is no change of what the next one measures.
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":/", f":(exclude){RESULTS}")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{named}-dirty" if changed else named


def _git(*words: str) -> str:
    answer = subprocess.run(["git", *words], cwd=RESULTS.parent, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def _print_headline(path: Path) -> None:
    print(path.name)
    headline = json.loads(path.read_text())["headline"]
    width = max(map(len, headline), default=0)
    for figure, value in headline.items():
        print(f"  {figure:<{width}}  {value}")


def _short(value: float) -> float | int:
    """Four significant digits are more than any of these measurements repeats; counts stay whole."""
    return int(value) if float(value).is_integer() else float(f"{value:.4g}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _refuse_private_names(text: str) -> None:
    private = {f"{Path.home()}/", f"{RESULTS.parents[1]}/", f'"{platform.node()}"'}
    named = sorted(name for name in private if name in text)
    if named:
        raise ValueError(f"the results name this machine or its folders, which stay out of them: {', '.join(named)}")


if __name__ == "__main__":
    print_headlines()
