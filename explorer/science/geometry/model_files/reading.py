"""Tell the formats apart and read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.science.geometry.model_files.basel import read_basel_2009, read_basel_h5
from explorer.science.geometry.model_files.flame import read_flame
from explorer.science.geometry.model_files.ict import read_ict
from explorer.science.geometry.model_files.surrey import read_surrey
from explorer.science.geometry.model_files.threeddfa import read_3ddfa
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_KNOWN = (
    "Basel 2009 (.mat), Basel 2017 and 2019 (.h5), 3DDFA (bfm_noneck_v3.pkl), Surrey (.bin), FLAME (.pkl), ICT-FaceKit "
    "(its folder of .obj)"
)


def read_model_file(path: Path) -> MorphableModel:
    """Read a morphable model in its makers' format.

    Raises:
        MorphableModelError: there is no such file, it is damaged, or is no model in a known format.
        ModuleNotFoundError: an HDF5 file, and h5py is not installed.
    """
    try:
        return _reader(path)(path)
    except MorphableModelError as error:
        raise MorphableModelError(f"{path.name}: {error}") from error
    except OSError as error:
        raise MorphableModelError(f"{path.name} cannot be read: {error.strerror or error}") from error
    except ModuleNotFoundError:
        raise  # an HDF5 file is read by a library that is installed on demand
    except Exception as error:
        # A damaged file can fail anywhere in its reader; each is the file's fault.
        raise MorphableModelError(f"{path.name} is damaged, or no morphable model: {error}") from error


def _reader(path: Path) -> Callable[[Path], MorphableModel]:
    if not path.exists():
        raise MorphableModelError(f"there is no such file or folder; known are {_KNOWN}")
    if path.is_dir():
        return read_ict
    suffix = path.suffix.lower()
    if suffix == ".pkl":
        return read_3ddfa if "noneck" in path.name.lower() or "bfm" in path.name.lower() else read_flame
    readers = {".mat": read_basel_2009, ".h5": read_basel_h5, ".bin": read_surrey}
    if suffix not in readers:
        raise MorphableModelError(f"no morphable model is known by the ending {suffix!r}; known are {_KNOWN}")
    return readers[suffix]
