"""The Basel Face Model: 2009 (Paysan et al., `01_MorphableModel.mat`), 2017 and 2019 (Gerig et al., `.h5`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.mat_file import read_mat_arrays
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_MICROMETRE = 1e-3


def read_basel_2009(path: Path) -> MorphableModel:
    """Mean, 199 shape and 199 texture components; it has no expressions. Lengths in the file are micrometres."""
    content = read_mat_arrays(path.read_bytes(), {"shapeMU", "shapePC", "shapeEV", "texMU", "texPC", "texEV", "tl"})
    missing = {"shapeMU", "shapePC", "shapeEV", "tl"} - content.keys()
    if missing:
        raise MorphableModelError(f"{', '.join(sorted(missing))} are missing: it is not the Basel Face Model of 2009")
    albedo: dict[str, Any] = {}
    if {"texMU", "texPC", "texEV"} <= content.keys():
        albedo = {"albedo_mean": content["texMU"] / 255, "albedo": content["texPC"] * content["texEV"].ravel() / 255}
    return assemble(
        "Basel Face Model 2009",
        content["shapeMU"],
        content["shapePC"] * content["shapeEV"].ravel(),  # deviations, despite their name
        content["tl"].astype(np.int64) - 1,
        millimetres=_MICROMETRE,
        **albedo,
    )


def read_basel_h5(path: Path) -> MorphableModel:
    """Mean, identity, expression and colour of the models of 2017 and 2019, in the layout of statismo's files."""
    import h5py

    with h5py.File(path, "r") as file:
        if _dataset(file, "shape/model/pcaBasis") is None:
            raise MorphableModelError("shape/model/pcaBasis is missing: it is no Basel Face Model of 2017 or 2019")
        mean, identity = _part(file, "shape")
        expression_mean, expression = _part(file, "expression") if "expression" in file else (0.0, None)
        colour_mean, colour = _part(file, "color") if "color" in file else (None, None)
        triangles = np.asarray(_needed(file, "shape/representer/cells"), np.int64).T
    year = "2019" if "2019" in path.name else "2017"
    return assemble(
        f"Basel Face Model {year}",
        mean + expression_mean,
        identity,
        triangles,
        millimetres=1.0,
        expression=expression,
        albedo_mean=colour_mean,
        albedo=colour,
    )


def _part(file: Any, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (3 V,) and components (3 V, K) at one standard deviation."""
    mean, basis, variance = (
        np.asarray(_needed(file, f"{name}/model/{part}"), np.float64) for part in ("mean", "pcaBasis", "pcaVariance")
    )
    return mean.ravel(), basis * np.sqrt(variance)


def _needed(file: Any, path: str) -> Any:
    found = _dataset(file, path)
    if found is None:
        raise MorphableModelError(f"{path} is missing, or lies in another file")
    return found


def _dataset(file: Any, path: str) -> Any:
    """An array that lies in this file; None where there is none, or HDF5 would take it from another file."""
    import h5py

    here = file
    for name in path.split("/"):
        if not isinstance(here, h5py.Group) or not isinstance(here.get(name, getlink=True), h5py.HardLink):
            return None
        here = here[name]
    own = isinstance(here, h5py.Dataset) and here.external is None and not here.is_virtual
    return here if own else None
