"""3DDFA v2's cut of the Basel model (Guo et al. 2020): `bfm_noneck_v3.pkl` and, beside it, two small files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.pickles import read_arrays
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_MICROMETRE = 1e-3
_TRIANGLES, _STATISTICS = "tri.pkl", "param_mean_std_62d_120x120.pkl"
# The parameters of its regressor: a 3x4 pose, then shape, then expression.
_POSE = 12


def read_3ddfa(path: Path) -> MorphableModel:
    """Mean, 40 identity and 10 expression components, and the 68 landmarks. Lengths in the file are micrometres.

    The file gives directions without deviations: those are in the statistics of 3DDFA's parameters, which lie beside it
    in its repository, as do the triangles. The mean face becomes the mean of the parameters.
    """
    content = read_arrays(path)
    missing = {"u", "w_shp", "w_exp", "keypoints"} - content.keys()
    if missing:
        raise MorphableModelError(f"{', '.join(sorted(missing))} are missing: it is not 3DDFA's model")
    identity, expression = np.asarray(content["w_shp"], np.float64), np.asarray(content["w_exp"], np.float64)
    statistics = _beside(path, _STATISTICS)
    mean, deviation = (np.asarray(statistics[name], np.float64).ravel()[_POSE:] for name in ("mean", "std"))
    shapes = identity.shape[1]
    if len(mean) != len(deviation) or len(mean) < shapes + expression.shape[1]:
        raise MorphableModelError(f"{_STATISTICS} does not fit its {shapes} + {expression.shape[1]} components")
    ends = slice(0, shapes), slice(shapes, shapes + expression.shape[1])
    centre = np.asarray(content["u"], np.float64).ravel() + identity @ mean[ends[0]] + expression @ mean[ends[1]]
    return assemble(
        "3DDFA v2 (Basel, no neck)",
        centre,
        identity * deviation[ends[0]],
        _faces(path, content),
        millimetres=_MICROMETRE,
        expression=expression * deviation[ends[1]],
        # Places of x, y and z in the flat mean, one after the other.
        landmarks=np.asarray(content["keypoints"]).ravel()[::3] // 3,
    )


def _faces(path: Path, content: dict[str, Any]) -> NDArray[np.int64]:
    found = content.get("tri")
    faces = np.asarray(_beside(path, _TRIANGLES)[""] if found is None else found).astype(np.int64)
    faces = faces.T if faces.shape[0] == 3 and faces.shape[1] != 3 else faces
    return faces - 1 if faces.min() == 1 and faces.max() == np.asarray(content["u"]).size // 3 else faces


def _beside(path: Path, name: str) -> dict[str, Any]:
    file = path.with_name(name)
    if not file.is_file():
        raise MorphableModelError(f"{name} is missing: put the file of that name of 3DDFA v2's configs beside it")
    return read_arrays(file)
