"""Every maker's format becomes the model that its numbers say, and a bad file one clear line."""

import base64
import os
import pickle
import sys
import types

import h5py
import numpy as np
import pytest
import torch
from scipy.io import loadmat, savemat
from scipy.sparse import csc_matrix

from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.model_files.mat_file import read_mat_arrays
from explorer.science.geometry.morphable_model import MorphableModelError

# A model of four vertices that eos 1.5 built from a basis of its own and saved, and what eos drew from it with shape
# coefficients (1, -2).
EOS_FILE = base64.b64decode(
    "BAAAAAwAAAABAAAAAADIQgAAykIAAMxCAADOQgAA0EIAANJCAADUQgAA1kIAANhCAADaQgAA3EIAAN5CDAAAAAIAAAAb9c++asJm"
    "vsoo3L4xAWC+dLDCPJTYB72FbjO+Kk3RvZ4hsL4eoJO9LXsWP2vPS75Jui6+vh86v18uhD5jjrw8R/wAvjof6772I2y94mPtvRYy"
    "1Dwj3IQ+UYcOvo1SVz4CAAAAAQAAAAAAgEAAABBBAgAAAAAAAAAAAAAAAQAAAAIAAAAAAAAAAgAAAAMAAAAMAAAAAQAAAAAAAADN"
    "zEw9zczMPZqZGT7NzEw+AACAPpqZmT4zM7M+zczMPmZm5j4AAAA/zcwMPwwAAAABAAAAJ/q2vh/TCT67/O09l7txPnz4Qr5goQE/"
    "HIzEvrJ+Kz48wY+93LlgPZ+zpL5tEeg+AQAAAAEAAAAAAIA+AgAAAAAAAAAAAAAAAQAAAAIAAAAAAAAAAgAAAAMAAAABAQAAAAAA"
    "AAAAAAAAAAAAAAA="
)
EOS_SAMPLE = [
    [100.211464, 104.911575, 99.591],
    [102.424385, 104.80331, 107.689],
    [105.99545, 107.49108, 107.15657],
    [107.29888, 112.010765, 109.34028],
]
# A tetrahedron, its corners counter-clockwise seen from outside.
POINTS = np.array([[0.0, 0.0, 0.0], [30.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 50.0]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def _random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def _expect(model, identity=None, expression=None, mean=POINTS):
    np.testing.assert_allclose(model.mean.numpy(), mean, rtol=1e-5)
    corners = model.mean[model.triangles]
    outward = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((outward * (corners.mean(1) - model.mean.mean(0))).sum(1) > 0).all()
    for found, wanted in ((model.identity, identity), (model.expression, expression)):
        if wanted is not None:
            np.testing.assert_allclose(found.numpy(), wanted.T.reshape(-1, 4, 3), rtol=1e-4, atol=1e-5)


def test_surrey_is_what_eos_draws(tmp_path):
    (tmp_path / "sfm.bin").write_bytes(EOS_FILE)
    model = read_model_file(tmp_path / "sfm.bin")
    sample = model.shape(torch.tensor([1.0, -2.0]))
    np.testing.assert_allclose(sample.numpy(), EOS_SAMPLE, rtol=1e-5)
    np.testing.assert_allclose(model.colours().numpy().ravel(), np.arange(12) / 20, atol=1e-6)
    assert sorted(model.triangles[0].tolist()) == [0, 1, 2]


def test_surrey_cut_anywhere_is_refused(tmp_path):
    for length in (0, 3, 20, 100, 170, 190):
        (tmp_path / "sfm.bin").write_bytes(EOS_FILE[:length])
        with pytest.raises(MorphableModelError, match=r"sfm\.bin"):
            read_model_file(tmp_path / "sfm.bin")


def _basel_2009(path, **changes):
    content = {
        "shapeMU": POINTS.reshape(-1, 1) * 1000,
        "shapePC": _random(12, 5),
        "shapeEV": np.arange(5.0, 0, -1)[:, None] * 1000,
        "texMU": np.full((12, 1), 51.0),
        "texPC": _random(12, 5),
        "texEV": np.full((5, 1), 25.5),
        "tl": FACES[:, [1, 0, 2]] + 1,  # from 1, and seen from inside
    }
    content |= changes
    savemat(path, {name: part for name, part in content.items() if part is not None})
    return content


def test_basel_2009(tmp_path):
    content = _basel_2009(tmp_path / "01_MorphableModel.mat")
    model = read_model_file(tmp_path / "01_MorphableModel.mat")
    _expect(model, content["shapePC"] * content["shapeEV"].T / 1000)
    assert model.expression.shape == (0, 4, 3)
    np.testing.assert_allclose(model.albedo_mean.numpy(), 0.2, rtol=1e-6)
    np.testing.assert_allclose(model.albedo.numpy(), content["texPC"].T.reshape(-1, 4, 3) * 0.1, rtol=1e-5)


@pytest.mark.parametrize("year", ["2017", "2019"])
def test_basel_of_later_years(tmp_path, year):
    path = tmp_path / f"model{year}-1_bfm_nomouth.h5"
    parts = {"shape": _random(12, 6), "expression": _random(12, 3), "color": _random(12, 4)}
    with h5py.File(path, "w") as file:
        for name, basis in parts.items():
            file[f"{name}/model/mean"] = {"shape": POINTS.ravel() - 1, "expression": np.ones(12)}.get(
                name, np.zeros(12)
            )
            file[f"{name}/model/pcaBasis"] = basis
            file[f"{name}/model/pcaVariance"] = np.full(basis.shape[1], 4.0)
        file["shape/representer/cells"] = FACES.T
    model = read_model_file(path)
    assert year in model.name
    _expect(model, parts["shape"] * 2, parts["expression"] * 2)
    assert model.albedo.shape == (4, 4, 3)


def _chumpy(values):
    """An object that pickles as chumpy's lazy array does, without chumpy."""
    module = types.ModuleType("chumpy.ch")
    kind = type("Ch", (), {"__module__": "chumpy.ch"})
    module.Ch = kind
    sys.modules["chumpy"] = types.ModuleType("chumpy")
    sys.modules["chumpy.ch"] = module
    made = kind()
    made.x = values
    return made


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("lazy", [True, False])
def test_flame_is_read_without_chumpy(tmp_path, protocol, lazy):
    directions = _random(4, 3, 302)
    content = {
        "v_template": POINTS / 1000,
        "shapedirs": _chumpy(directions) if lazy else directions,
        "f": FACES.astype(np.uint32),
        "J_regressor": csc_matrix(np.eye(4)),
        "bs_type": "lrotmin",
    }
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    for name in ("chumpy", "chumpy.ch"):
        sys.modules.pop(name, None)
    model = read_model_file(path)
    flat = directions.reshape(12, 302) * 1000
    _expect(model, flat[:, :300], flat[:, 300:])
    assert "chumpy.ch" not in sys.modules


class _Evil:
    def __reduce__(self):
        return eval, ("open('/tmp/likeness-was-here', 'w')",)


@pytest.mark.parametrize("name", ["generic_model.pkl", "bfm_noneck_v3.pkl"])
def test_a_pickle_that_would_run_something_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps({"v_template": _Evil(), "u": _Evil()}))
    with pytest.raises(MorphableModelError, match=rf"{name}: it asks for builtins\.eval, which is never loaded"):
        read_model_file(tmp_path / name)


def test_an_array_of_objects_is_refused(tmp_path):
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps({"v_template": np.array([{}, 1], dtype=object)}))
    with pytest.raises(MorphableModelError, match="not plain numbers"):
        read_model_file(tmp_path / "flame.pkl")


