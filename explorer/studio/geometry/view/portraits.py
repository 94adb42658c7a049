"""From a fit to what is looked at: the viewer of its model, and the fit as window and command line need it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from explorer.science.geometry.fitting import FaceFit
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel, MorphableModelError
from explorer.science.geometry.projection import Pose, project
from explorer.studio.catalogue.visibility_fields import field_file, load_visibility_field
from explorer.studio.geometry.fitting import FittedFace, load_morphable_model
from explorer.studio.geometry.view.portrait import FitView, Origin
from explorer.studio.geometry.view.viewer import FaceViewer


def open_viewer(model: MorphableModel | None = None) -> FaceViewer:
    """A viewer of a model, the one that ships with the program if None, with its neural field where it has one.

    Raises:
        MorphableModelError: the model has no texture coordinates.
        UserError: a file of this program is missing or damaged.
    """
    model = load_morphable_model() if model is None else model
    if model.uv is None or model.uv_triangles is None:
        raise MorphableModelError(
            f"{model.name} has no texture coordinates, and without them nothing is laid onto its mesh: have the mesh "
            "written by `likeness fit PHOTO --model MODEL --out FOLDER`, or use the model that ships with the program"
        )
    field = load_visibility_field() if field_file("default").exists() else None
    return FaceViewer(model, field if field is not None and field.model == model.name else None)


def portrait_of(
    viewer: FaceViewer, key: str, name: str, sha256: str, fitted: FittedFace, origin: Origin | None = None
) -> FitView:
    """A fit as window and command line need it.

    Args:
        key: of the face. name, sha256: of the photograph; no hash for a reconstruction.
        origin: what it takes to fit it again, where that is known.
    """
    return FitView(
        key=key,
        name=name,
        sha256=sha256,
        frame=fitted.frame,
        landmarks=fitted.landmarks,
        projected=fitted.fit.projected.numpy(),
        scene=viewer.scene_of(fitted),
        roll=fitted.angles()[2],
        expressions=fitted.model.expression_names or tuple(map(str, range(len(fitted.fit.expression)))),
        relative_error=fitted.relative_error(),
        refined=fitted.refinement is not None,
        field=viewer.field is not None,
        fitted=fitted,
        origin=origin or Origin(),
    )


def mean_portrait(viewer: FaceViewer, file: Path | None = None) -> FitView:
    """The model's mean face, seen from the front on a grey frame: no photograph, no fit.

    Args:
        file: of the user's own model.
    """
    model, side = viewer.model, 256
    pose = Pose(torch.eye(3), torch.full((2,), side / 2), torch.tensor(1.0))
    marked = torch.zeros(LANDMARKS, dtype=torch.int64) if model.landmarks is None else model.landmarks
    projected = project(model.mean[marked], pose)
    fit = FaceFit(pose, torch.zeros(len(model.identity)), torch.zeros(len(model.expression)), marked, projected, 0.0)
    frame = np.full((side, side, 3), 128, np.uint8)
    fitted = FittedFace(frame, projected.numpy(), model, fit, None)
    return portrait_of(viewer, "mean", "mean face", "", fitted, Origin(model=file))
