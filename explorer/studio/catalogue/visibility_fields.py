"""The neural visibility fields that ship with the program."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from explorer.science.contents import stand_in_at
from explorer.science.geometry.visibility_field import Preset, VisibilityField, field_from_tensors
from explorer.studio import places
from explorer.studio.errors import UserError


def field_file(preset: Preset) -> Path:
    """Where a field's weights lie."""
    return places.models() / f"visibility-field-{preset}.safetensors"


def load_visibility_field(preset: Preset = "default") -> VisibilityField:
    """The field of the default morphable model.

    Raises:
        UserError: its file is missing or damaged.
    """
    path = field_file(preset)
    try:
        with safe_open(path, "pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            return field_from_tensors(tensors, stored.metadata() or {})
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: make it with `likeness train visibility-field`") from error
    except (SafetensorError, ValueError) as error:
        what = stand_in_at(path)
        if what:
            raise UserError(f"{path} is {what}") from error
        raise UserError(f"{path} is damaged, or of another version of this program: install it again") from error
