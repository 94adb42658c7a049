"""What was seen of photographs: once, by their content, for their owner alone."""

import stat

import numpy as np
import pytest
import torch

from explorer.science.training.folders import LAYOUTS
from explorer.science.training.folders.listing import FolderFace
from explorer.studio.corpus.photographs_seen import BATCH, SeeingWork, SeenPhotographs, keys_of
from tests.studio.corpus.people_kit import labels_of, see_colours, write_people


@pytest.fixture
def people(tmp_path):
    return write_people(tmp_path / "people", people=3)


@pytest.fixture
def looked(monkeypatch):
    return see_colours(monkeypatch)


def see(folder, faces, encoders=("sface",)):
    keys = tuple(keys_of(faces))
    folder.mkdir(exist_ok=True)
    work = SeeingWork(folder, tuple(faces), keys, encoders, "cpu")
    loaded = work.load()
    for batch in SeenPhotographs(folder).missing(keys, encoders):
        work.run(loaded, batch, lambda: None)
    return SeenPhotographs(folder), keys


def test_what_was_seen_comes_back_row_by_row(people, looked, tmp_path):
    faces = LAYOUTS["people"].read(people).faces
    seen, keys = see(tmp_path / "seen", faces)
    assert seen.with_a_face(keys) == list(range(len(faces)))
    backwards = keys[::-1]
    assert torch.equal(seen.embeddings(keys, "sface").flip(0), seen.embeddings(backwards, "sface"))
    smiles = seen.labels(keys)["smile"]
    assert smiles.shape == (len(faces),)
    assert len(smiles.unique()) > 3
    assert set(seen.labels(keys)) == set(vars(labels_of((0, 0, 0))))


def test_nothing_is_looked_at_twice_however_it_is_called(people, looked, tmp_path):
    faces = LAYOUTS["people"].read(people).faces
    see(tmp_path / "seen", faces)
    before = len(looked)
    (people / "p00").rename(people / "somebody")
    renamed = LAYOUTS["people"].read(people).faces
    seen, keys = see(tmp_path / "seen", renamed)
    assert len(looked) == before
    assert len(seen.with_a_face(keys)) == len(renamed)


def test_another_encoder_is_added_without_labelling_again(people, looked, tmp_path):
    faces = LAYOUTS["people"].read(people).faces
    _, keys = see(tmp_path / "seen", faces)
    batches = SeenPhotographs(tmp_path / "seen").missing(keys, ("sface", "edgeface-s"))
    assert {(batch.encoders, batch.labelled) for batch in batches} == {(("edgeface-s",), False)}
    seen, _ = see(tmp_path / "seen", faces, ("sface", "edgeface-s"))
    assert seen.embeddings(keys, "edgeface-s").shape == (len(faces), 128)


def test_a_photograph_that_changed_is_seen_again(people, looked, tmp_path):
    faces = LAYOUTS["people"].read(people).faces
    see(tmp_path / "seen", faces)
    faces[0].path.write_bytes(faces[5].path.read_bytes() + b"\0")
    _, keys = tmp_path, tuple(keys_of(faces))
    assert [batch.places for batch in SeenPhotographs(tmp_path / "seen").missing(keys, ("sface",))] == [(0,)]


def test_the_same_photograph_with_another_face_meant_is_another_one(people):
    face = LAYOUTS["people"].read(people).faces[0]
    left, right = (FolderFace(face.path, "a", "train", {}, np.full((5, 2), x)) for x in (3.0, 9.0))
    assert len({*keys_of([face, left, right])}) == 3


def test_photographs_without_a_face_are_noted_and_left_out(people, looked, tmp_path):
    from PIL import Image

    Image.new("RGB", (32, 32), (255, 255, 255)).save(people / "p00" / "blank.png")
    (people / "p00" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    faces = LAYOUTS["people"].read(people).faces
    seen, keys = see(tmp_path / "seen", faces)
    assert len(seen.with_a_face(keys)) == len(faces) - 2
    assert not seen.missing(keys, ("sface",))


def test_a_damaged_file_is_removed_and_its_photographs_are_seen_again(people, looked, tmp_path):
    faces = LAYOUTS["people"].read(people).faces
    see(tmp_path / "seen", faces)
    (file,) = (tmp_path / "seen").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:100])
    seen = SeenPhotographs(tmp_path / "seen")
    assert not file.exists()
    assert sum(len(batch.places) for batch in seen.missing(tuple(keys_of(faces)), ("sface",))) == len(faces)


def test_files_are_for_their_owner_and_hold_no_name_of_a_person(people, looked, tmp_path):
    see(tmp_path / "seen", LAYOUTS["people"].read(people).faces)
    for file in (tmp_path / "seen").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"p01" not in file.read_bytes()


def test_batches_are_small_enough_to_be_lost(tmp_path):
    keys = [bytes([number]) * 32 for number in range(2 * BATCH + 1)]
    batches = SeenPhotographs(tmp_path).missing(keys, ("sface",))
    assert [len(batch.places) for batch in batches] == [BATCH, BATCH, 1]
