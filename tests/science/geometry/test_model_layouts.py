"""Files in their makers' layouts, written from the project's own head, become that head again."""

from __future__ import annotations

import json
import pickle
import struct

import numpy as np
import pytest
import torch

from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.morphable_model import MorphableModelError
from tests.science.geometry.model_writers import (
    EXPRESSION,
    IDENTITY,
    LAYOUTS,
    geometry,
    write_3ddfa,
    write_basel_h5,
    write_ict,
    write_surrey,
)


@pytest.fixture(scope="module")
def head(morphable):
    return geometry(morphable)


def _same(model, head, expressions=EXPRESSION):
    torch.testing.assert_close(model.mean, head.mean, rtol=0, atol=2e-3)
    torch.testing.assert_close(model.identity[:IDENTITY], head.identity, rtol=0, atol=2e-3)
    torch.testing.assert_close(model.expression, head.expression[:expressions], rtol=0, atol=2e-3)
    assert model.triangles.sort(1).values.tolist() == head.triangles.sort(1).values.tolist()


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_read_as_the_head_that_it_was_written_from(tmp_path, head, name):
    model = read_model_file(LAYOUTS[name][0](tmp_path, head))
    _same(model, head, 0 if name == "Basel 2009" else EXPRESSION)
    assert model.landmarks is None


@pytest.mark.parametrize("write", [write_3ddfa, write_ict])
def test_landmarks_that_a_file_has_are_taken(tmp_path, head, write):
    model = read_model_file(write(tmp_path, head, landmarks=True))
    assert torch.equal(model.landmarks, head.landmarks)


@pytest.mark.parametrize("name", ["model2017-1_face12_nomouth.h5", "model2019_bfm.h5", "model2019_fullHead.h5"])
def test_the_basel_models_of_later_years_are_read(tmp_path, head, name):
    model = read_model_file(write_basel_h5(tmp_path, head, name))
    _same(model, head)
    assert model.name.endswith(name[5:9])


def test_3ddfa_without_its_own_triangles_says_which_file_to_take(tmp_path, head):
    path = write_3ddfa(tmp_path, head)
    (tmp_path / "tri.pkl").unlink()
    with pytest.raises(
        MorphableModelError, match=r"those of the full Basel model .*own makers do not use: put tri\.pkl"
    ):
        read_model_file(path)


def test_3ddfa_without_statistics_is_read_and_says_so(tmp_path, head):
    path = write_3ddfa(tmp_path, head)
    (tmp_path / "param_mean_std_62d_120x120.pkl").unlink()
    model = read_model_file(path)
    assert "deviations assumed" in model.name
    directions = torch.nn.functional.normalize(head.identity.flatten(1), dim=1)
    found = torch.nn.functional.normalize(model.identity.flatten(1), dim=1)
    torch.testing.assert_close(found, directions, rtol=0, atol=1e-5)
    moved = model.identity.square().sum(2).mean(1).sqrt()
    assert 1 < moved[0] < 6
    assert (moved[1:] < moved[:-1]).all()


@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize("inside", [True, False])
def test_every_version_of_eos_is_read(tmp_path, head, version, inside):
    model = read_model_file(write_surrey(tmp_path, head, version, inside and version > 1))
    _same(model, head)
    assert model.expression_names == head.expression_names


def test_expressions_of_another_mesh_are_not_taken(tmp_path, head):
    path = write_surrey(tmp_path, head)
    file = tmp_path / "expression_blendshapes_3448.bin"
    told = struct.pack("<QQ", 1, 4) + b"grin" + struct.pack("<ii", 6, 1) + np.zeros(6, np.float32).tobytes()
    file.write_bytes(told)
    assert len(read_model_file(path).expression) == 0
    file.write_bytes(struct.pack("<Q", 1 << 60))
    with pytest.raises(MorphableModelError, match="cut short, or no model saved by eos"):
        read_model_file(path)


def test_ict_facekit_is_found_from_its_repository_and_from_a_file_of_it(tmp_path, head):
    place = write_ict(tmp_path, head)
    for given in (tmp_path, place / "generic_neutral_mesh.obj", place / "vertex_indices.json"):
        model = read_model_file(given)
        assert model.expression_names == head.expression_names, "what the index does not name is no expression"


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("[" * 100_000, "is damaged, or no index"),
        (json.dumps({"expressions": ["../outside"]}), "is no index"),
        (json.dumps({"expressions": ["absent"]}), "absent.obj is missing"),
        (json.dumps([1]), "is no index"),
    ],
)
def test_an_index_that_is_none_is_refused_in_one_line(tmp_path, head, index, said):
    place = write_ict(tmp_path, head)
    (place / "vertex_indices.json").write_text(index)
    with pytest.raises(MorphableModelError, match=said) as raised:
        read_model_file(place)
    assert "\n" not in str(raised.value)


def test_a_deeply_nested_pickle_is_refused_in_one_line(tmp_path):
    nested = b"\x80\x04" + b"]" * 200_000 + b"a" * 199_999 + b"."
    (tmp_path / "bfm_noneck_v3.pkl").write_bytes(nested)
    with pytest.raises(MorphableModelError, match=r"bfm_noneck_v3\.pkl") as raised:
        read_model_file(tmp_path / "bfm_noneck_v3.pkl")
    assert "\n" not in str(raised.value)


def test_triangles_that_are_none_are_refused(tmp_path, head):
    path = write_3ddfa(tmp_path, head)
    (tmp_path / "tri.pkl").write_bytes(pickle.dumps(np.arange(5)))
    with pytest.raises(MorphableModelError, match=r"tri\.pkl holds no triangles"):
        read_model_file(path)
