"""A morphable model of the user's own, made ready: where its landmarks are, and a texture map where it has none.

Landmarks that have to be found are found once for a mesh, and kept in the cache.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import crop_frame, frame_matrix, invert, transform
from explorer.science.faces.face import Photograph
from explorer.science.geometry.landmark_files import (
    UNKNOWN,
    landmark_file_beside,
    mapping_beside,
    read_landmark_file,
)
from explorer.science.geometry.landmark_finding import PictureFinder, find_landmarks
from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel
from explorer.science.geometry.unwrapping import with_texture_map
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source

if TYPE_CHECKING:
    from explorer.studio.catalogue.networks import Networks

# Where a model's landmarks are: the vertices, or a file that says them.
Landmarks = tuple[int, ...] | Path
_FRAME = 512
# Of the way in which landmarks are found: another one finds them anew.
_VERSION = 1


def open_own_model(
    path: Path, template: MorphableModel, landmarks: Landmarks | None = None, finder: PictureFinder | None = None
) -> MorphableModel:
    """Read a model in its makers' format, and make it ready to be fitted and textured.

    Args:
        template: the model that ships with the program, whose landmarks are known.
        landmarks: the 68 vertices, or the user's file of them; else those of the file beside the model, the model's
            own, those of eos's mapping beside it, or where they are found.
        finder: of landmarks in pictures; the program's networks if None.

    Raises:
        MorphableModelError: a file is damaged, or no face is found in the model's mean.
        UserError: there is no file of landmarks of that name.
        MissingNetwork: the landmarks have to be found, and a network that takes part is not in the cache.
    """
    if isinstance(landmarks, Path) and not landmarks.is_file():
        raise UserError(f"{landmarks}: there is no such file of landmarks, and dlib, mediapipe or auto find none there")
    model = read_model_file(path)
    return with_texture_map(replace(model, landmarks=_landmarks(model, path, template, landmarks, finder)))


def _landmarks(
    model: MorphableModel, path: Path, template: MorphableModel, chosen: Landmarks | None, finder: PictureFinder | None
) -> torch.Tensor:
    if isinstance(chosen, tuple):
        return torch.tensor(chosen)
    side = chosen or landmark_file_beside(path)
    if side is None and model.landmarks is not None:
        return model.landmarks
    side = side or mapping_beside(path)
    given = None if side is None else read_landmark_file(side, len(model.mean))
    if given is not None and UNKNOWN not in given:
        return torch.from_numpy(given)
    kept = _cache(model, given)
    known = _kept(kept, len(model.mean))
    if known is not None:
        return known
    found = find_landmarks(model, template, finder or picture_finder(), given)
    # A cache that cannot be written to costs the time to find them again.
    with suppress(OSError, UserError):
        places.private_folder(kept.parent)
        atomic_write(kept, json.dumps(found.tolist()).encode())
    return found


def _cache(model: MorphableModel, given: NDArray[np.int64] | None) -> Path:
    digest = hashlib.sha256(f"{_VERSION} {None if given is None else given.tolist()}".encode())
    digest.update(model.mean.numpy().tobytes())
    digest.update(model.triangles.numpy().tobytes())
    return places.cache() / "landmarks" / f"{digest.hexdigest()[:32]}.json"


def _kept(path: Path, vertices: int) -> torch.Tensor | None:
    try:
        found = read_landmark_file(path, vertices)
    except ValueError:
        return None
    return torch.from_numpy(found)


def picture_finder(networks: Networks | None = None) -> PictureFinder:
    """What finds the 68 landmarks in a picture of a whole head: detection, the common frame, and whoever finds them in
    that.

    Raises:
        MissingNetwork: a network is not in the cache.
    """
    from explorer.studio.catalogue.networks import Networks

    detector = (networks or Networks("cpu")).detector()
    in_frame = landmark_finder(landmark_source("auto"))

    def find(picture: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        faces = detector.detect(picture)
        if not faces:
            return None
        landmarks = in_frame(crop_frame(Photograph(picture, "mean face", ""), faces[0], _FRAME).frame)
        if landmarks.shape != (LANDMARKS, 2) or not np.isfinite(landmarks).all():
            return None
        back = invert(frame_matrix(torch.from_numpy(faces[0].points)[None], _FRAME))
        found: NDArray[np.float64] = transform(back, torch.from_numpy(landmarks).double())[0].numpy()
        return found

    return find
