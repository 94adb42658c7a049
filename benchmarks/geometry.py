"""Morphable model, fit, visibility and scrub: how right and how fast.

    python -m benchmarks.geometry

Needs eos beside the project's own packages (`pip install eos-py==1.5.0`), as the fit that ours is held against.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.common import write_results
from benchmarks.eos_fit import VERSION, EosFitter
from benchmarks.portraits import portraits
from benchmarks.scrub import measure as measure_scrubbing
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.geometry.fitting import OUTER_EYE_CORNERS, fit_landmarks
from explorer.science.geometry.landmarks import JAW, LandmarkBasis, landmark_basis
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rotation import geodesic_distance, pitch_of, rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility import vertex_visibility
from explorer.science.geometry.visibility_field import PRESETS, VisibilityField
from explorer.science.training.visibility_faces import cast_shards, face_space, together
from explorer.science.training.visibility_field import LEVEL, RECIPES, FieldMeasures, measure
from explorer.studio.fitting import FRAME, find_landmarks, load_morphable_model
from explorer.studio.networks import Networks
from explorer.studio.visibility_fields import load_visibility_field

Floats = NDArray[np.float64]
FACES, FACE_SIZE, NOISE, PICTURE = 200, 256, 1.0, 400
# Threads that the times of the field's maps are taken with.
THREADS = 2
TURNS = ((0.0, 0.0), (40.0, -10.0), (-75.0, 20.0), (90.0, 0.0))
# The tests' meshes and their oracle, which tries every triangle for every ray.
_KIT: Any = import_module("tests.science.geometry.meshes")


@dataclass(frozen=True, eq=False)
class KnownFace:
    """A face of the model whose pose is known, and its landmarks (68, 2) with noise."""

    pose: Pose
    landmarks: Floats


def known_face(basis: LandmarkBasis, random: torch.Generator) -> KnownFace:
    """A random identity with four expression units, within 45 degrees of yaw and 20 of pitch and roll."""
    degrees = (torch.rand(3, generator=random) * 2 - 1) * torch.tensor([45.0, 20.0, 20.0])
    rotation = rotation_from_angles(*degrees.deg2rad().unbind())
    identity, expression = torch.randn(len(basis.identity), generator=random), torch.zeros(len(basis.expression))
    expression[torch.randperm(len(expression), generator=random)[:4]] = torch.rand(4, generator=random)
    # A face is about 160 mm wide and high.
    pose = Pose(rotation, torch.full((2,), PICTURE / 2), torch.tensor(FACE_SIZE / 160))
    shape = basis.shape(identity.double().numpy(), expression.double().numpy())
    chosen = basis.follow(shape, rotation.double().numpy())
    landmarks = project(torch.from_numpy(shape[chosen]).float(), pose)
    return KnownFace(pose, (landmarks + NOISE * torch.randn(68, 2, generator=random)).double().numpy())


def fits_of_known_faces(model: MorphableModel) -> dict[str, dict[str, float]]:
    """Our fit and eos's on the same faces, by turns: error of the pose, of the inner landmarks, and time."""
    basis, random = landmark_basis(model), torch.Generator().manual_seed(0)
    eos = EosFitter(model, basis)
    ours: list[tuple[float, float, float]] = []
    theirs: list[tuple[float, float, float]] = []
    for _ in range(FACES):
        face = known_face(basis, random)
        fit, taken = _timed(lambda face=face: fit_landmarks(basis, face.landmarks))  # type: ignore[misc]
        inner = fit.projected[JAW:].double().numpy()
        ours.append((_degrees(fit.pose.rotation, face), _distance(inner, face), taken))
        other, taken = _timed(lambda face=face: eos.fit(face.landmarks, PICTURE))  # type: ignore[misc]
        theirs.append((_degrees(eos.rotation(other), face), _distance(eos.projected(other, PICTURE), face), taken))
    return {"ours": _summary(ours), f"eos-py {VERSION}": _summary(theirs)}


def _degrees(rotation: Tensor, face: KnownFace) -> float:
    return geodesic_distance(rotation, face.pose.rotation).rad2deg().item()


def _distance(inner: Floats, face: KnownFace) -> float:
    return float(np.linalg.norm(inner - face.landmarks[JAW:], axis=1).mean())


def _summary(rows: list[tuple[float, float, float]]) -> dict[str, float]:
    poses, distances, times = zip(*rows, strict=True)
    return {
        "pose_error_degrees_mean": float(np.mean(poses)),
        "pose_error_degrees_largest": max(poses),
        "inner_landmarks_pixels_mean": float(np.mean(distances)),
        "ms_median": median(times),
    }


def fits_of_portraits(model: MorphableModel) -> dict[str, Any]:
    """Landmark errors, in percent of the outer eye corners' distance, and pitches of the twenty portraits."""
    basis, detector = landmark_basis(model), Networks("cpu").detector()
    found: dict[str, Any] = {}
    errors: dict[str, list[float]] = {"dlib": [], "mediapipe": []}
    pitches: dict[str, list[float]] = {"dlib": [], "mediapipe": []}
    for portrait in portraits():
        photograph = portrait.photograph
        frame = crop_frame(photograph, choose_face(photograph, detector.detect(photograph.pixels)), FRAME).frame
        for source in ("dlib", "mediapipe"):
            landmarks = find_landmarks(frame, source)
            fit = fit_landmarks(basis, landmarks)
            right, left = landmarks[list(OUTER_EYE_CORNERS)]
            errors[source].append(100 * fit.error / float(np.linalg.norm(right - left)))
            pitches[source].append(pitch_of(fit.pose.rotation).rad2deg().item())
    for source, values in errors.items():
        found[source] = {
            "error_percent_mean": float(np.mean(values)),
            "error_percent_largest": max(values),
            "pitch_degrees_mean": float(np.mean(pitches[source])),
        }
    return found


