"""Versions of the program and of what its numbers depend on."""

from __future__ import annotations

import platform
from importlib import metadata

import explorer

_PACKAGES = ("torch", "numpy", "onnx", "safetensors")


def versions() -> dict[str, str]:
    """Versions of the program, Python and the packages that the numbers depend on."""
    packages = {package: metadata.version(package) for package in _PACKAGES}
    return {"likeness": explorer.__version__, "python": platform.python_version(), **packages}
