"""People whom an encoder is debiased with: seen once, kept, and read of shards as of folders."""

import io
import struct
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.training.folders.listing import FolderError
from explorer.science.training.folders.record_file import read_records
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.populations import debiasing_material as seeing
from explorer.studio.populations.debiasing_material import people_material
from explorer.studio.populations.samples import Sample
from explorer.studio.populations.set_shards import write_shard


def quiet(done, total):
    """Nobody watches."""


@pytest.fixture(scope="module")
def portrait():
    with Image.open(places.resources() / "faces" / "synthetic-p002.jpg") as image:
        image.thumbnail((200, 200))
        return np.asarray(image.convert("RGB"))


def test_pictures_are_aligned_labelled_and_kept(portrait, tmp_path, monkeypatch):
    for person, pixels in (("0000001", portrait), ("0000002", portrait[:, ::-1]), ("0000003", portrait * 0)):
        (tmp_path / "people" / person).mkdir(parents=True)
        Image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / "people" / person / "001.png")
    given = [tmp_path / "people"], ["smiling"], "arcface-mbf", tmp_path / "work", quiet
    seen = people_material(*given)
    assert (seen.pictures.shape, seen.people.tolist(), seen.left_out) == ((2, 112, 112, 3), [0, 1], 1)
    assert seen.labels["smile"].shape == (2,)
    assert ((tmp_path / "work").stat().st_mode & 0o077) == 0
    # A mirrored face is aligned to the mirrored template, nearly.
    apart = (seen.pictures[0].float() - seen.pictures[1].flip(1).float()).abs().mean()
    assert apart < 12
    monkeypatch.setattr(seeing._Seeing, "__call__", None)
    again = people_material(*given)
    assert torch.equal(again.pictures, seen.pictures)
    assert torch.equal(again.labels["smile"], seen.labels["smile"])


def test_shards_of_a_people_set_say_whose_pictures_they_are_and_who_judges(portrait, tmp_path, monkeypatch):
    samples = [
        Sample(person, number, portrait, {"identity": person, "split": split})
        for person, split in (("0000001", "train"), ("0000002", "test"))
        for number in (1, 2)
    ]
    with (tmp_path / "train-000000.tar").open("wb") as file:
        write_shard(samples, file)
    monkeypatch.setattr(seeing._Seeing, "__call__", lambda self, one: {"pictures": torch.zeros(4, 4, 3).byte(),
                                                                      "labels/smile": torch.tensor(0.5)})  # fmt: skip
    seen = people_material([tmp_path], ["smiling"], "arcface-mbf", tmp_path / "work", quiet)
    assert seen.people.tolist() == [0, 0, 1, 1]
    assert (seen.only("train").tolist(), seen.only("calibration", "test").tolist()) == ([0, 1], [2, 3])


def packed(labels, data=b""):
    """A record as InsightFace packs it: one label in its head, or several behind it."""
    several = struct.pack(f"<{len(labels)}f", *labels) if len(labels) > 1 else b""
    head = struct.pack("<IfQQ", len(labels) if several else 0, labels[0], 0, 0)
    whole = head + several + data
    return struct.pack("<II", 0xCED7230A, len(whole)) + whole + b"\0" * (-len(whole) % 4)


def test_pictures_of_one_record_file_are_read_by_its_index(portrait, tmp_path, monkeypatch):
    jpeg = io.BytesIO()
    Image.fromarray(portrait).resize((112, 112)).save(jpeg, "jpeg")
    face, again, none = packed([7], jpeg.getvalue()), packed([7, 0], jpeg.getvalue()), packed([9], b"no picture")
    records = [packed([4, 6]), face, again, none, packed([1, 4])]  # the last is of a person, behind the pictures
    offsets = np.cumsum([0, *map(len, records)])[:-1]
    (tmp_path / "train.rec").write_bytes(b"".join(records))
    (tmp_path / "train.idx").write_text("".join(f"{number}\t{offset}\n" for number, offset in enumerate(offsets)))
    seen = people_material([tmp_path], ["smiling"], "arcface-mbf", tmp_path / "work", quiet)
    assert (len(seen.people), seen.people.tolist(), seen.left_out) == (2, [0, 0], 1)
    with Image.open(jpeg) as picture:
        kept = np.asarray(picture).astype(int)
    assert np.abs(seen.pictures[0].numpy() - kept).max() <= 1  # it lies in the template as it is
    (tmp_path / "train.rec").write_bytes(b"".join(records)[:-30])
    with pytest.raises(FolderError, match=r"ends within a record|at its index's places|no record of a picture"):
        list(read_records(tmp_path, [int(offsets[-1])]))
    (tmp_path / "train.idx").write_text("what")
    with pytest.raises(FolderError, match="NUMBER OFFSET"):
        people_material([tmp_path], ["smiling"], "arcface-mbf", tmp_path / "work", quiet)


def test_what_is_no_set_of_people_is_refused(tmp_path):
    given = ["smiling"], "arcface-mbf", tmp_path / "work", quiet
    with pytest.raises(UserError, match="there is no folder"):
        people_material([tmp_path / "nowhere"], *given)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError, match="no folders with photographs"):
        people_material([tmp_path / "empty"], *given)
    with tarfile.open(tmp_path / "empty" / "odd.tar", "w") as odd:
        odd.addfile(tarfile.TarInfo("../escape.txt"), io.BytesIO())
    with pytest.raises(UserError, match="which no data set of people does"):
        people_material([tmp_path / "empty"], *given)
