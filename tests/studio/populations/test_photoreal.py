"""Photoreal people as files: as the list says, and nothing made twice."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.science.training.photoreal_people import PhotorealModels
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.populations import photoreal_writing
from explorer.studio.populations.list_file import write_people_list
from explorer.studio.populations.photoreal import PhotorealSource, opened_list
from explorer.studio.populations.photoreal_writing import PhotorealWork, write_photoreal, write_sheet
from explorer.studio.populations.values import PhotorealSettings
from tests.science.training.photoreal_kit import canned_people
from tests.studio.populations.list_kit import made_up_list


class _Here:
    """Does the jobs in this process, in the order that is asked for, until it is stopped."""

    def __init__(self, backwards=False, stop=None):
        self.backwards, self.stop, self.done = backwards, stop, []

    def __call__(self, work, jobs, workers):
        for job in list(jobs)[:: -1 if self.backwards else 1]:
            if self.stop is not None and len(self.done) >= self.stop:
                raise RuntimeError("stopped")
            people, _ = opened_list(work.list_file, work.settings)
            work.run(PhotorealSource(people, work.settings, canned_people()), job, lambda: None)
            self.done.append(job)
            yield job


@pytest.fixture
def asked(tmp_path):
    people = made_up_list()
    file = write_people_list(people, tmp_path / "list.safetensors")
    settings = PhotorealSettings(count=3, pictures=4, size=128)
    digest = opened_list(file, settings)[1]
    words = ("people", "photoreal", "--out", "DIR")
    return people, lambda name: PhotorealWork(tmp_path / name, file, digest, settings, words, "cpu")


def pictures(folder):
    found = {}
    for place in sorted(folder.glob("*.png")):
        with Image.open(place) as image:
            found[place.name] = np.asarray(image)
    return found


def test_pictures_are_those_of_the_list_whoever_draws_them(asked, monkeypatch):
    people, work = asked
    for name, here in {"one": _Here(), "other": _Here(backwards=True)}.items():
        monkeypatch.setattr(photoreal_writing, "distribute", here)
        assert write_photoreal(work(name), people, 1) == (3, 3)
    one, other = (pictures(work(name).folder) for name in ("one", "other"))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    expected = {
        f"photoreal-{seed}-{number}.png"
        for place, seed in enumerate(people.seeds)
        for number in np.flatnonzero(people.kept[place])
    }
    assert one.keys() == expected
    said = json.loads((work("one").folder / "photoreal-43.json").read_text())
    first = said["pictures"][0]
    assert first["read_of_the_first"]["age"] == people.age[1]
    assert {edit["strength"] for edit in first["edits"].values()} == {0.0}
    for path in work("one").folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        if not path.name.startswith("."):
            assert read_provenance(path)["kind"] == "people"
    sheet = write_sheet(work("one").folder, people, work("one").settings, ("people", "photoreal"))
    with Image.open(sheet) as image:
        assert image.size == (4 * 128, 3 * 128)


def test_an_interrupted_run_goes_on_and_makes_nothing_twice(asked, monkeypatch):
    people, work = asked
    monkeypatch.setattr(photoreal_writing, "distribute", _Here(stop=1))
    with pytest.raises(RuntimeError, match="stopped"):
        write_photoreal(work("out"), people, 1)
    monkeypatch.setattr(photoreal_writing, "distribute", again := _Here())
    assert write_photoreal(work("out"), people, 1) == (2, 3)
    assert again.done == [1, 2]
    monkeypatch.setattr(photoreal_writing, "distribute", last := _Here())
    assert write_photoreal(work("out"), people, 1) == (0, 3)
    assert last.done == []


def test_a_folder_of_something_else_is_refused(asked, monkeypatch):
    people, work = asked
    monkeypatch.setattr(photoreal_writing, "distribute", _Here())
    other = work("out")
    other.folder.mkdir()
    (other.folder / "holiday.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        write_photoreal(other, people, 1)
    write_photoreal(work("people"), people, 1)
    larger = work("people").settings.model_copy(update={"size": 256})
    with pytest.raises(UserError, match="another list, size or number"):
        write_photoreal(
            PhotorealWork(work("people").folder, other.list_file, other.digest, larger, (), "cpu"), people, 1
        )


def test_people_of_no_list_are_checked_as_they_are_drawn():
    people = made_up_list()
    settings = PhotorealSettings(seed=9, count=1, pictures=4, size=128)
    made = list(PhotorealSource(people, settings, canned_people()).pictures(0))
    assert made[0].seed == 9
    assert made[0].truth["read_of_the_first"] == {}
    strict = made_up_list()
    strict.thresholds.update(dict.fromkeys(strict.thresholds, 2.0))
    assert len(list(PhotorealSource(strict, settings, canned_people()).pictures(0))) == 1


def test_the_list_needs_no_checkers():
    models = canned_people()
    bare = PhotorealModels(models.generator, models.detector, {})
    settings = PhotorealSettings(count=1, pictures=4, size=128)
    assert list(PhotorealSource(made_up_list(), settings, bare).pictures(0))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"count": 4}, "lists 3"), ({"pictures": 5}, "lists 4"), ({"seed": 2**31 - 1, "count": 2}, "last")],
)
def test_more_than_there_is_is_refused(given, said, tmp_path):
    file = write_people_list(made_up_list(), tmp_path / "list.safetensors")
    with pytest.raises(UserError, match=said):
        opened_list(file, PhotorealSettings.model_validate({"pictures": 4} | given))
