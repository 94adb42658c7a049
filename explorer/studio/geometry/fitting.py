"""Fit the morphable model to a face of a photograph, and what follows from it: texture, visibility, light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.science.contents import stand_in_at
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.geometry.filling import fill
from explorer.science.geometry.fitting import FaceFit, fit_landmarks
from explorer.science.geometry.foreground import laid_flat
from explorer.science.geometry.landmarks import LandmarkBasis, landmark_basis
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError, from_tensors
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.refinement import Refinement, RefinementSettings, refine
from explorer.science.geometry.rotation import pitch_of, roll_of, yaw_of
from explorer.science.geometry.uv import UvMap, complete, texture_albedo, unwrap, uv_map
from explorer.studio import places
from explorer.studio.catalogue.plugged import model_path
from explorer.studio.errors import UserError
from explorer.studio.geometry.foreground import Foreground, ForegroundSource, foreground_of, foreground_source
from explorer.studio.geometry.landmark_sources import FitBy, LandmarkFinder, LandmarkSource, landmark_finder
from explorer.studio.geometry.own_models import Landmarks, open_own_model
from explorer.studio.geometry.recognition import fit_by_recognition

FRAME = 1024
# The refinement compares colours at vertices, which lie about this many pixels apart in a frame of this side.
_REFINEMENT_FRAME = 256


@dataclass(frozen=True, eq=False)
class FittedFace:
    """A face and its fit; all places are pixels of the frame.

    frame: (1024, 1024, 3) uint8. landmarks: (68, 2), as found in it.
    refinement: None where the fit is the landmarks' alone.
    foreground: which of the frame's pixels are the person's own. by: what the fit, before refinement, follows from.
    """

    frame: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    model: MorphableModel
    fit: FaceFit
    refinement: Refinement | None
    foreground: Foreground = field(default_factory=Foreground)
    by: FitBy = "landmarks"

    def vertices(self) -> Tensor:
        """(V, 3) millimetres."""
        return self.model.shape(self.fit.identity, self.fit.expression)

    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees."""
        yaw, pitch, roll = (of(self.fit.pose.rotation).rad2deg().item() for of in (yaw_of, pitch_of, roll_of))
        return yaw, pitch, roll

    def relative_error(self) -> float:
        """Mean distance of the landmarks, as a share of the outer eye corners' distance."""
        return self.fit.error / float(np.linalg.norm(self.landmarks[36] - self.landmarks[45]))


@dataclass(frozen=True, eq=False)
class FaceTexture:
    """What the photograph shows of the face, laid flat; (S, S) texels.

    sampled, completed: (3, S, S) RGB in [0, 1]. known: (S, S) in [0, 1]: how much of it is not filled in.
    visibility: (S, S), 1 where a texel is seen and shows the person, and 0 where not: rays cast at the texels
        themselves, as for the maps.
    albedo: (3, S, S), completed after the light was taken off; None without refinement.
    """

    sampled: Tensor
    visibility: Tensor
    completed: Tensor
    known: Tensor
    albedo: Tensor | None


def shipped_model() -> Path:
    """Where the model lies that ships with the program."""
    return places.models() / "morphable-model.safetensors"


