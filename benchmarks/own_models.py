"""Morphable models of the user's own: in each maker's layout, landmarks found where no file says them, and fits.

The files are written from the project's own CC0 head, its vertices shuffled, without landmarks; how far those found lie
from the true ones is measured on the mean face. Then each model is fitted to the twenty openpeople portraits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Part, commit
from benchmarks.portraits import portraits
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.geometry.fitting import OUTER_EYE_CORNERS, fit_landmarks
from explorer.science.geometry.landmark_finding import find_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.unwrapping import with_texture_map
from explorer.science.geometry.uv import uv_map
from explorer.studio.catalogue.networks import Networks
from explorer.studio.geometry.fitting import FRAME, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder
from explorer.studio.geometry.own_models import picture_finder

# How often the mesh of the layout that is tried on several is subdivided.
LEVELS = (0, 1, 2, 3)
# A fit is one where its landmarks lie this near, in percent of the outer eye corners' distance.
FITTED = 3.0
_TEXTURE = 128
Row = dict[str, Any]
_WRITERS: Any = import_module("tests.science.geometry.model_writers")


def measure_models(work: Path) -> Part:
    """`models_fitted`: layouts whose landmarks were found and whose fits of all portraits are near on average.

    Args:
        work: what was measured at this commit lies here, and is not measured again.
    """
    networks, template = Networks("cpu"), load_morphable_model()
    finder, marked = picture_finder(networks), _marked_portraits(networks)

    def of_layout(name: str) -> Row:
        write, level, face_only = _WRITERS.LAYOUTS[name]
        truth = _WRITERS.geometry(template, level, seed=1, face_only=face_only)
        with TemporaryDirectory() as folder:
            model = read_model_file(write(Path(folder), truth))
        assert model.landmarks is None, "no layout is written with landmarks"
        landmarks = find_landmarks(model, template, finder)
        ready = with_texture_map(_with(model, landmarks))
        return {
            "vertices": len(model.mean),
            **_distance(truth, landmarks.numpy()),
            **_fits(ready, marked),
            "texels": float(uv_map(ready, _TEXTURE).covered.double().mean()),
        }

    def of_level(level: int) -> Row:
        truth = _WRITERS.geometry(template, level, seed=level)
        found = find_landmarks(_with(truth, None), template, finder).numpy()
        return {"vertices": len(truth.mean), **_distance(truth, found)}

    found = {name: _once(work, name, partial(of_layout, name)) for name in _WRITERS.LAYOUTS}
    levels = [_once(work, f"subdivided {level} times", partial(of_level, level)) for level in LEVELS]
    subdivided = {str(one.pop("vertices")): one for one in levels}
    distances = [one["landmark_error_percent"] for one in (*found.values(), *subdivided.values())]
    fitted = [one for one in found.values() if one["fit_percent_mean"] <= FITTED]
    headline = {"models_fitted": float(len(fitted)), "model_landmark_error_max": max(distances)}
    return Part(headline, {"models": found, "models_subdivided": subdivided})


def _once(work: Path, what: str, measure: Callable[[], Row]) -> Row:
    """What was measured of a thing at this very commit, from the journal where it stands there."""
    journal, now = work / "models.jsonl", commit()
    known = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    made = next((one["row"] for one in known if (one["what"], one["commit"]) == (what, now)), None)
    if made is None or now.endswith("-dirty"):
        made = measure()
        with journal.open("a") as file:
            file.write(json.dumps({"what": what, "commit": now, "row": made}) + "\n")
    print(what, made, flush=True)
    return dict(made)


def _with(model: MorphableModel, landmarks: Any) -> MorphableModel:
    from dataclasses import replace

    return replace(model, landmarks=landmarks)


def _distance(truth: MorphableModel, landmarks: NDArray[np.int64]) -> dict[str, float]:
    """Of landmarks on the mean face, in percent of the outer eye corners' distance."""
    assert truth.landmarks is not None
    mean, true = truth.mean.double().numpy(), truth.landmarks.numpy()
    size = np.linalg.norm(mean[true[OUTER_EYE_CORNERS[0]]] - mean[true[OUTER_EYE_CORNERS[1]]])
    apart = 100 * np.linalg.norm(mean[landmarks] - mean[true], axis=1) / size
    return {"landmark_error_percent": float(apart.mean()), "landmark_error_percent_largest": float(apart.max())}


def _marked_portraits(networks: Networks) -> list[NDArray[np.float32]]:
    detector, find = networks.detector(), landmark_finder("dlib")
    marked = []
    for portrait in portraits():
        face = choose_face(portrait.photograph, detector.detect(portrait.photograph.pixels))
        marked.append(find(crop_frame(portrait.photograph, face, FRAME).frame))
    return marked


def _fits(model: MorphableModel, marked: list[NDArray[np.float32]]) -> dict[str, float]:
    basis = landmark_basis(model)
    errors: list[float] = []
    for landmarks in marked:
        fit = fit_landmarks(basis, landmarks, model.named_units)
        right, left = landmarks[list(OUTER_EYE_CORNERS)]
        errors.append(100 * fit.error / float(np.linalg.norm(right - left)))
    return {
        "portraits": float(len(errors)),
        "fit_percent_mean": float(np.mean(errors)),
        "fit_percent_largest": max(errors),
    }
