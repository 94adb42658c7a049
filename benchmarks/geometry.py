"""Morphable model, fit, visibility and scrub: how right and how fast.

    python -m benchmarks.geometry [PART ...]

Parts: fits, portraits, exact, field, times; all if none is named. The rest of the results stays as it was measured
last. `times` alone wants a machine that has nothing else to do.
Needs eos beside the project's own packages (`pip install eos-py==1.5.0`), as the fit that ours is held against.
"""

from __future__ import annotations

import argparse
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

from benchmarks.common import Part, write_part
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
from explorer.science.geometry.visibility import FACING, OFFSET, vertex_visibility
from explorer.science.geometry.visibility_field import PRESETS, VisibilityField
from explorer.science.training.visibility_faces import cast_shards, concatenate, face_space
from explorer.science.training.visibility_field import RECIPES, FieldMeasures, measure
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.geometry.fitting import FRAME, load_morphable_model
from explorer.studio.geometry.landmark_sources import NETWORKS, landmark_finder

Floats = NDArray[np.float64]
FACES, FACE_SIZE, NOISE, PICTURE = 200, 256, 1.0, 400
# Threads that fits and maps of the field are made with.
THREADS = 2
FIGURES = (
    *("pose_error_degrees_mean", "landmark_error_percent", "fit_ms", "fit_ms_eos", "exact_visibility_agreement"),
    *("field_iou_60", "field_iou_90", "field_map_64_ms", "field_map_128_ms"),
    *("scrub_ms_p95", "scrub_ms_p95_inverting", "rest_ms"),
)
_TIME = "ms_median"
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
        _TIME: median(times),
    }


def fits_of_portraits(model: MorphableModel) -> dict[str, Any]:
    """Landmark errors, in percent of the outer eye corners' distance, and pitches of the twenty portraits."""
    basis, detector = landmark_basis(model), Networks("cpu").detector()
    finders = {source: landmark_finder(source) for source in NETWORKS}
    found: dict[str, Any] = {}
    errors: dict[str, list[float]] = {source: [] for source in finders}
    pitches: dict[str, list[float]] = {source: [] for source in finders}
    for portrait in portraits():
        photograph = portrait.photograph
        frame = crop_frame(photograph, choose_face(photograph, detector.detect(photograph.pixels)), FRAME).frame
        for name, find in finders.items():
            landmarks = find(frame)
            fit = fit_landmarks(basis, landmarks)
            right, left = landmarks[list(OUTER_EYE_CORNERS)]
            errors[name].append(100 * fit.error / float(np.linalg.norm(right - left)))
            pitches[name].append(pitch_of(fit.pose.rotation).rad2deg().item())
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
    starts = posed + OFFSET * (posed.amax(0) - posed.amin(0)).norm() * normals
    by_force = (normals[:, 2] > FACING) & ~_KIT.blocked_by_force(starts, posed, triangles)
    return float((vertex_visibility(vertices, triangles, rotation) == by_force).double().mean())


def field_quality(field: VisibilityField, model: MorphableModel, preset: str) -> dict[str, Any]:
    """The field against exact maps of unseen faces: those it is told everything of, and those of the whole model."""
    recipe = next(one for name, one in RECIPES.items() if name == preset)
    space = face_space(model, recipe.settings.identity, recipe.settings.expression)
    found = {}
    with TemporaryDirectory() as folder:
        for title, plan in (("told_everything", recipe.in_span_faces()), ("whole_model", recipe.full_model_faces())):
            faces = concatenate(cast_shards(model, space, plan, Path(folder)))
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


def measure_fits() -> Part:
    """Errors of pose and landmarks on faces that are known, ours and eos's."""
    torch.set_num_threads(THREADS)
    fits = fits_of_known_faces(load_morphable_model())
    ours = next(iter(fits.values()))
    errors = {who: {name: value for name, value in one.items() if name != _TIME} for who, one in fits.items()}
    return Part({"pose_error_degrees_mean": ours["pose_error_degrees_mean"]}, {"fits": errors})


def measure_portraits() -> Part:
    """Landmark errors of photographs."""
    found = fits_of_portraits(load_morphable_model())
    return Part({"landmark_error_percent": found["dlib"]["error_percent_mean"]}, {"portraits": found})


def measure_exact() -> Part:
    """The exact visibility against brute force."""
    found = exact_agreement(load_morphable_model())
    return Part({"exact_visibility_agreement": min(found.values())}, {"agreement": found})


def measure_field() -> Part:
    """The neural fields against exact maps."""
    model = load_morphable_model()
    found = {preset: field_quality(load_visibility_field(preset), model, preset) for preset in PRESETS}
    told = found["default"]["told_everything"]
    return Part({"field_iou_60": told["iou_60"], "field_iou_90": told["iou_90"]}, {"fields": found})


def measure_times() -> Part:
    """Fits, maps of the fields, and the scrub in the real window."""
    scrub = measure_scrubbing()
    torch.set_num_threads(THREADS)
    model = load_morphable_model()
    ours, eos = (one[_TIME] for one in fits_of_known_faces(model).values())
    maps = {
        preset: {str(side): field_milliseconds(load_visibility_field(preset), model, side) for side in (64, 128)}
        for preset in PRESETS
    }
    headline = {
        "fit_ms": ours,
        "fit_ms_eos": eos,
        "field_map_64_ms": maps["default"]["64"],
        "field_map_128_ms": maps["default"]["128"],
        **{name: scrub[name] for name in ("scrub_ms_p95", "scrub_ms_p95_inverting", "rest_ms")},
    }
    return Part(headline, {"threads": THREADS, "map_ms": maps, "scrub": scrub})


PARTS: dict[str, Callable[[], Part]] = {
    "fits": measure_fits,
    "portraits": measure_portraits,
    "exact": measure_exact,
    "field": measure_field,
    "times": measure_times,
}


def main() -> None:
    """Run the benchmark, or parts of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    for name in chosen:
        write_part("geometry", FIGURES, name, PARTS[name]())


if __name__ == "__main__":
    main()
