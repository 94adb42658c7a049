"""Versions of the program and of what its numbers depend on."""

from __future__ import annotations

import platform
from importlib import metadata

import explorer
from explorer.studio.origins import Parts, plugin_versions

_PACKAGES = ("torch", "numpy", "onnx", "safetensors")


def versions(parts: Parts | None = None) -> dict[str, str]:
    """Versions of the program, Python and the packages that the numbers depend on.

    Args:
        parts: what took part in them, by name; the plug-ins among it are stated, too.
    """
    packages = {package: metadata.version(package) for package in _PACKAGES}
    own = {"likeness": explorer.__version__, "python": platform.python_version()}
    return {**own, **packages, **plugin_versions(parts or {})}
