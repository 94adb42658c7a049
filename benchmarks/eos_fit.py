"""The same landmarks fitted by eos (Huber et al. 2016), through its Python binding: `pip install eos-py==1.5.0`.

eos is handed this program's own model, its landmarks, and the strips along which the jaw line may move as its contours,
so that only the algorithms differ.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.landmarks import JAW, LandmarkBasis
from explorer.science.geometry.mesh import edges
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel

Floats = NDArray[np.float64]
_CHIN = 8
VERSION = "1.5.0"


class EosFitter:
    """eos's `fit_shape_and_pose` on a model.

    Raises:
        ImportError: eos is not installed.
    """

    def __init__(self, model: MorphableModel, basis: LandmarkBasis) -> None:
        eos: Any = import_module("eos")
        assert model.landmarks is not None
        self._eos, self._landmarks = eos, model.landmarks.numpy()
        self._model = _model(eos, model)
        adjacent_faces, adjacent_vertices = _topology(model)
        self._topology = eos.morphablemodel.EdgeTopology(adjacent_faces, adjacent_vertices)
        with TemporaryDirectory() as folder:
            names, contour = Path(folder) / "names.toml", Path(folder) / "contour.json"
            names.write_text(_names(self._landmarks))
            strips = basis.vertices[basis.strips]
            sides = {"right_contour": strips[:_CHIN], "left_contour": strips[_CHIN + 1 :]}
            found = {side: np.unique(vertices).tolist() for side, vertices in sides.items()}
            contour.write_text(json.dumps({"model_contour": found}))
            self._mapper = eos.core.LandmarkMapper(str(names))
            self._contour_landmarks = eos.fitting.ContourLandmarks.load(str(names))
            self._model_contour = eos.fitting.ModelContour.load(str(contour))

    def fit(self, landmarks: Floats, side: int) -> Any:
        """Fit to landmarks (68, 2) of a square picture."""
        points = [
            self._eos.core.Landmark(str(number), np.float32(place)) for number, place in enumerate(landmarks, start=1)
        ]
        return self._eos.fitting.fit_shape_and_pose(
            self._model,
            points,
            self._mapper,
            side,
            side,
            self._topology,
            self._contour_landmarks,
            self._model_contour,
        )

    def rotation(self, fit: Any) -> torch.Tensor:
        """The rotation (3, 3) that was found; its axes are this program's."""
        return torch.from_numpy(np.asarray(fit[1].get_modelview(), np.float32)[:3, :3].copy())

    def projected(self, fit: Any, side: int) -> Floats:
        """Where the 51 landmarks inside of the face fall, (51, 2) pixels."""
        mesh, camera = fit[:2]
        places = np.asarray(mesh.vertices, np.float64)[self._landmarks[JAW:], :3]
        lifted = np.concatenate([places, np.ones((len(places), 1))], 1)
        plane = lifted @ np.asarray(camera.get_modelview()).T @ np.asarray(camera.get_projection()).T
        shown: Floats = (plane[:, :2] / plane[:, 3:] * (0.5, -0.5) + 0.5) * side
        return shown


def _model(eos: Any, model: MorphableModel) -> Any:
    identity = model.identity.flatten(1).double().numpy()
    deviations = np.linalg.norm(identity, axis=1)
    shape = eos.morphablemodel.PcaModel(
        model.mean.flatten().numpy(),
        np.float32((identity / deviations[:, None]).T),
        np.float32(deviations**2),
        model.triangles.tolist(),
    )
    units = [
        eos.morphablemodel.Blendshape(name, unit.flatten().numpy())
        for name, unit in zip(model.expression_names, model.expression, strict=True)
    ]
    return eos.morphablemodel.MorphableModel(shape, units, eos.morphablemodel.PcaModel())


def _topology(model: MorphableModel) -> tuple[list[list[int]], list[list[int]]]:
    """The two triangles of every edge and its two vertices, counted from 1, and 0 for no triangle, as eos does."""
    known = edges(model.triangles)
    key = {tuple(edge): number for number, edge in enumerate(known.tolist())}
    faces = [[0, 0] for _ in key]
    for number, corners in enumerate(model.triangles.tolist(), start=1):
        for one, other in ((0, 1), (1, 2), (2, 0)):
            pair = faces[key[min(corners[one], corners[other]), max(corners[one], corners[other])]]
            pair[:] = [pair[1], number]  # the empty place, if any stays empty, comes first
    return faces, (known + 1).tolist()


def _names(landmarks: NDArray[np.int64]) -> str:
    """eos's tables of landmarks, in its TOML: inner ones and the chin stay on their vertices, the jaw's move."""
    fixed = [_CHIN, *range(JAW, LANDMARKS)]
    mapped = "\n".join(f"{number + 1} = {landmarks[number]}" for number in fixed)
    right, left = ([str(number + 1) for number in side] for side in (range(_CHIN), range(_CHIN + 1, JAW)))
    contours = f"right = {json.dumps(right)}\nleft = {json.dumps(left)}"
    return f"[landmark_mappings]\n{mapped}\n\n[contour_landmarks]\n{contours}\n"