def _threeddfa(folder):
    identity, expression = _random(12, 4), _random(12, 2)
    content = {
        "u": POINTS.reshape(-1, 1) * 1000,
        "w_shp": identity,
        "w_exp": expression,
        "keypoints": (np.arange(204).reshape(68, 3) % 3 + 3 * (np.arange(68) % 4)[:, None]).ravel(),
    }
    statistics = {"mean": np.concatenate([np.ones(12), np.zeros(6)]), "std": np.arange(18.0) * 1000}
    for name, part in (
        ("bfm_noneck_v3.pkl", content),
        ("tri.pkl", FACES.T),
        ("param_mean_std_62d_120x120.pkl", statistics),
    ):
        (folder / name).write_bytes(pickle.dumps(part))
    return identity, expression


def test_3ddfa_takes_its_deviations_from_beside_it(tmp_path):
    identity, expression = _threeddfa(tmp_path)
    model = read_model_file(tmp_path / "bfm_noneck_v3.pkl")
    _expect(model, identity * [12, 13, 14, 15], expression * [16, 17])
    assert model.landmarks.tolist() == [index % 4 for index in range(68)]
    (tmp_path / "tri.pkl").unlink()
    with pytest.raises(MorphableModelError, match=r"put tri\.pkl of 3DDFA v2's folder configs beside it"):
        read_model_file(tmp_path / "bfm_noneck_v3.pkl")


