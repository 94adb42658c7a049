"""The file of vectors of groups and gender that ships with the program: read, and written by its recipe."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from explorer.science.contents import stand_in_at
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.synthetic.macro_model import MacroModel, from_arrays, to_arrays
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

_LARGEST = 2**20


def macro_file() -> Path:
    """Where the file lies."""
    return places.models() / "macro-vectors.safetensors"


@cache
def load_macro_model() -> MacroModel:
    """The vectors that ship with the program.

    Raises:
        UserError: the file is missing or damaged.
    """
    return read_macro_model(macro_file())


def read_macro_model(path: Path) -> MacroModel:
    """Vectors of groups and gender from a file.

    Raises:
        UserError: the file is missing or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        what = stand_in_at(path)
        if what:
            raise MorphableModelError(f"it is {what}")
        if path.stat().st_size > _LARGEST:
            raise MorphableModelError("it is larger than such vectors are")
        with safe_open(path, "numpy") as stored:
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            return from_arrays(arrays, stored.metadata() or {})
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: install Likeness again, or make it with `likeness train`") from error
    except (MorphableModelError, SafetensorError, OSError) as error:
        raise UserError(f"{path}: {error}: install Likeness again, or make it with `likeness train`") from error


def write_macro_model(macros: MacroModel, path: Path) -> Path:
    """Write such a file.

    Raises:
        UserError: it cannot be written.
    """
    from safetensors.numpy import save

    return atomic_write(path, save(*to_arrays(macros)), mode=0o644)
