"""Files in the layouts of the makers of morphable models, written from the project's own CC0 geometry."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from explorer.science.geometry.morphable_model import MorphableModel, _refined

# Of a head's own components, what is kept: the layouts are what is tested.
IDENTITY = 40
EXPRESSIONS = (
    *("browInnerUp", "browDownLeft", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthUpperUpLeft"),
    *("mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPucker"),
)
EXPRESSION = len(EXPRESSIONS)
MICROMETRES, METRES, CENTIMETRES = 1e3, 1e-3, 0.1


def geometry(model: MorphableModel, level: int = 0, seed: int = 0, face_only: bool = False) -> MorphableModel:
    """A model's head on a mesh subdivided so often, its vertices shuffled; the landmarks say where they are now.

    Args:
        face_only: whether neck, ears and the back of the head are cut off.
    """
    head = replace(
        model,
        identity=model.identity[:IDENTITY],
        expression=model.expression[[model.expression_names.index(name) for name in EXPRESSIONS]],
        expression_names=EXPRESSIONS,
        mirror=None,
        uv=None,
        uv_triangles=None,
    )
    if face_only:
        head = _cut(head)
    for _ in range(level):
        head = _refined(head)
    return _taken(head, torch.randperm(len(head.mean), generator=torch.Generator().manual_seed(seed)))


def _cut(model: MorphableModel) -> MorphableModel:
    middle = model.mean[model.landmarks].mean(0)
    near = (model.mean - middle).norm(dim=1) < 115
    near &= model.mean[:, 2] > model.mean[model.landmarks[[0, 16]], 2].min() - 5
    near[model.landmarks] = True
    return _taken(model, near.nonzero()[:, 0])


def _taken(model: MorphableModel, chosen: torch.Tensor) -> MorphableModel:
    """The model with these vertices, in this order, and the triangles between them."""
    place = torch.full((len(model.mean),), -1)
    place[chosen] = torch.arange(len(chosen))
    triangles = place[model.triangles]
    return replace(
        model,
        mean=model.mean[chosen],
        identity=model.identity[:, chosen],
        expression=model.expression[:, chosen],
        albedo_mean=None if model.albedo_mean is None else model.albedo_mean[chosen],
        albedo=None if model.albedo is None else model.albedo[:, chosen],
        triangles=triangles[(triangles >= 0).all(1)],
        landmarks=place[model.landmarks],
    )


def _columns(basis: torch.Tensor, unit: float) -> np.ndarray:
    return np.ascontiguousarray(basis.flatten(1).T.double().numpy() * unit)


def _unit(basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions of length 1, and their deviations."""
    lengths = np.linalg.norm(basis, axis=0)
    return basis / lengths, lengths


def write_3ddfa(folder: Path, model: MorphableModel, landmarks: bool = False) -> Path:
    """`bfm_noneck_v3.pkl` with the triangles of a larger mesh in it, `tri.pkl` and the statistics."""
    identity, deviations = _unit(_columns(model.identity, MICROMETRES))
    expression, strengths = _unit(_columns(model.expression, MICROMETRES))
    triangles = model.triangles.numpy().T
    full = np.concatenate([triangles, triangles + len(model.mean)], 1)
    content = {
        "u": (model.mean.numpy() * MICROMETRES).astype(np.float32).reshape(-1, 1),
        "w_shp": identity.astype(np.float32),
        "w_exp": expression.astype(np.float32),
        "tri": full.astype(np.int64),
    }
    if landmarks:
        content["keypoints"] = (3 * model.landmarks.numpy()[:, None] + np.arange(3)).ravel()
    statistics = {
        "mean": np.zeros(12 + len(deviations) + len(strengths), np.float32),
        "std": np.concatenate([np.ones(12), deviations, strengths]).astype(np.float32),
    }
    for name, part in (
        ("bfm_noneck_v3.pkl", content),
        ("tri.pkl", triangles.astype(np.int64)),
        ("param_mean_std_62d_120x120.pkl", statistics),
    ):
        (folder / name).write_bytes(pickle.dumps(part, protocol=4))
    return folder / "bfm_noneck_v3.pkl"


def _matrix(values: np.ndarray) -> bytes:
    values = np.asarray(values, np.float32)
    rows, columns = values.shape if values.ndim == 2 else (len(values), 1)
    return struct.pack("<ii", rows, columns) + values.reshape(rows, columns).tobytes(order="F")


def _list(values: np.ndarray, kind: str) -> bytes:
    return struct.pack("<Q", len(values)) + values.astype(kind).tobytes()


def _blendshapes(model: MorphableModel) -> bytes:
    parts = [struct.pack("<Q", len(model.expression))]
    for name, shape in zip(model.expression_names, model.expression, strict=True):
        parts.append(struct.pack("<Q", len(name)) + name.encode() + _matrix(shape.flatten().numpy()))
    return b"".join(parts)


