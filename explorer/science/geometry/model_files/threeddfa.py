"""3DDFA v2's cut of the Basel model (Guo et al. 2020): `bfm_noneck_v3.pkl` and, beside it, two small files.

The file's own triangles are those of the full Basel model, whose vertices are more: 3DDFA itself takes `tri.pkl`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.pickles import read_arrays
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_MICROMETRE = 1e-3
_PUT_BESIDE = "put {} of 3DDFA v2's folder configs beside it"
_TRIANGLES, _STATISTICS = "tri.pkl", "param_mean_std_62d_120x120.pkl"
# The parameters of its regressor: a 3x4 pose, then shape, then expression.
_POSE, _SHAPES, _EXPRESSIONS = 12, 40, 10
# Where the statistics are missing: mean displacement of a vertex by the first component in micrometres, and how those
# of later ones fall, as those of the Basel model do.
_IDENTITY_FALL, _EXPRESSION_FALL = (3800.0, 0.75), (2000.0, 0.6)


def read_3ddfa(path: Path) -> MorphableModel:
    """Mean, 40 identity and 10 expression components, and the 68 landmarks. Lengths in the file are micrometres.

    The file gives directions without deviations: those are in the statistics of 3DDFA's parameters, which lie beside it
    in its repository. The mean face then becomes the mean of the parameters. Without them the deviations are set as
    those of the Basel model fall, and the name says so.
    """
    content = read_arrays(path)
    missing = {"u", "w_shp", "w_exp"} - content.keys()
    if missing:
        raise MorphableModelError(f"{', '.join(sorted(missing))} are missing: it is not 3DDFA's model")
    centre = np.asarray(content["u"], np.float64).ravel()
    identity, expression = np.asarray(content["w_shp"], np.float64), np.asarray(content["w_exp"], np.float64)
    if identity.ndim != 2 or expression.ndim != 2 or {len(identity), len(expression)} != {len(centre)}:
        raise MorphableModelError(
            f"components of {identity.shape} and {expression.shape} do not fit {len(centre)} numbers"
        )
    name = "3DDFA v2 (Basel, no neck)"
    if path.with_name(_STATISTICS).is_file():
        mean, deviation = _statistics(path, identity.shape[1], expression.shape[1])
        both = np.concatenate([identity, expression], 1)
        centre, both = centre + both @ mean, both * deviation
        identity, expression = both[:, : identity.shape[1]], both[:, identity.shape[1] :]
    else:
        name += ", deviations assumed"
        identity, expression = _assumed(identity, *_IDENTITY_FALL), _assumed(expression, *_EXPRESSION_FALL)
    keypoints = content.get("keypoints")
    return assemble(
        name,
        centre,
        identity,
        _faces(path, content, len(centre) // 3),
        millimetres=_MICROMETRE,
        expression=expression,
        # Places of x, y and z in the flat mean, one after the other.
        landmarks=None if keypoints is None else np.asarray(keypoints).ravel()[::3] // 3,
    )


def _statistics(path: Path, shapes: int, expressions: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of the coefficients, (K + E,) each."""
    statistics = _beside(path, _STATISTICS)
    if statistics.get("mean") is None or statistics.get("std") is None:
        raise MorphableModelError(f"{_STATISTICS} holds no mean and std")
    mean, deviation = (np.asarray(statistics[name], np.float64).ravel()[_POSE:] for name in ("mean", "std"))
    if len(mean) != len(deviation) or len(mean) < shapes + expressions:
        raise MorphableModelError(f"{_STATISTICS} does not fit its {shapes} + {expressions} components")
    return mean[: shapes + expressions], deviation[: shapes + expressions]


def _assumed(directions: NDArray[np.float64], first: float, fall: float) -> NDArray[np.float64]:
    """Components (3 V, K) whose displacements fall by a power of their number."""
    lengths = np.linalg.norm(directions, axis=0) / np.sqrt(max(1, len(directions) // 3))
    wanted = first * np.arange(1.0, directions.shape[1] + 1) ** -fall
    scaled: NDArray[np.float64] = directions * (wanted / np.maximum(lengths, 1e-12))
    return scaled


def _faces(path: Path, content: dict[str, Any], count: int) -> NDArray[np.int64]:
    """Its triangles: those of `tri.pkl` beside it, else its own, where they fit its vertices."""
    if path.with_name(_TRIANGLES).is_file():
        found = _beside(path, _TRIANGLES)
        return _triangles(found.get("", found.get("tri")), count, _TRIANGLES)
    if content.get("tri") is None:
        raise MorphableModelError(f"{_TRIANGLES} is missing: {_PUT_BESIDE.format(_TRIANGLES)}")
    own = np.asarray(content["tri"]).astype(np.int64)
    if own.size and own.max() > count:
        raise MorphableModelError(
            f"its triangles are those of the full Basel model (up to vertex {own.max()}, where it has {count}), which "
            f"its own makers do not use: {_PUT_BESIDE.format(_TRIANGLES)}"
        )
    return _triangles(own, count, path.name)


def _triangles(found: Any, count: int, name: str) -> NDArray[np.int64]:
    """Triangles as rows, counted from 0."""
    faces = np.asarray(0 if found is None else found)
    if faces.ndim != 2 or 3 not in faces.shape or not np.issubdtype(faces.dtype, np.number):
        raise MorphableModelError(f"{name} holds no triangles")
    faces = faces.astype(np.int64)
    faces = faces if faces.shape[1] == 3 else faces.T
    return faces - 1 if faces.min() == 1 and faces.max() == count else faces


def _beside(path: Path, name: str) -> dict[str, Any]:
    file = path.with_name(name)
    if not file.is_file():
        raise MorphableModelError(f"{name} is missing: {_PUT_BESIDE.format(name)}")
    return read_arrays(file)
