"""People's photographs embedded and inverted: which of them, what is kept, and when it is made again."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.science.faces.face import FaceError
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.evaluation import people_seen
from explorer.studio.evaluation.people_inverted import (
    NUMBERS,
    RESULT,
    RUN,
    embed_people,
    first_people,
    folder_of,
    make_face,
    settings_of_faces,
)
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.export.provenance import read_provenance
from tests.studio.evaluation.people_kit import (
    ENCODERS,
    MadeUpNetworks,
    embedding,
    finished,
    made_up_set,
    without_networks,
)

SETTINGS = InversionSettings(steps=7)


@pytest.fixture
def runs(monkeypatch):
    return without_networks(monkeypatch)


def embedded(chosen, each=1, guard=nullcontext):
    return embed_people(MadeUpNetworks(), chosen, "arcface-mbf", each, guard)


def test_the_first_usable_photographs_of_each_person_are_inverted_and_all_are_compared_with(runs):
    refused = []

    @contextmanager
    def guard(title):
        try:
            yield
        except FaceError:
            refused.append(title)

    people = embedded(made_up_set(3, 4, bad=("p1/0", "p2/3")), 2, guard)
    names = [f"{one.person}/{one.name}" for one in people.photographs]
    assert refused == ["p1/0", "p2/3"]
    assert len(names) == 10
    assert [names[row] for row in people.rows()] == ["p0/0", "p0/1", "p1/1", "p1/2", "p2/0", "p2/1"]
    assert set(people.photographs[0].embeddings) == set(ENCODERS)


def test_the_same_picture_of_a_person_counts_once(runs):
    people = embedded(made_up_set(2, 3, twice=("p1/2",)))
    assert people.repeated == ("p1/2",)
    assert [one.name for one in people.photographs] == ["0", "1", "2", "0", "1"]


def test_a_picture_of_two_people_is_said(runs):
    one, other = made_up_set(2, 2), made_up_set(1, 1).photographs[0]
    twice = replace(one, photographs=(*one.photographs, SetPhotograph("p9", "copy", other.read)))
    people = embedded(twice)
    assert people.shared == ("p0/0 and p9/copy",)
    assert len(people.photographs) == 5


def test_what_is_only_compared_with_is_not_embedded_again(runs, tmp_path):
    kept, looked = tmp_path / "photographs.safetensors", []
    for chosen in (made_up_set(2, 3), made_up_set(2, 3), made_up_set(3, 3)):
        networks = MadeUpNetworks()
        people = embed_people(networks, chosen, "arcface-mbf", 1, nullcontext, kept=kept)
        looked.append(networks.looked)
        for one in people.photographs:
            assert set(one.embeddings) == set(ENCODERS)
            for encoder, vector in one.embeddings.items():
                assert torch.equal(vector, embedding(encoder, int(one.person[1:]), int(one.name)))
    assert looked == [6, 2, 5], "those that are inverted are looked at, and so is what is new"
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(kept.read_bytes()[:50])
    networks = MadeUpNetworks()
    embed_people(networks, made_up_set(2, 3), "arcface-mbf", 1, nullcontext, kept=kept)
    assert networks.looked == 6, "a damaged file is made again"


def test_other_weights_and_another_photograph_are_looked_at_anew(runs, tmp_path, monkeypatch):
    kept = tmp_path / "photographs.safetensors"
    embed_people(MadeUpNetworks(), made_up_set(1, 3), "arcface-mbf", 1, nullcontext, kept=kept)
    other = replace(
        made_up_set(1, 3), photographs=made_up_set(1, 4).photographs[:1] + made_up_set(1, 4).photographs[2:]
    )
    networks = MadeUpNetworks()
    embed_people(networks, other, "arcface-mbf", 1, nullcontext, kept=kept)
    assert networks.looked == 2
    monkeypatch.setattr(people_seen, "encoder_key", lambda encoder: f"{encoder} of other weights")
    networks = MadeUpNetworks()
    embed_people(networks, other, "arcface-mbf", 1, nullcontext, kept=kept)
    assert networks.looked == 3


def test_so_many_people_are_the_first_with_all_of_their_photographs():
    chosen = made_up_set(4, 3)
    assert first_people(chosen, 2).people == ("p0", "p1")
    assert len(first_people(chosen, 2).photographs) == 6
    assert first_people(chosen, None).photographs == chosen.photographs


def test_what_was_made_is_not_made_again(runs, tmp_path):
    (one, *_) = embedded(made_up_set(2)).photographs
    folder = folder_of(tmp_path, one)
    first = make_face(MadeUpNetworks(), one.target, SETTINGS, folder, finished)
    again = make_face(MadeUpNetworks(), one.target, SETTINGS, folder, finished)
    assert (first.before, again.before, len(runs.made)) == (False, True, 1)
    assert again.run == first.run
    for encoder in ENCODERS:
        assert torch.equal(again.embeddings[encoder], one.embeddings[encoder])
    for name in (RESULT, RUN, NUMBERS):
        assert (folder / name).stat().st_mode & 0o077 == 0
    assert read_provenance(folder / RESULT)["target"]["sha256"] == one.target.record.sha256
    assert list(settings_of_faces(tmp_path)) == [SETTINGS]


@pytest.mark.parametrize("damage", ["other settings", "another photograph", RUN, NUMBERS])
def test_what_is_not_the_same_or_not_whole_is_made_again(damage, runs, tmp_path):
    one, other = embedded(made_up_set(2), 2).photographs[:2]
    make_face(MadeUpNetworks(), one.target, SETTINGS, tmp_path, finished)
    if damage in (RUN, NUMBERS):
        (tmp_path / damage).write_bytes((tmp_path / damage).read_bytes()[:40])
    target = other.target if damage == "another photograph" else one.target
    settings = SETTINGS.model_copy(update={"seed": 3}) if damage == "other settings" else SETTINGS
    again = make_face(MadeUpNetworks(), target, settings, tmp_path, finished)
    assert (again.before, len(runs.made)) == (False, 2)
    assert (again.run.settings, again.run.target) == (settings, target.record)


def test_an_encoder_that_came_later_sees_the_picture_drawn_anew(runs, tmp_path, monkeypatch):
    (one, *_) = embedded(made_up_set(2)).photographs
    make_face(MadeUpNetworks(), one.target, SETTINGS, tmp_path, finished)
    kept = load_file(tmp_path / NUMBERS)
    save_file({name: value for name, value in kept.items() if not name.startswith("sface")}, tmp_path / NUMBERS)
    drawn = []
    monkeypatch.setattr(
        "explorer.studio.evaluation.people_inverted.draw",
        lambda networks, latent, settings: drawn.append(latent.tolist()),
    )
    for _ in range(2):
        again = make_face(MadeUpNetworks(), one.target, SETTINGS, tmp_path, finished)
        assert set(again.embeddings) == set(ENCODERS)
    assert drawn == [[0.0, 1.0, 2.0, 3.0]], "once, and then it is kept"
    assert len(runs.made) == 1


def test_a_face_that_is_not_found_again_is_kept_as_that(monkeypatch, tmp_path):
    runs = without_networks(monkeypatch, faceless=("p0/0",))
    (one, *_) = embedded(made_up_set(2)).photographs
    for before in (False, True):
        made = make_face(MadeUpNetworks(), one.target, SETTINGS, tmp_path, finished)
        assert (dict(made.embeddings), made.before) == ({}, before)
    assert len(runs.made) == 1


def test_an_inversion_that_is_stopped_leaves_nothing(runs, tmp_path):
    (one, *_) = embedded(made_up_set(2)).photographs

    def stopped(running):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_face(MadeUpNetworks(), one.target, SETTINGS, tmp_path / "one", stopped)
    assert not (tmp_path / "one").exists()


def test_pictures_of_one_sheet_lie_apart(runs, tmp_path):
    people = embedded(made_up_set(2, 3), 3)
    folders = {folder_of(tmp_path, one) for one in people.photographs}
    assert len(folders) == 6
    assert all(folder.relative_to(tmp_path).parts[0] == "people" for folder in folders)
