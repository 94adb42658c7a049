"""Files that say where a model's landmarks are."""

from __future__ import annotations

import json

import pytest

from explorer.science.geometry.landmark_files import (
    UNKNOWN,
    landmark_file_beside,
    mapping_beside,
    read_landmark_file,
)
from explorer.science.geometry.morphable_model import MorphableModelError

WANTED = [7 * number for number in range(68)]
OLD = """; Mapping from the 68-point ibug annotations
landmarkMappings ; from input landmarks to output landmarks
{
\t         ; 1 to 8 are the right contour landmarks
\t 9    33 ; chin bottom (3)
\t18   225
}
contour_landmarks
{
\tright {
\t\t1
\t}
}"""
NEW = """# Mapping
[landmark_mappings] # (ibug, lhs)
 9 = 33  # chin bottom
#20 =       # right eyebrow middle
18 =  225
[contour_landmarks]
right = [  1,
           2
        ]
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("landmarks.txt", "\n".join(map(str, WANTED))),
        ("landmarks.txt", " ".join(map(str, WANTED)) + " # counted from 0\n"),
        ("landmarks.csv", ",".join(map(str, WANTED))),
        ("landmarks.csv", "\n".join(f"{one}.0" for one in WANTED)),
        ("landmarks.json", json.dumps(WANTED)),
        ("landmarks.json", json.dumps({"landmarks": WANTED})),
        ("vertex_indices.json", json.dumps({"expressions": [], "idx_to_landmark_verts": WANTED})),
    ],
)
def test_68_numbers_are_read(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert read_landmark_file(tmp_path / name, 500).tolist() == WANTED


@pytest.mark.parametrize("content", [OLD, NEW])
def test_eos_mappings_are_read_and_say_what_they_leave_out(tmp_path, content):
    (tmp_path / "ibug_to_sfm.txt").write_text(content)
    found = read_landmark_file(tmp_path / "ibug_to_sfm.txt", 500)
    assert (found[8], found[17]) == (33, 225)
    assert (found == UNKNOWN).sum() == 66


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("landmarks.txt", "1 2 3", "give 68 vertices"),
        ("landmarks.txt", " ".join(["1.5"] * 68), "give 68 vertices"),
        ("landmarks.txt", " ".join(["501"] * 68), "points at vertices"),
        ("landmarks.txt", " ".join(["-1"] * 68), "points at vertices"),
        ("landmarks.txt", "9" * 400 + " 1" * 67, "landmarks.txt"),
        ("landmarks.json", "[" * 100_000, "give 68 vertices"),
        ("landmarks.json", json.dumps(["1"] * 68), "give 68 vertices"),
        ("landmarks.json", "<!doctype html><p>Log in", "is a web page"),
        ("landmarks.txt", "", "is empty"),
        ("landmarks.txt", "1 " * 600_000, "is larger than"),
        ("ibug_to_sfm.txt", "landmark_mappings {\n 99 4\n}", "give 68 vertices"),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    with pytest.raises(MorphableModelError, match=said) as raised:
        read_landmark_file(tmp_path / name, 500)
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("model", "mapping"),
    [
        ("sfm_shape_3448.bin", "ibug_to_sfm.txt"),
        ("model2017-1_bfm_nomouth.h5", "ibug_to_bfm2017-1_bfm_nomouth.txt"),
        ("01_MorphableModel.mat", "ibug_to_bfm.txt"),
        ("generic_model.pkl", None),
        ("model2019_fullHead.h5", None),
    ],
)
def test_of_eos_mappings_the_one_of_this_model_is_taken(tmp_path, model, mapping):
    for name in ("ibug_to_sfm.txt", "ibug_to_sfm_98.txt", "ibug_to_bfm.txt", "ibug_to_bfm2017-1_bfm_nomouth.txt"):
        (tmp_path / name).touch()
    found = mapping_beside(tmp_path / model)
    assert (None if found is None else found.name) == mapping


def test_a_file_of_landmarks_lies_beside_a_file_and_in_a_folder(tmp_path):
    assert landmark_file_beside(tmp_path / "model.h5") is None
    (tmp_path / "landmarks.csv").touch()
    assert landmark_file_beside(tmp_path / "model.h5") == landmark_file_beside(tmp_path) == tmp_path / "landmarks.csv"
