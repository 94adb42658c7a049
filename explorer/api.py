"""The program as a library: `import explorer as lk`.

Photographs and vectors in, what an embedding gives away out, with the settings and results of window and command line.
Networks are loaded when they are first needed and kept for the process, on CUDA where there is one or on the `device`
that is named. They serve one thread at a time. An absent one is a `MissingNetwork`, which says how to fetch it.
In the examples, `samples` is the folder of the sample faces, `resources/faces`.

    >>> import explorer as lk
    >>> [spec.id for spec in lk.list_encoders(commercial=True)]
    ['sface', 'dlib-resnet']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.results import Fit, Inversion, Readouts
from explorer.science.evaluation.score import EncoderScore
from explorer.science.evaluation.scoring import embed_face, judge
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, face_by_hand, is_usable
from explorer.science.faces.face import Face, FaceCrop, FaceError, Photograph
from explorer.science.faces.reading import photograph_of
from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.readout import picture_origin
from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.brought_encoders import register_brought_encoders
from explorer.studio.catalogue.encoders import switch_on_fetched
from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
from explorer.studio.catalogue.plugged import model_path
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.errors import UserError
from explorer.studio.export.generated import open_picture
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.geometry.fit_numbers import fit_record
from explorer.studio.geometry.fitting import fit_face, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_source, landmarks_of
from explorer.studio.inversion.configured import configured_inversion
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.inversion.targets import bare_target, photograph_target, vector_target
from explorer.studio.leakage.reading import read_vector
from explorer.studio.leakage.reconstructing import Subject, read_three_ways
from explorer.studio.plugins.loading import warn_of_plugins

__all__ = [
    "FaceCrop",
    "FaceError",
    "Fit",
    "Inversion",
    "MissingNetwork",
    "Readouts",
    "UserError",
    "compare",
    "embed",
    "find_faces",
    "fit",
    "invert",
    "list_encoders",
    "open_face",
    "read",
]

# What the user has switched on is there for the library, too.
warn_of_plugins()

Picture: TypeAlias = "str | Path | Photograph | ArrayLike"
Source: TypeAlias = "Picture | FaceCrop"
Vector: TypeAlias = "NDArray[np.float32]"


def list_encoders(commercial: bool | None = None) -> list[EncoderSpec]:
    """The identity encoders, whether their networks are there or not; of the optional ones those that are.

    Args:
        commercial: only those whose licence allows commercial use, or only those whose does not; all where None.

    Example:
        >>> import explorer as lk
        >>> [spec.id for spec in lk.list_encoders(commercial=True)]
        ['sface', 'dlib-resnet']
    """
    switch_on_fetched()
    register_brought_encoders()
    specs = [encoder_spec(encoder) for encoder in ENCODERS.names()]
    return [spec for spec in specs if commercial is None or spec.commercial == commercial]


def find_faces(picture: Picture, *, device: str | None = None) -> list[Face]:
    """The faces of a photograph, the most prominent first; `face=` counts them from 1 in this order.

    Args:
        picture: a file's path, (H, W, 3) uint8 RGB, or a `Photograph`.

    Raises:
        FaceError: the photograph cannot be read.
        MissingNetwork: the detector is not in the cache.

    Example:
        >>> import explorer as lk
        >>> (face,) = lk.find_faces(samples / "astronaut.png")
        >>> face.points.shape  # eyes, nose tip and mouth corners
        (5, 2)
    """
    return _networks(device).detector().detect(_photograph(picture).pixels)


def open_face(
    picture: Picture, *, face: int | None = None, points: ArrayLike | None = None, device: str | None = None
) -> FaceCrop:
    """Read a photograph and take one face of it.

    Args:
        picture: as in `find_faces`.
        face: which one, from 1 in the order of `find_faces`; needed where there are several.
        points: (5, 2) pixels of a face that the detector misses: eyes, nose tip, mouth corners, the left one first.

    Returns:
        The photograph, the face in it, and its 1024 px frame.

    Raises:
        FaceError: the photograph cannot be read, shows no such face or several, or the face is too small.
        MissingNetwork: the detector is not in the cache.

    Example:
        >>> import explorer as lk
        >>> face = lk.open_face(samples / "astronaut.png")
        >>> face.frame.shape, face.frame.dtype
        ((1024, 1024, 3), dtype('uint8'))
    """
    photograph = _photograph(picture)
    if points is not None:
        if face is not None:
            raise UserError("a face is named by its number or by its five points, not both")
        return crop_frame(photograph, choose_face(photograph, [face_by_hand(points, photograph)]))
    faces = find_faces(photograph, device=device)
    usable = [number for number, found in enumerate(faces, 1) if is_usable(found)]
    if face is None and len(usable) > 1:
        numbers = ", ".join(map(str, usable))
        raise FaceError(f"{photograph.name} shows {len(usable)} faces: say which one is meant by face= ({numbers})")
    return crop_frame(photograph, choose_face(photograph, faces, None if face is None else face - 1))


def embed(
    source: Source,
    encoder: str = "arcface-mbf",
    *,
    face: int | None = None,
    device: str | None = None,
) -> Vector:
    """The embedding of a face under an encoder, as the network gives it (not normalised).

    Args:
        source: what `open_face` returned, or what it takes; `face` then counts as there.

    Returns:
        (D,) float32.

    Raises:
        UserError: there is no such encoder. FaceError, MissingNetwork: as `open_face`, and for the encoder.

    Example:
        >>> import explorer as lk
        >>> vector = lk.embed(samples / "astronaut.png", "arcface-mbf")
        >>> vector.shape, vector.dtype
        ((512,), dtype('float32'))
    """
    known_encoder(encoder)
    crop = _face(source, face, device)
    vector: Vector = embed_face(_networks(device).recogniser(encoder), crop.photograph, crop.face).numpy()
    return vector


def compare(
    first: ArrayLike, second: ArrayLike, encoder: str = "arcface-mbf", *, device: str | None = None
) -> EncoderScore:
    """What an encoder says of two of its embeddings, (D,) each, and what that is worth.

    Returns:
        The cosine or distance, whether it passes at FMR 1e-3 and the makers' threshold, the FMR at which it would just
        pass, and the rank of `second` when `first` is searched, all among generated faces; and what strangers on
        photographs do at that threshold and score.

    Raises:
        UserError: there is no such encoder, or a vector is none of its embeddings.

    Example:
        >>> import explorer as lk
        >>> import numpy as np
        >>> vector = np.sin(np.arange(512))
        >>> same = lk.compare(vector, vector, "arcface-mbf")
        >>> round(same.score, 6), same.passes, same.rank
        (1.0, True, 1)
        >>> lk.compare(vector, -vector, "arcface-mbf").passes
        False
    """
    spec = known_encoder(encoder)
    vectors = [bare_target(values, encoder).embedding for values in (first, second)]
    return judge(spec, _networks(device).calibration(encoder), *vectors, attacked=False)


def read(
    source: Source,
    encoder: str = "arcface-mbf",
    *,
    face: int | None = None,
    of: Literal["photograph", "generated"] | None = None,
    by: Literal["vector", "reconstruction"] = "vector",
    runs: int = 1,
    preset: str = "default",
    weights: Mapping[str, float] | None = None,
    probes: Path | None = None,
    device: str | None = None,
    **settings: Any,
) -> Readouts:
    """What an embedding gives away besides identity, by the encoder's probes.

    Args:
        source: an embedding: (D,) numbers, or the path of a file of them. A face, as `embed` takes it, is embedded
            first, and what its picture shows stands beside what was read.
        of: what the embedding is of: probabilities are calibrated on such. Where None, of a generated face where a
            picture's file says that this program drew it, else of a photograph.
        by: "reconstruction" inverts the embedding as well, and reads off the faces that come of it, and off the
            photograph where there is one: `Readouts.reconstruction` and `Readouts.photograph`.
        runs: how many inversions, from 1 to 64, each from starts of its own; several give intervals.
        preset, weights, settings: of the inversions, as in `invert`.
        probes: a file of them, as `likeness train probes` writes it; those that are in use where None.

    Raises:
        UserError: there is no such encoder, it has no probes, or the vector is none of its embeddings; settings of
            inversions are given without them, or as in `invert`.
        FaceError, MissingNetwork: as `embed`.

    Example:
        >>> import explorer as lk
        >>> import numpy as np
        >>> readouts = lk.read(np.sin(np.arange(512)), "arcface-mbf")
        >>> round(sum(readouts["smiling"].probabilities.values()), 6)
        1.0
    """
    loaded, networks, bare = load_probes(encoder, probes), _networks(device), _bare(source, encoder)
    if by == "reconstruction":
        configured = configured_inversion(encoder, preset, weights, settings)
        subject = _subject(source, bare, encoder, face, device)
        subject = subject if of is None else replace(subject, origin=of)
        three = Steps(read_three_ways(networks, loaded, subject, configured, runs)).result
        assert three is not None, "only runs that may be stopped can end without a reading"
        return Readouts(three.vector, three)
    if settings or weights or runs != 1 or preset != "default":
        raise UserError('runs and settings belong to inversions: give by="reconstruction" as well')
    if bare is not None:
        return Readouts(read_vector(networks, loaded, encoder, bare.embedding.numpy(), origin=of or "photograph"))
    crop = _face(source, face, device)
    origin, vector = of or picture_origin(crop.photograph), embed(crop, encoder, device=device)
    return Readouts(read_vector(networks, loaded, encoder, vector, crop.frame, origin))


def invert(
    source: Source,
    encoder: str = "arcface-mbf",
    *,
    face: int | None = None,
    preset: str = "default",
    weights: Mapping[str, float] | None = None,
    device: str | None = None,
    **settings: Any,
) -> Inversion:
    """Turn an embedding back into a face, as `likeness invert` does with the same settings and seed.

    Args:
        source: as in `read`. Of a face, too, only its embedding is used, unless `targets="photograph"` asks for more;
            the held-out encoders then follow the run.
        preset: weights and forms to begin with, "default" or "paper".
        weights: of loss terms, by name. settings: fields of `InversionSettings`, such as `steps` or `seed`.

    Returns:
        The run, which begins when it is iterated or asked for its result.

    Raises:
        UserError: there is no such encoder, preset, term or setting, a setting is out of range, or the vector is no
            embedding of the encoder. FaceError, MissingNetwork: as `embed`.

    Example:
        >>> import explorer as lk
        >>> import numpy as np
        >>> quick = {"steps": 1, "starts": 1, "contest": 0, "finish": 0, "resolution": 128}
        >>> run = lk.invert(np.sin(np.arange(512)), "arcface-mbf", **quick, regressor=False)
        >>> [step.index for step in run]
        [0, 1]
    """
    configured = configured_inversion(encoder, preset, weights, settings)
    networks, target = _networks(device), _bare(source, encoder)
    if target is None:
        crop = _face(source, face, device)
        target = photograph_target(networks, crop.photograph, crop.face, encoder).target
    return Inversion(networks, target, configured)


def fit(
    source: Source,
    *,
    face: int | None = None,
    model: str | Path | None = None,
    landmarks: str = "auto",
    refine: bool = True,
    device: str | None = None,
) -> Fit:
    """Fit the 3D morphable model to a face, as `likeness fit` does.

    Args:
        source, face: as in `embed`.
        model: another morphable model's file; the one that ships where None.
        landmarks: who finds them: "dlib", "mediapipe", or "auto" for dlib's where its network is there; or a file that
            says which 68 vertices of the model they are.
        refine: by the photograph's colours; a few seconds.

    Raises:
        UserError, MorphableModelError: the model cannot be used. FaceError, MissingNetwork: as `embed`.

    Example:
        >>> import explorer as lk
        >>> fitted = lk.fit(samples / "astronaut.png", landmarks="mediapipe", refine=False)
        >>> yaw, pitch, roll = fitted.angles
        >>> abs(yaw) < 45  # she looks at us
        True
    """
    own = None if model is None else model_path(Path(model))
    choice, marked = landmarks_of(landmarks)
    finder, loaded = landmark_source(choice), load_morphable_model(own, marked)
    crop = _face(source, face, device)
    fitted = fit_face(crop.photograph, crop.face, loaded, finder, RefinementSettings() if refine else None)
    return Fit(fitted, fit_record(crop.photograph, crop.face, fitted, finder, own))


def _subject(
    source: Source, bare: InversionTarget | None, encoder: str, face: int | None, device: str | None
) -> Subject:
    if bare is not None:
        return Subject(bare.record, bare.embedding.numpy())
    crop = _face(source, face, device)
    vector = embed(crop, encoder, device=device)
    record = TargetRecord.of_face(crop.photograph, crop.face, encoder, vector)
    return Subject(record, vector, crop.photograph, crop.face, crop.frame, picture_origin(crop.photograph))


def _networks(device: str | None) -> Networks:
    return _kept(str(best_device() if device is None else torch.device(device)))


@cache
def _kept(device: str) -> Networks:
    return Networks(device)


def _photograph(picture: Picture) -> Photograph:
    if isinstance(picture, Photograph):
        return picture
    if isinstance(picture, str | Path):
        return open_picture(Path(picture))
    return photograph_of(np.asarray(picture), "picture")


def _face(source: Source, face: int | None, device: str | None) -> FaceCrop:
    if not isinstance(source, FaceCrop):
        return open_face(source, face=face, device=device)
    if face is not None:
        raise UserError("the face was chosen when it was opened: leave face= out, or give the photograph")
    return source


def _bare(source: Source, encoder: str) -> InversionTarget | None:
    """A bare embedding as a target; None where the source is a face or a photograph."""
    if isinstance(source, str | Path):
        return vector_target(Path(source), encoder) if is_vector_file(Path(source)) else None
    if isinstance(source, Photograph | FaceCrop) or np.ndim(source) == 3:
        return None
    return bare_target(source, encoder)
