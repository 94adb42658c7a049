"""A collection behind the gallery's folders: listed, searched, grouped, laid out, saved and forgotten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.science.iteration import Steps
from explorer.science.recognition.block_search import BlockSearch
from explorer.studio.app.features import codecs
from explorer.studio.faces.state import VECTORS
from explorer.studio.gallery import collections
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import NOTIFICATIONS
from tests.studio.collection.collection_kit import made_up_collection, sha256_of
from tests.studio.gallery.many import Many

FACES = 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))
    made_up_collection(tmp_path / "a.faces", FACES)
    return tmp_path / "a.faces"


@pytest.fixture
def linked(folder: Path) -> Many:
    program = Many()
    program.bench.gallery.linking.link(folder)
    program.settle()
    program.bench.settings.select_encoder("arcface-mbf")
    return program


def key_of(number: int) -> str:
    return f"{sha256_of(number)}/0"


def test_its_faces_are_listed_behind_the_others(linked: Many, people: Path) -> None:
    linked.add(people)
    listing = linked.session[BROWSING].listing
    assert len(listing) == 9 + FACES
    assert listing.far is not None
    for number in (0, 17, FACES - 1):
        row = listing.places[key_of(number)]
        assert (row, listing.keys[row]) == (9 + number, key_of(number))
        assert (listing.names[row], listing.people[row]) == (f"face {number + 1}.jpg", f"Person {number // 5 + 1}")
    assert key_of(FACES) not in listing.places
    assert [listing.names[row] for row in linked.session[BROWSING].shown.rows[9:12]] == [
        f"face {number}.jpg" for number in (1, 2, 3)
    ]
    linked.bench.gallery.search("Ada")
    assert len(linked.session[BROWSING].shown.rows) == 3
    linked.bench.gallery.search("face 40")
    assert [listing.names[row] for row in linked.session[BROWSING].shown.rows] == ["face 40.jpg"]
    assert listing.count_people() == 3 + FACES // 5


def test_the_nearest_come_first_and_it_says_how_they_were_found(linked: Many) -> None:
    gallery = linked.bench.gallery
    gallery.choose([key_of(12)])
    gallery.sort("similarity")
    linked.settle()
    browsing = linked.session[BROWSING]
    one = browsing.listing.far.collection
    rows, scores = BlockSearch(one.vectors, "cosine").nearest(one.vector(12)[None], FACES)
    assert browsing.shown.rows.tolist() == rows[0].tolist()
    assert np.allclose(browsing.shown.scores, scores[0])
    assert "exact search" in browsing.shown.says


def test_a_face_of_it_comes_into_the_session_as_an_embedding(linked: Many) -> None:
    linked.bench.gallery.open([key_of(3)])
    linked.settle()
    one = linked.session[GALLERY].linked.collection
    assert np.array_equal(linked.session[VECTORS][key_of(3)].vector, one.vector(3))
    listing = linked.session[BROWSING].listing
    assert (len(listing), listing.places[key_of(3)]) == (FACES, 0)


def test_a_session_shows_it_again_and_says_when_it_is_gone(linked: Many, tmp_path: Path, folder: Path) -> None:
    linked.bench.gallery.remove([key_of(2)])
    path = write_session(tmp_path / "a.likeness", capture(linked.session))
    back = read_session(path, codecs())[GALLERY].linked
    assert (back.folder, back.hidden, len(back.collection)) == (folder, {2}, FACES)
    folder.rename(tmp_path / "elsewhere.faces")
    gone = read_session(path, codecs())[GALLERY].linked
    assert gone.collection is None
    assert "no collection" in gone.problem


def test_who_is_forgotten_is_in_none_of_its_files_and_undo_brings_nobody_back(linked: Many, folder: Path) -> None:
    linked.bench.gallery.remove([key_of(9)])
    vector = linked.session[GALLERY].linked.collection.vectors[7].tobytes()
    linked.bench.gallery.forget([key_of(7)])
    assert key_of(7) not in linked.session[BROWSING].listing.places
    linked.settle()
    everything = b"".join(file.read_bytes() for file in folder.iterdir())
    assert vector not in everything
    assert bytes.fromhex(sha256_of(7)) not in everything
    assert linked.session[GALLERY].linked.collection.header.generation == 1
    linked.bench.undo()
    linked.settle()
    places = linked.session[BROWSING].listing.places
    assert key_of(7) not in places
    assert key_of(8) in places


def test_what_is_no_collection_is_not_opened(people: Path) -> None:
    program = Many()
    program.bench.gallery.linking.link(people)
    program.settle()
    assert program.session[GALLERY].linked is None
    assert "no collection" in program.session[NOTIFICATIONS][-1].text


@pytest.mark.parametrize("dense", [collections.DENSE, 0])
def test_its_people_are_found_however_many_faces_there_are(
    linked: Many, monkeypatch: pytest.MonkeyPatch, dense: int
) -> None:
    monkeypatch.setattr(collections, "DENSE", dense)
    linked.bench.gallery.group_by_likeness()
    linked.settle()
    listing = linked.session[BROWSING].listing
    groups = [listing.people[row] for row in range(FACES)]
    assert groups == [f"Person {number // 5 + 1}" for number in range(FACES)]


def test_the_nearest_few_by_an_index_find_the_same_people(linked: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    from explorer.studio.collection.index import make_cached_index

    monkeypatch.setattr(collections, "DENSE", 0)
    monkeypatch.setattr(collections.approximate_search, "FEWEST", 1)
    Steps(make_cached_index(linked.session[GALLERY].linked.collection, "cosine")).result  # noqa: B018
    linked.bench.gallery.group_by_likeness()
    linked.settle()
    listing = linked.session[BROWSING].listing
    assert [listing.people[row] for row in range(FACES)] == [f"Person {number // 5 + 1}" for number in range(FACES)]
    linked.bench.gallery.choose([key_of(12)])
    linked.bench.gallery.sort("similarity")
    linked.settle()
    assert "recall@10" in linked.session[BROWSING].shown.says


def test_a_map_of_very_many_is_fitted_on_a_sample(linked: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "LAID_OUT", 10)
    linked.bench.gallery.views.watch(map=True)
    linked.settle()
    plane = linked.session[BROWSING].plane
    assert plane.points.shape == (FACES, 2)
    assert plane.fitted is not None
    one = linked.session[GALLERY].linked.collection
    assert np.allclose(plane.points, plane.fitted.transform(one.vectors), atol=1e-4)
    linked.bench.gallery.forget([key_of(7)])
    linked.settle()
    plane = linked.session[BROWSING].plane
    assert len(plane.keys) == FACES - 1
