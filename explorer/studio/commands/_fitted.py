"""What commands on a fitted face share: fit a photograph's face, or take the model's mean face, and turn it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from explorer.studio.commands._faces import placed_points
from explorer.studio.commands._sources import refuse_folder, say_others
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.studio.geometry.view.portrait import FitView
    from explorer.studio.geometry.view.scene import Scene
    from explorer.studio.geometry.view.viewer import FaceViewer

ModelOption = typer.Option(help="Another morphable model, as `likeness fit` reads it.")


def fit_photograph(
    photo: Path, model: Path | None, landmarks: str, refine: bool, face: int | None, points: str | None
) -> tuple[FaceViewer, FitView]:
    """Fit a face of a photograph as `likeness fit` does.

    Raises:
        UserError, FaceError, MorphableModelError: something given cannot be used.
    """
    from explorer.science.geometry.refinement import RefinementSettings
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.catalogue.plugged import model_path
    from explorer.studio.geometry.fitting import fit_face, load_morphable_model
    from explorer.studio.geometry.landmark_sources import landmark_source, landmarks_of
    from explorer.studio.geometry.view.portrait import Origin
    from explorer.studio.geometry.view.portraits import open_viewer, portrait_of
    from explorer.studio.inversion.targets import open_photograph

    refuse_folder(photo)
    choice, marked = landmarks_of(landmarks)
    source = landmark_source(choice)
    placed = placed_points(points, [photo], face)
    model = None if model is None else model_path(model)
    viewer = open_viewer(load_morphable_model(model, marked))
    photograph, chosen = open_photograph(Networks("cpu"), photo, face, placed, say_others)
    fitted = fit_face(photograph, chosen, viewer.model, source, RefinementSettings() if refine else None)
    named = photograph.sha256, photograph.name, photograph.sha256
    return viewer, portrait_of(viewer, *named, fitted, Origin.of(chosen, source, model))


def turned(scene: Scene, yaw: float | None, pitch: float | None) -> Scene:
    """The scene at other angles in degrees; None leaves one as it is.

    Raises:
        UserError: an angle lies beyond the field's range.
    """
    for name, angle in (("yaw", yaw), ("pitch", pitch)):
        if angle is not None and not -90 <= angle <= 90:
            raise UserError(f"--{name} {angle:g}: the head can be turned from -90 to 90 degrees")
    return replace(scene, yaw=scene.yaw if yaw is None else yaw, pitch=scene.pitch if pitch is None else pitch)