def exact_agreement(model: MorphableModel) -> dict[str, float]:
    """The least share of vertices, over four turns, on which rays and every triangle tried by hand agree."""
    near, far = _KIT.sphere(3, 0.4), _KIT.sphere(4)
    meshes: dict[str, tuple[Tensor, Tensor]] = {
        "sphere": far,
        "two_spheres": _KIT.together((near[0] + torch.tensor([0.6, 0.1, 1.8]), near[1]), far),
        "head": (model.mean.double(), model.triangles),
    }
    return {name: min(_agreement(*mesh, turn) for turn in TURNS) for name, mesh in meshes.items()}


def _agreement(vertices: Tensor, triangles: Tensor, turn: tuple[float, float]) -> float:
    angles = torch.tensor([*turn, 0.0], dtype=torch.float64).deg2rad()
    rotation = rotation_from_angles(*angles.unbind())
    posed = vertices @ rotation.mT
    normals = vertex_normals(posed, triangles)
    starts = posed + 2e-4 * (posed.amax(0) - posed.amin(0)).norm() * normals
    by_force = (normals[:, 2] > 0) & ~_KIT.blocked_by_force(starts, posed, triangles)
    return float((vertex_visibility(vertices, triangles, rotation) == by_force).double().mean())


def field_quality(field: VisibilityField, model: MorphableModel, preset: str) -> dict[str, Any]:
    """The field against exact maps of unseen faces: those it is told everything of, and those of the whole model."""
    recipe = next(one for name, one in RECIPES.items() if name == preset)
    space = face_space(model, recipe.settings.identity, recipe.settings.expression)
    found = {}
    with TemporaryDirectory() as folder:
        for title, plan in (("told_everything", recipe.told_faces()), ("whole_model", recipe.whole_faces())):
            faces = together(cast_shards(model, space, plan, Path(folder)))
            found[title] = _described(measure(field, model, faces))
    return found


def _described(measured: FieldMeasures) -> dict[str, Any]:
    return {
        "views": len(measured.overlap),
        "iou_60": float(measured.overlap[measured.within(60)].mean()),
        "iou_90": float(measured.overlap.mean()),
        "bce": float(measured.cross_entropy.mean()),
        "by_yaw": [
            {"from": low, "to": high, "views": count, "iou": overlap, "bce": entropy}
            for low, high, count, overlap, entropy in measured.by_yaw()
        ],
    }


def field_milliseconds(field: VisibilityField, model: MorphableModel, resolution: int) -> float:
    """Median time of a map of a new face and pose."""
    over = field.over(uv_map(model, resolution).covered)
    random = torch.Generator().manual_seed(0)
    times = []
    with torch.inference_mode():
        for _ in range(60):
            identity, expression = torch.randn(80, generator=random), torch.rand(52, generator=random)
            yaw, pitch = torch.rand(2, generator=random) - 0.5
            times.append(_timed(lambda face=(identity, expression, yaw, pitch): over(*face))[1])  # type: ignore[misc]
    return median(times[10:])


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What work gives, and the milliseconds it took."""
    begun = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - begun) * 1e3


def main() -> None:
    """Run the benchmark."""
    scrub = measure_scrubbing()
    torch.set_num_threads(THREADS)
    model = load_morphable_model()
    fits, photographs, agreement = fits_of_known_faces(model), fits_of_portraits(model), exact_agreement(model)
    fields = {preset: load_visibility_field(preset) for preset in PRESETS}
    finer = model.at_level(LEVEL)
    quality = {preset: field_quality(field, finer, preset) for preset, field in fields.items()}
    maps = {
        preset: {str(side): field_milliseconds(field, model, side) for side in (64, 128)}
        for preset, field in fields.items()
    }
    ours, eos = fits.values()
    headline = {
        "pose_error_degrees_mean": ours["pose_error_degrees_mean"],
        "landmark_error_percent": photographs["dlib"]["error_percent_mean"],
        "fit_ms": ours["ms_median"],
        "fit_ms_eos": eos["ms_median"],
        "exact_visibility_agreement": min(agreement.values()),
        "field_iou_60": quality["default"]["told_everything"]["iou_60"],
        "field_iou_90": quality["default"]["told_everything"]["iou_90"],
        "field_map_64_ms": maps["default"]["64"],
        "field_map_128_ms": maps["default"]["128"],
        "scrub_ms_p95": scrub["scrub_ms_p95"],
        "scrub_ms_p95_inverting": scrub["scrub_ms_p95_inverting"],
        "rest_ms": scrub["rest_ms"],
    }
    details = {"fits": fits, "portraits": photographs, "agreement": agreement, "fields": quality, "map_ms": maps}
    write_results("geometry", headline, threads=THREADS, scrub=scrub, **details)


if __name__ == "__main__":
    main()