def _obj(path, points, faces):
    lines = [f"v {x} {y} {z}" for x, y, z in points] + [
        "f " + " ".join(f"{corner + 1}/1" for corner in face) for face in faces
    ]
    path.write_text("\n".join(lines))


def test_ict_facekit(tmp_path):
    faces = [*FACES[:3].tolist(), [1, 2, 3]]
    _obj(tmp_path / "generic_neutral_mesh.obj", POINTS / 10, faces)
    _obj(tmp_path / "identity000.obj", POINTS / 10 + 1, faces)
    _obj(tmp_path / "jawOpen.obj", POINTS / 10 - [0, 2, 0], faces)
    model = read_model_file(tmp_path)
    _expect(model)
    np.testing.assert_allclose(model.identity.numpy(), 10, rtol=1e-5)
    assert model.expression_names == ("jawOpen",)
    np.testing.assert_allclose(model.expression[0].numpy(), np.tile([0, -20, 0], (4, 1)), atol=1e-4)
    _obj(tmp_path / "jawLeft.obj", np.zeros((5, 3)), faces)
    with pytest.raises(MorphableModelError, match=r"jawLeft\.obj has another topology: 5 vertices"):
        read_model_file(tmp_path)


@pytest.mark.parametrize("name", ["a.mat", "a.h5", "a.pkl", "bfm.pkl", "a.bin"])
@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x80\x04\x95", bytes(5000), b"\x89HDF\r\n\x1a\n" + bytes(90)]
)
def test_what_is_no_model_is_refused_in_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MorphableModelError, match=rf"{name}"):
        read_model_file(tmp_path / name)


def test_what_is_missing_or_unknown_is_said(tmp_path):
    with pytest.raises(MorphableModelError, match="there is no such file"):
        read_model_file(tmp_path / "absent.mat")
    (tmp_path / "face.stl").write_text("solid")
    with pytest.raises(MorphableModelError, match="no morphable model is known by the ending"):
        read_model_file(tmp_path / "face.stl")
    with pytest.raises(MorphableModelError, match=r"generic_neutral_mesh\.obj is missing"):
        read_model_file(tmp_path)
    _basel_2009(tmp_path / "half.mat", tl=None)
    with pytest.raises(MorphableModelError, match="tl are missing"):
        read_model_file(tmp_path / "half.mat")
    _basel_2009(tmp_path / "misfit.mat", shapePC=_random(9, 5))
    with pytest.raises(MorphableModelError, match="do not fit 4 vertices"):
        read_model_file(tmp_path / "misfit.mat")


STAND_INS = [
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "is a Git LFS pointer"),
    (b"<!DOCTYPE html><title>Sign in</title>", "is a web page"),
    (b"PK\x03\x04" + bytes(90), "is a ZIP archive.*unpack"),
    (b"", "is empty"),
]