def write_surrey(folder: Path, model: MorphableModel, version: int = 4, inside: bool = False) -> Path:
    """`sfm_shape_3448.bin`, shape alone, and `expression_blendshapes_3448.bin`.

    Args:
        version: of eos's format. inside: whether the expressions lie in the model's file and not beside it.
    """
    identity, deviations = _unit(_columns(model.identity, 1.0))
    nothing = np.zeros((0, 1))
    shape = _matrix(model.mean.flatten().numpy()) + _matrix(identity) + _matrix(deviations**2)
    shape += _list(model.triangles.numpy(), "<i4")
    colour = 3 * _matrix(nothing[:, :0]) + _list(nothing, "<i4")
    told = struct.pack("<I", version) + shape + colour
    if version > 1:
        told += b"\0" + struct.pack("<i", 1) + _blendshapes(model) if inside else b"\1"
    if version > 2:
        told += b"\1"
    told += _list(nothing, "<f8") + (_list(nothing, "<i4") if version > 3 else b"")
    path = folder / "sfm_shape_3448.bin"
    path.write_bytes(told)
    if not inside:
        (folder / "expression_blendshapes_3448.bin").write_bytes(_blendshapes(model))
    return path


def write_ict(folder: Path, model: MorphableModel, landmarks: bool = False) -> Path:
    """The folder FaceXModel: OBJ files of absolute places, and `vertex_indices.json`."""
    place = folder / "FaceXModel"
    place.mkdir()
    faces = "".join(f"f {a}/{a} {b}/{b} {c}/{c}\n" for a, b, c in (model.triangles + 1).tolist())

    def write(name: str, points: torch.Tensor) -> None:
        rows = "".join(f"v {x:.15f} {y:.15f} {z:.15f}\n" for x, y, z in (points * CENTIMETRES).tolist())
        (place / f"{name}.obj").write_text("mtllib ICTFaceModelMaterial.mtl\n" + rows + faces)

    write("generic_neutral_mesh", model.mean)
    for number, shape in enumerate(model.identity):
        write(f"identity{number:03d}", model.mean + shape)
    for name, shape in zip(model.expression_names, model.expression, strict=True):
        write(name, model.mean + shape)
    write("PupilDilate_L", model.mean)  # which the index does not name
    index = {"expressions": list(model.expression_names), "incompatibilities": [], "idx_to_fitting_verts": [2, 3]}
    if landmarks:
        index["idx_to_landmark_verts"] = model.landmarks.tolist()
    (place / "vertex_indices.json").write_text(json.dumps(index))
    return place


def write_basel_2009(folder: Path, model: MorphableModel) -> Path:
    """`01_MorphableModel.mat`: components of length 1, triangles counted from 1 and turned inward; no expressions."""
    from scipy.io import savemat

    identity, deviations = _unit(_columns(model.identity, MICROMETRES))
    path = folder / "01_MorphableModel.mat"
    content = {
        "shapeMU": (model.mean.numpy() * MICROMETRES).reshape(-1, 1),
        "shapePC": identity.astype(np.float32),
        "shapeEV": deviations[:, None].astype(np.float32),
        "tl": model.triangles.numpy()[:, [1, 0, 2]].astype(np.float64) + 1,
    }
    savemat(path, content)
    return path


def write_basel_h5(folder: Path, model: MorphableModel, name: str = "model2017-1_bfm_nomouth.h5") -> Path:
    """Basel 2017 or 2019, in the layout of statismo."""
    import h5py

    path = folder / name
    with h5py.File(path, "w") as file:
        for part, basis in (("shape", model.identity), ("expression", model.expression)):
            directions, deviations = _unit(_columns(basis, 1.0))
            mean = model.mean.flatten().numpy() if part == "shape" else np.zeros(model.mean.numel())
            file[f"{part}/model/mean"] = mean.astype(np.float32)
            file[f"{part}/model/pcaBasis"] = directions.astype(np.float32)
            file[f"{part}/model/pcaVariance"] = (deviations**2).astype(np.float32)
        file["shape/representer/cells"] = model.triangles.numpy().T.astype(np.int32)
    return path


def write_flame(folder: Path, model: MorphableModel) -> Path:
    """`generic_model.pkl`: 300 components of shape, the rest expression, in metres."""
    path = folder / "generic_model.pkl"
    directions = np.zeros((len(model.mean), 3, 300 + len(model.expression)))
    directions[..., : len(model.identity)] = model.identity.permute(1, 2, 0).numpy() * METRES
    directions[..., 300:] = model.expression.permute(1, 2, 0).numpy() * METRES
    content = {
        "v_template": model.mean.numpy() * METRES,
        "shapedirs": directions,
        "f": model.triangles.numpy().astype(np.uint32),
    }
    path.write_bytes(pickle.dumps(content, protocol=2))
    return path


# By what they are called: who writes them, how often their mesh is subdivided, and whether it is of a face alone.
LAYOUTS: Mapping[str, tuple[Callable[..., Path], int, bool]] = {
    "3DDFA": (write_3ddfa, 2, True),
    "Surrey": (write_surrey, 0, True),
    "ICT-FaceKit": (write_ict, 1, False),
    "Basel 2009": (write_basel_2009, 2, True),
    "Basel 2017": (write_basel_h5, 2, False),
    "FLAME": (write_flame, 0, False),
}
