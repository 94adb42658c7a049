"""A list that is made step by step: the same whoever makes it, and grown without changing who is in it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.training.photoreal_edits import AXES, BANDS
from explorer.science.training.photoreal_people import CHECKERS
from explorer.studio.errors import UserError
from explorer.studio.populations import list_making
from explorer.studio.populations.list_card import list_card
from explorer.studio.populations.list_edits import CHOSEN, read_directions, read_edits, read_tried, write_directions
from explorer.studio.populations.list_file import list_bytes
from explorer.studio.populations.list_making import Steps, make_list
from explorer.studio.populations.list_work import ListRecipe, ListWork, Part

RECIPE = ListRecipe(pictures=3, reference=60, trials=2, per_shard=20)


def unit(seed, *shape):
    return torch.nn.functional.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


class Maker:
    """Fills files with what follows from their numbers."""

    def run(self, work, job):
        work.write(str(job), getattr(self, job.kind)(work, job.number))

    def candidates(self, work, number):
        rows = {name: unit(100 * number + place, 20, 4) for place, name in enumerate(CHECKERS)}
        rows[CHECKERS[0]][7] = torch.nan  # shows no face
        return rows | {"read": torch.full((20, 2), 0.5) + number}

    def trial(self, work, number):
        values = torch.zeros(len(AXES), len(BANDS), 2)
        values[..., 1] = torch.arange(1.0, len(BANDS) + 1)
        return {"values": values, "cosines": torch.full((*values.shape, len(CHECKERS)), 0.9)}

    def people(self, work, number):
        seeds = work.read(CHOSEN)["seeds"][2 * number : 2 * number + 2]
        codes = (seeds[:, None, None] % 100 + torch.arange(len(AXES))).expand(-1, 3, -1).to(torch.int8)
        return {"seeds": seeds, "codes": codes, "kept": torch.ones(2, 3).bool(), "tries": torch.ones(2, 3).byte()}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a list of so many people in a folder, the files of a step in whatever order, and tells which were made."""

    def make(folder, people, backwards=False, stop=None):
        work, done = ListWork(tmp_path / folder, RECIPE), []
        if work.read("directions") is None:
            write_directions(work, {axis.name: (unit(place, 512), 0.5) for place, axis in enumerate(AXES)})

        def here(maker, jobs, workers):
            for job in list(jobs)[:: -1 if backwards else 1]:
                if stop is not None and len(done) >= stop:
                    raise RuntimeError("stopped")
                maker.run(work, job)
                done.append(str(job))
                yield SimpleNamespace(job=job, finished=True)

        monkeypatch.setattr(list_making, "distribute", here)
        return work, lambda: make_list(work, people, Steps(Maker(), 1, None)), done

    return make


def test_a_list_is_the_same_however_it_is_made(made):
    data = [list_bytes(made(name, 6, backwards)[1]()) for name, backwards in (("one", False), ("other", True))]
    assert data[0] == data[1]


def test_an_interrupted_list_goes_on_and_makes_nothing_twice(made):
    whole = list_bytes(made("whole", 6)[1]())
    _, make, first = made("out", 6, stop=6)
    with pytest.raises(RuntimeError, match="stopped"):
        make()
    _, make, second = made("out", 6)
    assert list_bytes(make()) == whole
    assert len(first) == 6
    assert not set(first) & set(second)
    _, make, third = made("out", 6)
    assert list_bytes(make()) == whole
    assert third == []


def test_a_list_that_grows_keeps_its_people_and_they_are_strangers(made):
    few = made("out", 3)[1]()
    work, make, done = made("out", 9)
    many = make()
    assert np.array_equal(many.seeds[:3], few.seeds)
    assert np.array_equal(many.codes[:3], few.codes)
    assert "people-0000" not in done
    candidates = [work.read(str(Part("candidates", number))) for number in range(3)]
    rows = many.seeds - RECIPE.seed
    for name in CHECKERS:
        scores = torch.cat([one[name] for one in candidates])[rows]
        assert not scores.isnan().any()
        assert (scores @ scores.T - 2 * torch.eye(9) < many.thresholds[name]).all()


def test_the_band_that_changes_most_at_one_loss_is_taken_and_told_in_the_card(made, tmp_path):
    work, make, _ = made("out", 3)
    people = make()
    assert {(edit.first, edit.last) for edit in people.edits} == {BANDS[-1]}
    assert len(read_tried(work)) == len(AXES)
    assert read_edits(work)[1] == people.thresholds
    (file := tmp_path / "people-list.safetensors").write_bytes(list_bytes(people))
    card = list_card(people, work, file)
    assert "at truncation 0.8" in card
    assert all(f"| {axis.name} | {axis.unit} |" in card for axis in AXES)


def test_a_damaged_file_is_made_again(made):
    work, make, _ = made("out", 3)
    whole = list_bytes(make())
    (work.folder / "candidates-0001.safetensors").write_bytes(b"damaged")
    _, make, done = made("out", 3)
    assert list_bytes(make()) == whole
    assert done == ["candidates-0001"]


def test_another_recipe_and_another_folder_are_refused(made, tmp_path):
    work, _, _ = made("out", 3)
    with pytest.raises(UserError, match="another recipe"):
        ListWork(work.folder, ListRecipe())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("")
    with pytest.raises(UserError, match="not empty"):
        ListWork(tmp_path / "mine", RECIPE)
    with pytest.raises(UserError, match="lacks"):
        read_edits(work)
    assert read_directions(work).keys() == {axis.name for axis in AXES}
