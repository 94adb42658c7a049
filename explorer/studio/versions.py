"""Versions of the program and of what its numbers depend on."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata

import explorer
from explorer.studio.origins import Parts, plugin_versions

_PACKAGES = ("torch", "numpy", "onnx", "safetensors")


def versions(parts: Parts | None = None) -> dict[str, str]:
    """Versions of the program, Python and the packages that the numbers depend on.

    Args:
        parts: what took part in them, by name; the plug-ins among it are stated, too.
    """
    packages = {package: _installed(package) for package in _PACKAGES}
    own = {"likeness": explorer.__version__, "python": platform.python_version()}
    return {**own, **packages, **plugin_versions(parts or {})}


@cache
def _installed(package: str) -> str:
    # All of a package's metadata are read for it, and a fit alone writes eight records.
    return metadata.version(package)
