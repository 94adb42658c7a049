"""Where an npm package can be had: the user's own npm settings, read and followed, and nothing else.

npm itself is only asked for its configuration. It never downloads for us, since it may run a package's scripts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

from explorer.studio import places
from explorer.studio.catalogue.pip_settings import PipSettings

NPM_REGISTRY = "https://registry.npmjs.org/"
_UNSET = {"", "null", "undefined"}


def npm_registry(project: str, settings: PipSettings) -> Iterator[tuple[str, PipSettings]]:
    """Yield the registry of a package, http(s) or file, and the settings to follow there; nothing where npm is offline.

    Args:
        project: such as "esbuild" or "@scope/name", whose scope may have a registry of its own.
        settings: pip's, for the time-out and for what npm says nothing of: a proxy, a certificate.
    """
    scope = f"{project.partition('/')[0]}:registry" if project.startswith("@") else None
    known = _configured(["registry", "offline", "cafile", "https-proxy", *([scope] if scope else [])])
    if known.get("offline") == "true":
        return
    registry = (known.get(scope) if scope else None) or known.get("registry") or NPM_REGISTRY
    yield (
        registry.rstrip("/") + "/",
        replace(settings, cert=known.get("cafile") or settings.cert, proxy=known.get("https-proxy") or settings.proxy),
    )


def _configured(options: list[str]) -> dict[str, str]:
    """What npm's files and environment variables say of some options, as npm itself merges them; unset ones left out.

    Where there is no npm, the variables alone are read.
    """
    variables = {name.lower(): value for name, value in os.environ.items()}
    values = {option: variables.get(f"npm_config_{option}".replace("-", "_"), "") for option in options}
    npm = shutil.which("npm")
    if npm is not None:
        listed = subprocess.run(  # noqa: S603 - it is npm, and given options alone
            [npm, "config", "get", *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=places.private_folder(places.cache()),  # where no project has settings of its own
        )
        if listed.returncode == 0:
            values |= dict(line.split("=", 1) for line in listed.stdout.splitlines() if "=" in line)
    return {option: value.strip() for option, value in values.items() if value.strip() not in _UNSET}
