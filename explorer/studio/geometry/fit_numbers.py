"""A fit as numbers: for its JSON file and its record, and to tell whether another one came to the same."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from explorer.science.faces.face import Face, Photograph
from explorer.science.geometry.model_files.reading import format_of
from explorer.studio import catalogue
from explorer.studio.catalogue.localisers import localiser_file
from explorer.studio.geometry.fitting import FittedFace, shipped_model
from explorer.studio.geometry.foreground import NETWORK as PARSING
from explorer.studio.geometry.foreground import ForegroundSource
from explorer.studio.geometry.landmark_sources import NETWORKS, FitBy, LandmarkSource
from explorer.studio.geometry.recognition import LOCALISER
from explorer.studio.origins import Parts, plugin_versions

MODEL = "morphable-model"


def fit_numbers(fitted: FittedFace) -> dict[str, Any]:
    """Everything that was fitted, in pixels of the frame, radians where nothing else is said, and coefficients."""
    yaw, pitch, roll = fitted.angles()
    pose, refinement = fitted.fit.pose, fitted.refinement
    names = fitted.model.expression_names or tuple(map(str, range(len(fitted.fit.expression))))
    return {
        "model": fitted.model.name,
        "frame": list(fitted.frame.shape[:2]),
        "pose": {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "rotation": pose.rotation.tolist(),
            "translation": pose.translation.tolist(),
            "scale": pose.scale.item(),
        },
        "identity": fitted.fit.identity.tolist(),
        "expression": dict(zip(names, fitted.fit.expression.tolist(), strict=True)),
        "albedo": None if refinement is None else refinement.albedo.tolist(),
        "light": None if refinement is None else refinement.light.tolist(),
        "landmarks": fitted.landmarks.tolist(),
        "fitted_landmarks": fitted.fit.projected.tolist(),
        "landmark_error": fitted.fit.error,
        "relative_landmark_error": fitted.relative_error(),
        "steps": steps_of(fitted),
    }


def fit_summary(fitted: FittedFace) -> dict[str, Any]:
    """What a record says of a fit: pose, camera, error, and a digest of the rest. Holds no shape of the face."""
    yaw, pitch, roll = fitted.angles()
    across, down = fitted.fit.pose.translation.tolist()
    return {
        "yaw": yaw,
        "pitch": pitch,
        "roll": roll,
        "scale": fitted.fit.pose.scale.item(),
        "across": across,
        "down": down,
        "landmark_error": fitted.fit.error,
        "relative_landmark_error": fitted.relative_error(),
        "refined": fitted.refinement is not None,
        "parameters_sha256": parameters_digest(fitted),
    }


def parameters_digest(fitted: FittedFace) -> str:
    """sha256 of all that was fitted: it tells whether another fit came to the same, and not what that is."""
    fit, refinement = fitted.fit, fitted.refinement
    parts = [fit.identity, fit.expression, fit.pose.rotation, fit.pose.translation, fit.pose.scale]
    parts += [] if refinement is None else [refinement.albedo, refinement.light]
    numbers = torch.cat([part.detach().flatten().float() for part in parts])
    return hashlib.sha256(numbers.cpu().numpy().astype("<f4").tobytes()).hexdigest()


def steps_of(fitted: FittedFace) -> int:
    """How many steps refined it."""
    return 0 if fitted.refinement is None else fitted.refinement.step


def fit_record(
    photograph: Photograph, face: Face, fitted: FittedFace, landmarks_by: LandmarkSource, model: Path | None
) -> dict[str, Any]:
    """What it takes to make a fit again, as its files carry it.

    Args:
        model: the user's own; None for the one that ships with the program.
    """
    return {
        "photograph": photograph.name,
        "sha256": photograph.sha256,
        "points": face.points.tolist(),
        "points_by_hand": face.by_hand,
        "landmarks_by": landmarks_by,
        "model": fitted.model.name,
        "own_model": model is not None,
        **model_landmarks(fitted, model),
        "steps": steps_of(fitted),
        "foreground_by": fitted.foreground.by,
        **({} if fitted.by == "landmarks" else {"fitted_by": fitted.by}),
        "networks": fit_networks(landmarks_by, model, fitted.foreground.by, fitted.by),
        **({"plugins": plugins} if (plugins := plugin_versions(model_parts(model))) else {}),
    }


def model_parts(model: Path | None) -> Parts:
    """What took part in reading the user's own model, by name; nothing for the one that ships."""
    return {} if model is None or model.suffix == ".safetensors" else {"models": (format_of(model),)}


def model_landmarks(fitted: FittedFace, model: Path | None) -> dict[str, list[int]]:
    """Which vertices of the user's own model the landmarks were: they may have been found, or said by another file."""
    marked = fitted.model.landmarks
    return {} if model is None or marked is None else {"model_landmarks": marked.tolist()}


def fit_networks(
    landmarks_by: LandmarkSource | None,
    model: Path | None,
    foreground_by: ForegroundSource = "none",
    fitted_by: FitBy = "landmarks",
) -> dict[str, str]:
    """sha256 of the networks that find landmarks, background and pose, and of the model's file; a folder has none."""
    found = {} if landmarks_by is None else {NETWORKS[landmarks_by]: catalogue.sha256(NETWORKS[landmarks_by])}
    found |= {PARSING: catalogue.sha256(PARSING)} if foreground_by == "parsing" else {}
    found |= {LOCALISER: file_digest(localiser_file())} if fitted_by == "recognition" else {}
    digest = model_digest(model)
    return found if digest is None else found | {MODEL: digest}


def model_digest(model: Path | None) -> str | None:
    """sha256 of a model's file, of the one that ships with the program if None; None of a folder."""
    path = shipped_model() if model is None else model
    return file_digest(path) if path.is_file() else None


def file_digest(path: Path) -> str:
    """sha256 of a large file; it is read once."""
    return _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, modified_ns: int) -> str:
    """The time of the file is there to key the memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
