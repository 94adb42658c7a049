"""The parts of the program that are installed on demand: what each brings, and the line that says what is missing."""

from __future__ import annotations

from importlib.util import find_spec

#: By the name of an extra in `pyproject.toml`: what cannot be done without it, and the modules that it brings.
EXTRAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "gui": ("the window", ("PySide6", "shiboken6", "pyqtgraph", "rapidfuzz")),
    "3d": ("the 3D face", ("trimesh", "embreex", "OpenGL")),
    "blackbox": ("evolution by the answers of a black box", ("cma",)),
    "train": ("training", ("lightning_fabric", "lightning_utilities")),
    "render": ("path tracing", ("mitsuba",)),
    "scale": ("approximate search", ("faiss",)),
    "cluster": ("work by several workers", ("distributed", "dask", "cryptography")),
}


def explain_absence(error: ModuleNotFoundError) -> str | None:
    """Return one line that says what to install, or None where the module belongs to no extra."""
    missing = (error.name or "").partition(".")[0]
    for extra, (purpose, modules) in EXTRAS.items():
        if missing in modules:
            return f"{purpose} needs {missing}, which is not installed: pip install 'likeness[{extra}]'"
    return None


def require(extra: str) -> None:
    """Refuse work before it begins where an extra is not installed.

    Raises:
        ModuleNotFoundError: one of its modules is missing; `errors.explain` has the line that says what to install.
    """
    for module in EXTRAS[extra][1]:
        # Rays have a slower stand-in, because embree is not built for every processor.
        if module != "embreex" and find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def is_installed(extra: str) -> bool:
    """Whether an extra is installed."""
    try:
        require(extra)
    except ModuleNotFoundError:
        return False
    return True
