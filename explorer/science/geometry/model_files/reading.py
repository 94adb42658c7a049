"""Tell the formats apart and read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np

from explorer.science.geometry.model_files.basel import read_basel_2009, read_basel_h5
from explorer.science.geometry.model_files.flame import read_flame
from explorer.science.geometry.model_files.ict import read_ict
from explorer.science.geometry.model_files.stand_ins import refuse_stand_in
from explorer.science.geometry.model_files.surrey import read_surrey
from explorer.science.geometry.model_files.threeddfa import read_3ddfa
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.names import name_of, said
from explorer.science.registry import Registry


@dataclass(frozen=True)
class ModelReader:
    """One format of morphable models.

    title: what it is called, with the files that hold it. reads: whether a file or folder is one, by its name alone.
    read: reads it; whatever it raises is the file's fault.
    """

    name: str
    title: str
    reads: Callable[[Path], bool]
    read: Callable[[Path], MorphableModel]


def _ends(suffix: str) -> Callable[[Path], bool]:
    return lambda path: not path.is_dir() and path.suffix.lower() == suffix


def _is_3ddfa(path: Path) -> bool:
    name = path.name.lower()
    return _ends(".pkl")(path) and ("noneck" in name or "bfm" in name)


def _is_ict(path: Path) -> bool:
    return path.is_dir() or _ends(".obj")(path) or path.name == "vertex_indices.json"


# The first that reads a file is asked.
READERS: Registry[ModelReader] = Registry(
    "format of morphable models",
    (
        ModelReader("basel-2009", "Basel 2009 (.mat)", _ends(".mat"), read_basel_2009),
        ModelReader("basel-h5", "Basel 2017 and 2019 (.h5)", _ends(".h5"), read_basel_h5),
        ModelReader("3ddfa", "3DDFA (bfm_noneck_v3.pkl)", _is_3ddfa, read_3ddfa),
        ModelReader("surrey", "Surrey (.bin)", _ends(".bin"), read_surrey),
        ModelReader("flame", "FLAME (.pkl)", _ends(".pkl"), read_flame),
        ModelReader("ict", "ICT-FaceKit (its folder of .obj)", _is_ict, read_ict),
    ),
    attrgetter("name"),
)


def read_model_file(path: Path) -> MorphableModel:
    """Read a morphable model in its makers' format.

    Raises:
        MorphableModelError: there is no such file, it is damaged, or is no model in a known format.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.geometry.model_files import read_model_file
        >>> read_model_file(Path("nowhere/basel.h5"))
        Traceback (most recent call last):
        explorer.science.geometry.morphable_model.MorphableModelError: basel.h5: there is no such file or folder; ...
    """
    name = name_of(path)
    try:
        read = _reader(path)
        if not path.is_dir():
            refuse_stand_in(path)
        with np.errstate(all="ignore"):  # what is not finite is refused with the model
            return read(path)
    except MorphableModelError as error:
        told = str(error) if str(error).startswith(f"{path.name} is ") else f"{name}: {error}"
        raise MorphableModelError(told) from error
    except OSError as error:
        raise MorphableModelError(f"{name} cannot be read: {error.strerror or error}") from error
    except ModuleNotFoundError:
        raise  # an HDF5 file is read by a library that is installed on demand
    except Exception as error:
        # A damaged file can fail anywhere in its reader; each is the file's fault.
        raise MorphableModelError(f"{name} is damaged, or no morphable model: {said(error)}") from error


def format_of(path: Path) -> str:
    """The name in `READERS` of the format that a file or folder is read by; empty where there is none."""
    return next((name for name, reader in READERS.enabled().items() if reader.reads(path)), "")


def _reader(path: Path) -> Callable[[Path], MorphableModel]:
    known = f"known are {', '.join(reader.title for reader in READERS.enabled().values())}"
    if not path.exists():
        raise MorphableModelError(f"there is no such file or folder; {known}")
    name = format_of(path)
    if name:
        return READERS[name].read
    raise MorphableModelError(f"no morphable model is known by the ending {path.suffix.lower()!r}; {known}")