def load_morphable_model(file: Path | None = None, landmarks: Landmarks | None = None) -> MorphableModel:
    """The model that ships with the program, or one of the user's own, in any of the known formats.

    Args:
        file: the user's; or the name of a model that a plug-in brings.
        landmarks: the user's file of where they are in a model of the user's own, or the 68 vertices.

    Raises:
        UserError: the shipped file is missing or damaged, or there is no such file of landmarks.
        MorphableModelError: the user's file is not a model.
        MissingNetwork: its landmarks have to be found, and a network that takes part is not in the cache.
    """
    file = None if file is None else model_path(file)
    if isinstance(landmarks, Path) and (file is None or file.suffix == ".safetensors"):
        raise UserError(
            f"{landmarks}: the landmarks of this model are known; give a file of them with a model of others"
        )
    if file is not None and file.suffix != ".safetensors":
        return open_own_model(file, load_morphable_model(), landmarks)
    path = file or shipped_model()
    try:
        what = stand_in_at(path)
        if what:
            raise MorphableModelError(f"it is {what}")
        with safe_open(path, "pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            return from_tensors(tensors, stored.metadata() or {})
    except FileNotFoundError as error:
        advice = "install Likeness again, or make it with `likeness train`" if file is None else "there is no such file"
        raise UserError(f"{path} is missing: {advice}") from error
    except SafetensorError as error:
        raise UserError(f"{path} is damaged or cut short, or no safetensors file: download or make it again") from error
    except MorphableModelError as error:
        raise UserError(f"{path}: {error}") from error


def fit_face(
    photograph: Photograph,
    face: Face,
    model: MorphableModel,
    source: LandmarkSource,
    settings: RefinementSettings | None = None,
    refined: Callable[[Refinement], None] = lambda step: None,
    foreground: ForegroundSource | None = None,
    by: FitBy = "landmarks",
) -> FittedFace:
    """Fit a model to a face.

    Args:
        settings: of the refinement by gradients; none takes place if None.
        refined: told every step of it.
        foreground: who says what is background; `foreground_source` if None.
        by: what the fit follows from; by recognition, landmarks are found to measure it by, and to refine it.

    Raises:
        FaceError: the landmarks do not make a face.
        MorphableModelError: it is not known where the model's landmarks are.
        MissingNetwork: a network that takes part is not in the cache.
        UserError: there is no localiser to fit by.
    """
    frame = crop_frame(photograph, face, FRAME).frame
    first, last = fit_frame(frame, model, landmark_finder(source), by=by), None
    landmarks, fit = first.landmarks, first.fit
    if settings is not None:
        factor = FRAME // _REFINEMENT_FRAME
        image = torch.nn.functional.avg_pool2d(as_picture(frame)[None], factor)[0]
        small = torch.from_numpy(landmarks) / factor
        for last in refine(model, image, small, fit.scaled(1 / factor), settings):
            refined(last)
        fit = fit if last is None else last.fit.scaled(factor)
    fitted = replace(first, fit=fit, refinement=last)
    return with_foreground(fitted, foreground or foreground_source())


@torch.no_grad()
def fit_frame(
    frame: NDArray[np.uint8],
    model: MorphableModel,
    finder: LandmarkFinder,
    basis: LandmarkBasis | None = None,
    foreground: ForegroundSource = "none",
    by: FitBy = "landmarks",
    localiser: Path | None = None,
) -> FittedFace:
    """Fit a model to a face in the common frame, (S, S, 3), by its landmarks alone, or by recognition.

    Args:
        basis: of the model, where that is known already.
        foreground: who says what is background. by: as of `fit_face`.
        localiser: the file of the user's own; the program's if None.

    Raises:
        FaceError, MorphableModelError, MissingNetwork, UserError: as `fit_face`.
    """
    landmarks = finder(frame)
    known = basis or landmark_basis(model)
    if by == "recognition":
        fit = fit_by_recognition(frame, landmarks, model, known, localiser)
    else:
        fit = fit_landmarks(known, landmarks, named=model.named_units)
    return with_foreground(FittedFace(frame, landmarks, model, fit, None, by=by), foreground)


@torch.no_grad()
def with_foreground(face: FittedFace, source: ForegroundSource) -> FittedFace:
    """The same fit, and which of the frame's pixels are the person's own.

    Raises:
        MissingNetwork: it is to be found by face parsing, whose network is not in the cache.
    """
    found = foreground_of(source, face.frame, face.vertices(), face.model.triangles, face.fit.pose)
    return replace(face, foreground=found)


def own_texels(face: FittedFace, uv: UvMap) -> Tensor:
    """Which texels of a map are sampled from the person's own pixels, (S, S) bool, False off the face."""
    own = face.foreground.own
    return uv.covered if own is None else laid_flat(own, face.vertices(), face.fit.pose, len(face.frame), uv)


def texture_of(face: FittedFace, size: int = 512, *, filled: bool = True) -> FaceTexture:
    """Unwrap, complete and delight a fitted face.

    Args:
        filled: whether what neither the face nor its mirror image shows gets the colours nearby; else it is black.

    Raises:
        MorphableModelError: the model has no texture coordinates.
    """
    uv, vertices = uv_map(face.model, size), face.vertices()
    seen = Occluder(vertices, face.model.triangles, uv=uv).visible(face.fit.pose.rotation)
    visibility = (uv.lay(seen.to(vertices)) * own_texels(face, uv))[None]
    sampled = unwrap(as_picture(face.frame), vertices, face.fit.pose, uv)
    completed, known = complete(sampled, visibility)
    albedo = None
    if face.refinement is not None and face.model.albedo is not None:
        normals = vertex_normals(vertices, face.model.triangles) @ face.fit.pose.rotation.mT
        albedo = complete(texture_albedo(sampled, normals, face.refinement.light, uv), visibility)[0]
    if filled:
        completed = fill(completed, known) * uv.covered
        albedo = None if albedo is None else fill(albedo, known) * uv.covered
    return FaceTexture(sampled, visibility[0], completed, known[0], albedo)


def as_picture(pixels: NDArray[np.uint8]) -> Tensor:
    """(H, W, C) uint8 to (C, H, W) in [0, 1]."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def as_pixels(picture: Tensor) -> NDArray[np.uint8]:
    """(C, H, W) in [0, 1] to (H, W, C) uint8."""
    scaled = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return np.ascontiguousarray(scaled.numpy())