@pytest.mark.parametrize("name", ["a.mat", "a.h5", "a.pkl", "bfm.pkl", "a.bin"])
@pytest.mark.parametrize(("content", "said"), STAND_INS)
def test_what_stands_in_a_models_place_is_named(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MorphableModelError, match=rf"^{name} {said}"):
        read_model_file(tmp_path / name)


@pytest.mark.parametrize(("content", "said"), STAND_INS)
def test_what_stands_in_place_of_a_part_of_a_model_is_named(tmp_path, content, said):
    (tmp_path / "generic_neutral_mesh.obj").write_bytes(content)
    (tmp_path / "identity000.obj").write_bytes(content)
    with pytest.raises(MorphableModelError, match=rf"generic_neutral_mesh\.obj {said}"):
        read_model_file(tmp_path)


@pytest.mark.parametrize("name", ["a.mat", "a.h5", "a.pkl", "a.bin"])
def test_a_pipe_is_no_model_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(MorphableModelError, match="not a file but a pipe"):
        read_model_file(tmp_path / name)


def test_a_part_of_a_model_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "generic_neutral_mesh.obj")
    with pytest.raises(MorphableModelError, match="generic_neutral_mesh"):
        read_model_file(tmp_path)


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_of_matlab_are_those_that_scipy_reads(compressed, tmp_path):
    content = {
        "real": _random(5, 7),
        "whole": np.arange(12).reshape(3, 4),
        "single": np.float32([[1, 2]]),
        "small": np.uint8([[3]]),
        "a_name_of_some_length": np.arange(3.0)[:, None],
        "text": "passed over",
        "empty": np.zeros((0, 3)),
    }
    savemat(tmp_path / "m.mat", content, do_compression=compressed)
    known = loadmat(tmp_path / "m.mat")
    found = read_mat_arrays((tmp_path / "m.mat").read_bytes(), content.keys() - {"text"})
    assert found.keys() == content.keys() - {"text"}
    for name, values in found.items():
        np.testing.assert_array_equal(values, known[name])
        assert (values.dtype, values.shape) == (known[name].dtype, known[name].shape)
    with pytest.raises(MorphableModelError, match="text holds something else than real numbers"):
        read_mat_arrays((tmp_path / "m.mat").read_bytes(), {"text"})


def test_deviations_of_other_components_make_no_table_of_both(tmp_path):
    _basel_2009(tmp_path / "a.mat", shapePC=np.ones((50_000, 1)), shapeEV=np.ones((50_000, 1)))
    with pytest.raises(MorphableModelError, match="have 50000 deviations"):
        read_model_file(tmp_path / "a.mat")


def test_lists_within_lists_are_no_arrays(tmp_path):
    laughing = [1.0]
    for _ in range(60):
        laughing = [laughing] * 4
    content = {"v_template": laughing, "shapedirs": _random(4, 3, 302), "f": FACES}
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(MorphableModelError, match="v_template are missing"):
        read_model_file(tmp_path / "flame.pkl")


def test_a_packed_array_is_unpacked_no_further_than_any_models(tmp_path, monkeypatch):
    from explorer.science.geometry.model_files import mat_file

    savemat(tmp_path / "m.mat", {"shapePC": np.zeros((1000, 100)), "other": np.zeros(9)}, do_compression=True)
    monkeypatch.setattr(mat_file, "_LARGEST", 10_000)
    with pytest.raises(MorphableModelError, match="larger than any"):
        read_mat_arrays((tmp_path / "m.mat").read_bytes(), {"shapePC"})
    assert read_mat_arrays((tmp_path / "m.mat").read_bytes(), {"other"})["other"].size == 9


def test_a_face_of_any_number_of_corners_is_refused(tmp_path):
    _obj(tmp_path / "generic_neutral_mesh.obj", POINTS, [[0] * 1000])
    _obj(tmp_path / "identity000.obj", POINTS, FACES)
    with pytest.raises(MorphableModelError, match="more than 64 corners"):
        read_model_file(tmp_path)
