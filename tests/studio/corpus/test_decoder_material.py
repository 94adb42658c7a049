"""What decoders are trained on: kept, gone on with, split by person, and never what judges."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import SPLITS, CorpusRecipe
from explorer.studio.corpus import decoder_material
from explorer.studio.corpus.decoder_material import (
    corpus_material,
    draw_for_each,
    drawn_material,
    folder_material,
    joined,
)
from explorer.studio.corpus.shards import CorpusFolder, ShardName, begin
from explorer.studio.errors import UserError
from tests.science.training.test_decoder_training import Frames, making


def quiet(done, total):
    pass


def test_drawn_faces_are_kept_and_an_interrupted_drawing_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(decoder_material, "_PER_PART", 8)
    whole = drawn_material(making(), "key", 20, tmp_path / "whole", quiet)
    assert len(whole) == 19  # one shows no face
    assert not whole.photographs
    assert "20 " not in whole.words
    assert "19 generated faces drawn at 128 px, seeds 80,000,000 on, 50 % of them as a random camera" in whole.words
    asked = iter([False, True])

    def fail(*given):
        raise AssertionError("it was drawn again")

    def stop(done, total):
        if done > 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drawn_material(making(), "key", 20, tmp_path / "parts", stop)
    kept = sorted(file.name for file in (tmp_path / "parts").glob("*/*"))
    assert kept == ["0000000-0000008.safetensors"]
    told = []
    rest = drawn_material(making(), "key", 20, tmp_path / "parts", lambda done, total: told.append(done))
    assert torch.equal(rest.faces.embeddings, whole.faces.embeddings)
    assert torch.equal(rest.faces.pictures, whole.faces.pictures)
    assert told == sorted(told)
    # With time for 16 alone, as many are taken the next time, too.
    fewer = drawn_material(making(), "key", 20, tmp_path / "fewer", quiet, enough=lambda: next(asked))
    assert len(fewer) == 15
    monkeypatch.setattr(decoder_material, "drawn_for_each", fail)
    assert len(drawn_material(making(), "key", 20, tmp_path / "fewer", quiet)) == 15
    assert len(drawn_material(making(), "key", 20, tmp_path / "parts", quiet)) == 19
    with pytest.raises(AssertionError, match="drawn again"):
        drawn_material(making(), "another key", 20, tmp_path / "parts", quiet)


def test_faces_drawn_for_two_encoders_by_two_processes_are_those_of_each_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(decoder_material, "_PER_PART", 8)
    one = making()
    other = replace(one, encoder=Encoder(replace(one.encoder.spec, id="other"), Halves()))
    draw_for_each([one, other], ["one", "other"], 13, 20, tmp_path, quiet)
    draw_for_each([one, other], ["one", "other"], 0, 13, tmp_path, quiet)
    monkeypatch.setattr(decoder_material, "drawn_for_each", lambda *given: pytest.fail("a face was drawn again"))
    first, second = drawn_material(one, "one", 20, tmp_path, quiet), drawn_material(other, "other", 20, tmp_path, quiet)
    assert torch.equal(first.faces.pictures, second.faces.pictures)
    assert torch.allclose(second.faces.embeddings, first.faces.embeddings / 2)
    monkeypatch.undo()
    alone = drawn_material(one, "one", 20, tmp_path / "alone", quiet)
    assert torch.equal(alone.faces.embeddings, first.faces.embeddings)


class Halves(torch.nn.Flatten):
    """An encoder of half the numbers."""

    def forward(self, image):
        return super().forward(image) / 2


def test_a_damaged_file_is_made_again(tmp_path):
    drawn_material(making(), "key", 8, tmp_path, quiet)
    (file,) = tmp_path.glob("*/*")
    before = file.read_bytes()
    file.write_bytes(before[:-5])
    drawn_material(making(), "key", 8, tmp_path, quiet)
    assert file.read_bytes() == before


def test_one_drawn_face_in_twenty_is_held_out_and_too_few_are_refused(tmp_path):
    many = drawn_material(making(), "key", 24, tmp_path, quiet)
    known = joined([many])
    assert len(known.held_out) == 2
    assert not set(known.fitting.tolist()) & set(known.held_out.tolist())
    with pytest.raises(UserError, match="too few faces"):
        joined([drawn_material(making(), "key", 8, tmp_path / "few", quiet)])


@pytest.fixture
def corpus(tmp_path):
    made = begin(tmp_path / "corpus", CorpusRecipe(faces=6, edits=0))
    shades = range(0, 240, 40)
    tensors = {
        "base": torch.arange(6),
        "split": torch.tensor([SPLITS.index(split) for split in ("train", "test", "calibration") * 2]).to(torch.uint8),
        "first/sface": torch.arange(6.0)[:, None].repeat(1, 128),
    }
    made.write(ShardName("base", 0), tensors, [np.full((224, 224, 3), shade, np.uint8) for shade in shades], {})
    return CorpusFolder(made.folder)


def test_a_corpus_s_test_split_takes_no_part_and_its_calibration_split_is_held_out(corpus):
    found = corpus_material(corpus, "sface", 64, quiet)
    assert found.faces.embeddings[:, 0].tolist() == [0, 2, 3, 5]
    assert found.held_out.tolist() == [False, True, False, True]
    assert found.faces.pictures.shape == (4, 64, 64, 3)
    assert found.faces.pictures.float().mean((1, 2, 3)).round().tolist() == [0, 80, 120, 200]
    assert not found.photographs
    with pytest.raises(UserError, match="no embeddings of dlib-resnet"):
        corpus_material(corpus, "dlib-resnet", 64, quiet)


class Finds(Frames):
    """Also finds the face of a whole photograph."""

    def detect(self, pixels):
        return [face for face in self.detect_in_frames([pixels]) if face is not None]


def test_photographs_of_a_folder_are_split_by_person_and_kept(tmp_path, monkeypatch):
    people = [f"person {number}" for number in range(12)]
    for shade, person in enumerate(people, 10):
        (tmp_path / "album" / person).mkdir(parents=True)
        for number in (1, 2):
            pixels = np.full((200, 200, 3), 10 * shade + number, np.uint8)
            cv2.imwrite(str(tmp_path / "album" / person / f"{number}.png"), pixels)
    from dataclasses import replace

    from explorer.science.training.folders.listing import split_by_hash

    seeing = replace(making(), detector=Finds())
    found = folder_material(seeing, "key", tmp_path / "album", 100, tmp_path / "work", quiet)
    splits = {person: split_by_hash(person) for person in people}
    kept = [person for person in people if splits[person] != "test"]
    assert len(found) == 2 * len(kept)
    assert int(found.held_out.sum()) == 2 * sum(split == "calibration" for split in splits.values())
    assert found.photographs
    assert "album" not in found.words
    monkeypatch.setattr(decoder_material, "_photographed", None)  # it is read again, not made again
    again = folder_material(seeing, "key", tmp_path / "album", 100, tmp_path / "work", quiet)
    assert torch.equal(again.faces.pictures, found.faces.pictures)
    assert (tmp_path / "work").stat().st_mode & 0o777 == 0o700
    (file,) = (tmp_path / "work").glob("*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_without_faces_is_refused(tmp_path):
    (tmp_path / "album" / "ada").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "album" / "ada" / "1.png"), np.zeros((200, 200, 3), np.uint8))
    from dataclasses import replace

    with pytest.raises(UserError, match="no usable face to learn from"):
        folder_material(replace(making(), detector=Finds()), "key", tmp_path / "album", 9, tmp_path / "work", quiet)
