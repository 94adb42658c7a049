"""The Basel Face Model: 2009 (Paysan et al., `01_MorphableModel.mat`), 2017 and 2019 (Gerig et al., `.h5`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import Floats, assemble, scaled
from explorer.science.geometry.model_files.mat_file import read_mat_arrays
from explorer.science.geometry.model_files.stand_ins import read_whole
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.networks.hdf5 import Hdf5Error, OwnNumbers, own_member

_MICROMETRE = 1e-3


def read_basel_2009(path: Path) -> MorphableModel:
    """Mean, 199 shape and 199 texture components; it has no expressions. Lengths in the file are micrometres."""
    content = read_mat_arrays(read_whole(path), {"shapeMU", "shapePC", "shapeEV", "texMU", "texPC", "texEV", "tl"})
    missing = {"shapeMU", "shapePC", "shapeEV", "tl"} - content.keys()
    if missing:
        raise MorphableModelError(f"{', '.join(sorted(missing))} are missing: it is not the Basel Face Model of 2009")
    albedo: dict[str, Any] = {}
    if {"texMU", "texPC", "texEV"} <= content.keys():
        albedo = {"albedo_mean": content["texMU"] / 255, "albedo": scaled(content["texPC"], content["texEV"] / 255)}
    return assemble(
        "Basel Face Model 2009",
        content["shapeMU"],
        scaled(content["shapePC"], content["shapeEV"]),  # deviations, despite their name
        content["tl"].astype(np.int64) - 1,
        millimetres=_MICROMETRE,
        **albedo,
    )


def read_basel_h5(path: Path) -> MorphableModel:
    """Mean, identity, expression and colour of the models of 2017 and 2019, in the layout of statismo's files."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            part = _Parts(file, path.stat().st_size)
            if own_member(file, "shape/model/pcaBasis") is None:
                raise MorphableModelError("shape/model/pcaBasis is missing: it is no Basel Face Model of 2017 or 2019")
            mean, identity = part.of("shape")
            expression_mean, expression = part.of("expression") if own_member(file, "expression") else (0.0, None)
            colour_mean, colour = part.of("color") if own_member(file, "color") else (None, None)
            triangles = part.numbers("shape/representer/cells").astype(np.int64).T
    except Hdf5Error as error:
        raise MorphableModelError(str(error)) from error
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


class _Parts:
    """The parts of an open file: arrays that lie in it, as none does that HDF5 would take from another one."""

    def __init__(self, file: Any, size: int) -> None:
        self._file, self._own = file, OwnNumbers(size)

    def numbers(self, path: str) -> NDArray[Any]:
        found = own_member(self._file, path)
        if found is None:
            raise MorphableModelError(f"{path} is missing, or lies in another file")
        return self._own.read(found, path)

    def of(self, name: str) -> tuple[Floats, Floats]:
        """Mean (3 V,) and components (3 V, K) at one standard deviation."""
        mean, basis, variance = (self.numbers(f"{name}/model/{part}") for part in ("mean", "pcaBasis", "pcaVariance"))
        return mean.astype(np.float64).ravel(), scaled(basis, np.sqrt(np.maximum(variance.astype(np.float64), 0)))
