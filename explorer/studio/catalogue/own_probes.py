"""Where the probes lie that the user chose in place of those that ship. No torch: the window's menus ask for it."""

from __future__ import annotations

from pathlib import Path

from explorer.studio import places


def own_probes_folder() -> Path:
    """Where they are kept."""
    return places.state() / "probes"


def own_probes_file(encoder: str) -> Path | None:
    """Where the probes of an encoder lie that the user chose in place of those that ship; None where nobody did."""
    try:
        file = own_probes_folder() / f"probes-{encoder}.safetensors"
    except places.NoHomeError:  # whoever has no place for them has chosen none
        return None
    return file if file.exists() else None
