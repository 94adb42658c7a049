"""Folders, people, search, maps and comparisons through the workbench."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app.features import codecs
from explorer.studio.faces.state import SELECTED
from explorer.studio.gallery.browsing import BROWSING, GalleryViewState
from explorer.studio.gallery.requests import ReadFolders
from explorer.studio.gallery.state import GALLERY
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from tests.studio.gallery.gallery_kit import (
    draw,
    made_up_gallery,
)
from tests.studio.gallery.many import Many


def test_a_folder_is_read_with_the_folders_in_it_and_each_is_a_person(many: Many, people: Path) -> None:
    assert many.names() == [f"{who} {number}.png" for who in ("Ada", "Bob", "Cleo") for number in (1, 2, 3)]
    assert many.people()["Bob 2.png"] == "Bob"
    assert many.session[GALLERY].roots == (people,)
    assert many.session[GALLERY].unfinished == ()
    assert not many.session[BROWSING].scanning


def test_bad_files_are_listed_and_spoil_nothing(many: Many, people: Path) -> None:
    (people / "Ada" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    draw(people / "Ada" / "night.png", (0, 0, 0), 1)
    draw(people / "Ada" / "later.png", (200, 60, 60), 999)
    many.add(people)
    assert "later.png" in many.names()
    reasons = {one.path.name: one.reason for one in many.session[GALLERY].refused}
    assert reasons.keys() == {"broken.jpg", "night.png"}
    assert "no face" in reasons["night.png"]


def test_a_folder_that_is_stopped_goes_on_where_it_was(people: Path) -> None:
    program = Many()
    program.bench.gallery.add_folders([people])
    while not program.gallery.found:
        program.engine.advance()
    program.bench.gallery.stop_reading()
    program.settle()
    stopped = list(program.gallery.found)
    assert 0 < len(stopped) < 9
    assert len(program.session[GALLERY]) == len(stopped)
    assert program.session[GALLERY].unfinished == (people,)
    program.bench.gallery.resume()
    program.settle()
    assert len(program.gallery.found) == len(set(program.gallery.found)) == 9
    assert program.session[GALLERY].unfinished == ()


def test_a_second_folder_drops_nothing_of_the_first(people: Path, tmp_path: Path) -> None:
    program = Many()
    program.bench.gallery.add_folders([people / "Ada"])
    program.bench.gallery.add_folders([people / "Bob"])
    program.settle()
    assert len(program.session[GALLERY]) == 6


def test_the_cache_spares_the_networks_and_forgets_with_the_face(people: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    Many(cache).add(people)
    program = Many(cache)
    program.add(people)
    assert program.gallery.found == []
    key = program.key("Ada 2.png")
    files = list(cache.rglob("*.safetensors"))
    program.bench.gallery.forget([key])
    program.settle()
    gone = set(files) - set(cache.rglob("*.safetensors"))
    assert [file.stem for file in gone] == [key.partition("/")[0]]


def test_adding_removing_and_naming_can_be_undone(many: Many) -> None:
    bench, session = many.bench, many.session
    whole = session[GALLERY]
    bench.gallery.remove([many.key("Ada 1.png"), many.key("Bob 1.png")])
    assert len(session[GALLERY]) == 7
    bench.gallery.name([many.key("Cleo 1.png")], "Queen")
    assert many.people()["Cleo 1.png"] == "Queen"
    bench.undo()
    bench.undo()
    assert session[GALLERY] is whole
    bench.undo()
    assert len(session[GALLERY]) == 0
    assert many.names() == []
    bench.redo()
    assert len(session[GALLERY]) == 9


def test_undo_while_a_folder_is_read_stops_that(people: Path) -> None:
    program = Many()
    program.bench.gallery.add_folders([people])
    program.engine.advance(3)
    program.bench.undo()
    program.settle()
    assert len(program.session[GALLERY]) == 0
    assert not program.session[BROWSING].scanning
    assert program.session[ACTIVITIES] == ()


def test_the_nearest_to_the_chosen_face_come_first(many: Many) -> None:
    many.bench.gallery.choose([many.key("Bob 2.png")])
    many.bench.gallery.sort("similarity")
    shown = many.session[BROWSING].shown
    assert many.names()[0] == "Bob 2.png"
    assert {name.split()[0] for name in many.names()[:3]} == {"Bob"}
    assert shown.scores[0] == pytest.approx(1.0, abs=1e-5)
    assert np.all(np.diff(shown.scores) <= 0)
    assert (shown.encoder, shown.reference) == ("arcface-mbf", many.key("Bob 2.png"))
    many.bench.settings.select_encoder("dlib-resnet")
    distances = many.session[BROWSING].shown.scores
    assert distances[0] == pytest.approx(0.0, abs=0.05)
    assert np.all(np.diff(distances) >= 0)
    many.bench.gallery.search("cleo")
    assert len(many.names()) == 3


def test_a_face_of_the_session_is_listed_once_and_can_be_the_reference(many: Many, people: Path) -> None:
    many.bench.gallery.open([many.key("Ada 1.png")])
    many.settle()
    selected = many.session[SELECTED]
    assert selected == many.key("Ada 1.png")
    assert sorted(many.names()).count("Ada 1.png") == 1
    assert many.people()["Ada 1.png"] == "Ada"
    many.bench.gallery.sort("similarity")
    assert many.session[BROWSING].shown.reference == selected


def test_groups_by_likeness_say_by_which_encoder_and_leave_the_users_names(many: Many) -> None:
    many.bench.gallery.name([many.key("Ada 3.png")], "Ada herself")
    many.bench.gallery.group_by_likeness()
    many.settle()
    people = many.people()
    assert people["Ada 1.png"] == people["Ada 2.png"] != people["Bob 1.png"]
    assert people["Ada 3.png"] == "Ada herself"
    assert "arcface-mbf" in many.session[GALLERY].grouping.says
    many.bench.undo()
    assert many.people()["Ada 1.png"] == "Ada"


def test_a_map_is_made_once_somebody_looks_and_follows_the_encoder(many: Many) -> None:
    browsing = many.session[BROWSING]
    assert browsing.plane is None
    many.bench.gallery.views.watch(map=True)
    many.settle()
    plane = many.session[BROWSING].plane
    assert (plane.method, plane.encoder, len(plane.points)) == ("pca", "arcface-mbf", 9)
    assert 0 < sum(plane.explained) <= 1
    many.bench.settings.select_encoder("sface")
    many.settle()
    assert many.session[BROWSING].plane.encoder == "sface"


@pytest.mark.slow
def test_t_sne_is_made_on_request_and_can_be_stopped(many: Many) -> None:
    session = many.session
    session[GALLERY] = made_up_gallery(40)
    many.bench.gallery.views.watch(map=True)
    many.settle()
    many.bench.gallery.views.project("t-sne")
    while session[BROWSING].plane.method != "t-sne" or session[BROWSING].plane.done < 100:
        many.engine.advance()
    many.bench.gallery.views.stop_mapping()
    many.settle()
    plane = session[BROWSING].plane
    assert (plane.method, plane.total) == ("t-sne", 0)
    assert 100 <= plane.done < 750


def test_too_few_faces_for_t_sne_are_said_so(many: Many) -> None:
    many.bench.gallery.views.watch(map=True)
    many.bench.gallery.views.project("t-sne")
    many.settle()
    assert "at least 10 faces" in many.session[NOTIFICATIONS][-1].text


@pytest.mark.slow
def test_two_to_four_faces_are_compared_under_every_encoder(many: Many) -> None:
    many.bench.gallery.views.watch(comparison=True)
    keys = [many.key(name) for name in ("Ada 1.png", "Ada 2.png", "Bob 1.png")]
    many.bench.gallery.choose(keys[:1])
    assert many.session[BROWSING].comparison is None
    many.bench.gallery.choose(keys)
    many.settle()
    comparison = many.session[BROWSING].comparison
    assert comparison.keys == tuple(keys)
    assert all(frame.shape == (512, 512, 3) for frame in comparison.frames.values())
    assert comparison.frames.keys() == set(keys)
    for table in comparison.tables.values():
        near, far = table.matrix[0, 1], table.matrix[0, 2]
        assert near > far if table.measure == "cosine" else near < far


@pytest.mark.slow
def test_a_photograph_that_has_changed_is_not_shown_in_the_face_s_place(many: Many, people: Path) -> None:
    keys = [many.key(name) for name in ("Ada 1.png", "Bob 1.png", "Cleo 1.png")]
    draw(people / "Ada" / "Ada 1.png", (60, 60, 200), 77)
    (people / "Bob" / "Bob 1.png").unlink()
    many.bench.gallery.views.watch(comparison=True)
    many.bench.gallery.choose(keys)
    many.settle()
    comparison = many.session[BROWSING].comparison
    assert [comparison.frames[key].shape for key in keys] == [(128, 128, 3), (128, 128, 3), (512, 512, 3)]
    assert "another photograph by now" in comparison.remarks[keys[0]]
    assert "no file" in comparison.remarks[keys[1]]


def test_rows_always_are_of_the_listing_that_they_come_with(many: Many) -> None:
    seen: list[tuple[int, int]] = []

    def look(browsing: GalleryViewState, _: GalleryViewState) -> None:
        listing, shown = browsing.listing, browsing.shown
        assert shown.rows.max(initial=-1) < len(listing)
        assert shown.reference is None or shown.reference in listing.places
        assert set(browsing.chosen) <= set(listing.places)
        seen.append((len(listing), len(shown.rows)))

    many.session.changed(BROWSING).connect(look)
    first, second = many.key("Ada 1.png"), many.key("Cleo 3.png")
    many.bench.gallery.choose([first])
    many.bench.gallery.sort("similarity")
    many.bench.gallery.remove([first])
    many.bench.gallery.forget([second])
    many.bench.undo()
    many.settle()
    assert {(8, 8), (7, 7)} <= set(seen)


def test_a_saved_gallery_comes_back_without_its_photographs(many: Many, people: Path, tmp_path: Path) -> None:
    path = write_session(tmp_path / "work.likeness", capture(many.session))
    shutil.rmtree(people)
    again = Many()
    again.bench.files.open(path)
    again.settle()
    assert again.names() == many.names()
    assert again.people() == many.people()
    again.bench.gallery.choose([again.key("Bob 2.png")])
    again.bench.gallery.sort("similarity")
    assert {name.split()[0] for name in again.names()[:3]} == {"Bob"}


def test_autosave_writes_no_block_twice(many: Many, tmp_path: Path) -> None:
    many.session[GALLERY] = made_up_gallery(300)
    many.bench.files.persist_in(tmp_path / "state")
    many.settle()
    many.bench.files.tick()
    many.settle()
    (folder,) = [path for path in (tmp_path / "state").iterdir() if path.is_dir()]
    before = {path.name for path in folder.iterdir() if path.suffix == ".safetensors"}
    many.bench.gallery.remove([next(many.session[GALLERY].faces()).key])
    many.bench.files.tick()
    many.settle()
    after = {path.name for path in folder.iterdir() if path.suffix == ".safetensors"}
    assert len(before) == len(after) == 5
    assert len(after - before) == 1


@pytest.mark.parametrize("path", ["//server/share/a.jpg", "\\\\server\\share\\a.jpg", "relative.jpg"])
def test_a_stranger_s_path_to_another_machine_is_refused(many: Many, tmp_path: Path, path: str) -> None:
    snapshot = capture(many.session)
    block = snapshot[GALLERY].blocks[0]
    spoilt = replace(block, faces=(replace(block.faces[0], path=Path(path)), *block.faces[1:]))
    if path.startswith("//"):
        spoilt = replace(block, faces=(replace(block.faces[0], path=_Raw(path)), *block.faces[1:]))
    bad = snapshot.having({GALLERY: replace(snapshot[GALLERY], blocks=(spoilt,))})
    with pytest.raises(ValueError, match="no path on this machine"):
        read_session(write_session(tmp_path / "bad.likeness", bad), codecs())


class _Raw:
    """A path whose text nobody tidies."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def test_a_newer_request_takes_up_what_the_older_left(people: Path) -> None:
    program = Many()
    program.bench.gallery.add_folders([people / "Ada"])
    program.bench.gallery.add_folders([people / "Bob"])
    requests = [ticket.request for ticket in program.engine.submitted if isinstance(ticket.request, ReadFolders)]
    assert requests[-1].roots == (people / "Ada", people / "Bob")
