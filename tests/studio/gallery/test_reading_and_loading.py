"""What is said of a folder that was read, and what is looked at when another session is opened."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY, without
from explorer.studio.gallery.values import Method
from explorer.studio.session.saving.archive import write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import NOTIFICATIONS
from tests.studio.gallery.gallery_kit import draw, made_up_gallery
from tests.studio.gallery.many import Many


def test_what_is_said_of_a_folder_counts_that_folder_alone(many: Many, people: Path, tmp_path: Path) -> None:
    (people / "Ada" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    many.add(people)
    other = tmp_path / "other"
    other.mkdir()
    draw(other / "new.png", (200, 60, 60), 999)
    shutil.copy(people / "Bob" / "Bob 1.png", other / "copy of Bob.png")
    many.add(other)
    title, text = (getattr(many.session[NOTIFICATIONS][-1], part) for part in ("title", "text"))
    assert title == "The folder is read"
    assert text.startswith("other: 1 face in 2 photographs; 1 with the faces of photographs that lie in other folders")
    assert "could not be used" not in text, "that was the earlier folder's"
    assert text.endswith("the gallery holds 10 faces now")
    (other / "night.png").write_bytes(b"\x89PNG nothing")
    many.add(other)
    assert "1 face in 3 photographs; 1 could not be used" in many.session[NOTIFICATIONS][-1].text
    (tmp_path / "empty").mkdir()
    many.add(tmp_path / "empty")
    assert many.session[NOTIFICATIONS][-1].text == "empty: there are no photographs"


@pytest.mark.parametrize("method", ["pca", pytest.param("t-sne", marks=pytest.mark.slow)])
def test_faces_that_the_opened_session_has_too_stay_chosen_and_laid_out(
    many: Many, tmp_path: Path, method: Method
) -> None:
    many.session[GALLERY] = made_up_gallery(20)
    many.bench.gallery.views.watch(map=True)
    many.bench.gallery.views.project(method)
    many.settle()
    keys = [face.key for face in many.session[GALLERY].faces()]
    path = write_session(tmp_path / "work.likeness", capture(many.session))
    fewer = capture(many.session).having({GALLERY: without(many.session[GALLERY], keys[:1])})
    other = write_session(tmp_path / "fewer.likeness", fewer)
    many.bench.gallery.choose([keys[3], keys[0]])
    plane = many.session[BROWSING].plane
    many.bench.files.open(path)
    many.settle()
    browsing = many.session[BROWSING]
    assert browsing.chosen == (keys[3], keys[0])
    assert browsing.plane.method == method
    assert browsing.plane.keys == plane.keys
    np.testing.assert_allclose(browsing.plane.points, plane.points, atol=1e-5)
    many.bench.files.open(other)
    many.settle()
    browsing = many.session[BROWSING]
    assert browsing.chosen == (keys[3],), "the other face is not there"
    assert browsing.plane.keys == plane.keys[1:]
    many.bench.files.new()
    many.settle()
    assert many.session[BROWSING].chosen == ()
    assert many.session[BROWSING].plane is None


def test_what_a_folder_holds_besides_photographs_is_told_with_the_reason(many: Many, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    draw(folder / "a.png", (200, 120, 90), 1)
    draw(folder / "b.png", (90, 120, 200), 2).rename(folder / "b")
    (folder / "c.heic").write_bytes(b"\0\0\0\x18ftypheic")
    os.mkfifo(folder / "d.jpg")
    many.bench.gallery.add_folders([folder])
    many.settle()
    assert [face.name for face in many.session[GALLERY].faces() if face.path.parent == folder] == ["a.png", "b"]
    told = many.session[NOTIFICATIONS][-1].text
    assert "2 faces in 2 photographs" in told
    assert "Passed over: 1 .heic (formats that are not read: save as JPEG or PNG), 1 pipe" in told


def test_photographs_of_any_name_are_found_and_shown_on_one_line(many: Many, tmp_path: Path) -> None:
    folder = tmp_path / "odd" / os.fsdecode(b"caf\xe9")
    folder.mkdir(parents=True)
    draw(folder / "a.png", (200, 120, 90), 1).rename(folder / os.fsdecode(b"\xe9t\xe9\n.png"))
    many.bench.gallery.add_folders([folder.parent])
    many.settle()
    *_, face = many.session[GALLERY].faces()
    assert (face.name, face.folder) == ("%E9t%E9%0A.png", "caf%E9")
    assert face.path.is_file()
