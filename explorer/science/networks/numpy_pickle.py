"""Read pickled numpy arrays as tensors, by an unpickler that knows arrays of plain numbers and nothing else."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import InertArray, PickleError, load_restricted

Tree = dict[str, "Tree | Tensor"]
_FILE = "the file of arrays"


def read_numpy_pickle(data: bytes) -> Tree:
    """Nested dictionaries of arrays, as Flax writes them.

    No class of numpy's is called: what the file names stands for small inert classes.

    Raises:
        NetworkFileError: the file holds anything else, or is damaged.
    """
    try:
        found = load_restricted(data, subject=_FILE)
        return {str(name): _as_tree(part) for name, part in found.items()}
    except NetworkFileError:
        raise
    except PickleError as error:
        raise NetworkFileError(str(error)) from error
    except Exception as error:
        # What was built may be no tree of arrays in any way; each is the file's fault.
        raise NetworkFileError(f"{_FILE} is damaged: {error}") from error


def _as_tree(part: object) -> Tree | Tensor:
    if isinstance(part, InertArray):
        native = part.values.astype(part.values.dtype.newbyteorder("="))
        return torch.from_numpy(np.ascontiguousarray(native))
    if isinstance(part, dict):
        return {str(name): _as_tree(inner) for name, inner in part.items()}
    raise NetworkFileError(f"{_FILE} holds a {type(part).__name__}, not an array")
