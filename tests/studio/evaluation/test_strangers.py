"""A set's faces, embedded: who is left out and why, and that the gallery's faces count as people."""

import shutil

import pytest
import torch
from PIL import Image

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.reading import read_file
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import people_in
from explorer.studio.evaluation.strangers import embed_set, measure_generated, measure_set, rows_of

FACES = places.resources() / "faces"


@pytest.fixture
def people(tmp_path):
    for place, name in (
        ("ada/1.jpg", "synthetic-p002.jpg"),
        ("ada/2.jpg", "synthetic-p009.jpg"),
        ("bo/1.jpg", "synthetic-p005.jpg"),
    ):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(FACES / name, tmp_path / place)
    Image.new("RGB", (300, 200), (90, 120, 140)).save(tmp_path / "bo" / "wall.png")
    return people_in(tmp_path)


@pytest.mark.slow
def test_faces_are_embedded_as_ever_and_what_has_none_is_named(people, networks):
    told = []
    embedded = embed_set(people, ["sface", "dlib-resnet"], networks, lambda *step: told.append(step))
    assert told[-1] == (4, 4)
    assert embedded.people.tolist() == [0, 0, 1]
    (reason,) = embedded.left_out
    assert reason.startswith("bo: no face found in wall.png")
    photograph = read_file(FACES / "synthetic-p005.jpg")
    (face,) = networks.detector().detect(photograph.pixels)
    for encoder, rows in embedded.embeddings.items():
        assert torch.equal(rows[2], embed_face(networks.recogniser(encoder), photograph, face))
    few = embed_set(people, ["sface"], networks, each=1)
    assert [one.name for one in few.photographs] == ["1.jpg", "1.jpg"]


@pytest.mark.slow
def test_a_measured_set_says_whom_and_of_what(people, networks):
    measured = measure_set(people, ["sface"], networks)
    assert (measured.people, measured.photographs, measured.pairs) == (2, 3, 2)
    assert any("wall.png" in line for line in measured.remarks)
    (row,) = rows_of(measured, networks, (0.5, 1e-3))
    assert row.threshold == networks.calibration("sface").threshold
    assert row.own_threshold == pytest.approx(0.363)
    assert dict(row.at) == {0.5: None, 1e-3: None}


def test_a_set_without_a_face_is_refused(tmp_path, networks):
    (tmp_path / "ada").mkdir()
    Image.new("RGB", (300, 200), (90, 120, 140)).save(tmp_path / "ada" / "wall.png")
    with pytest.raises(UserError, match="no usable face is found in the 1 photographs"):
        embed_set(people_in(tmp_path), ["sface"], networks)


@pytest.mark.slow
def test_generated_faces_pass_their_own_threshold_as_it_says(networks):
    measured = measure_generated(["sface"], networks)
    (row,) = rows_of(measured, networks, (1e-3,))
    value, low, high = row.rate
    assert value == pytest.approx(1e-3, rel=0.1)
    assert low < 1e-3 < high
    assert row.at[1e-3] == pytest.approx(row.threshold, abs=0.003)
