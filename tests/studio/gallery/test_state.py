"""Many faces as values: blocks, people, lists, what is kept on the disk."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from explorer.science.faces.face import Face
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.studio.app.features import codecs
from explorer.studio.gallery.codec import _local
from explorer.studio.gallery.listing import Listing, natural
from explorer.studio.gallery.pictures import SIDE, colour_difference, is_small_jpeg, jpeg, small_jpeg
from explorer.studio.gallery.state import (
    BLOCK,
    EMPTY,
    GALLERY,
    Block,
    Grouping,
    Refused,
    with_faces,
    with_faces_anew,
    without,
)
from explorer.studio.gallery.store import Found, Maker, Store, forget_encoder
from explorer.studio.gallery.walking import folder_name
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import Snapshot
from tests.studio.gallery.gallery_kit import POINTS, made_up_gallery


def test_blocks_fill_up_and_full_ones_never_change() -> None:
    whole = made_up_gallery(3 * BLOCK)
    faces = list(whole.faces())
    grown = EMPTY
    seen: list[Block] = []
    for start in range(0, len(faces), 10):
        some = range(start, min(start + 10, len(faces)))
        block = Block(
            tuple(faces[at] for at in some),
            {e: np.concatenate([b.vectors[e] for b in whole.blocks])[list(some)] for e in whole.blocks[0].vectors},
        )
        grown = with_faces(grown, block)
        full = [one for one in grown.blocks if len(one.faces) == BLOCK]
        assert all(a is b for a, b in zip(seen, full, strict=False))
        seen = full
    assert [len(block.faces) for block in grown.blocks] == [BLOCK] * 3
    assert list(grown.faces()) == faces
    for one, other in zip(grown.blocks, whole.blocks, strict=True):
        assert all(np.array_equal(some, other.vectors[encoder]) for encoder, some in one.vectors.items())


def test_a_face_that_is_there_is_not_added_again() -> None:
    gallery = made_up_gallery(20)
    again = with_faces(gallery, gallery.blocks[0])
    assert len(again) == 20


def test_faces_that_are_embedded_anew_take_their_own_place() -> None:
    gallery = made_up_gallery(20)
    keys = [face.key for face in gallery.faces()]
    named = replace(gallery, named={keys[0]: "Ada"})
    old = gallery.blocks[0]
    stranger = made_up_gallery(21).blocks[0]
    anew = Block(stranger.faces, {**stranger.vectors, "mine": np.ones((21, 4), np.float32)})
    after = with_faces_anew(named, anew)
    assert [face.key for face in after.faces()] == keys
    assert after.named == named.named
    assert all("mine" in block.vectors for block in after.blocks)
    assert "mine" not in old.vectors
    unread = replace(named, unfinished=(stranger.faces[-1].path.parent,))
    assert len(with_faces_anew(unread, anew)) == 21


def test_removing_faces_touches_their_blocks_only() -> None:
    gallery = made_up_gallery(3 * BLOCK)
    gone = gallery.blocks[1].faces[5].key
    left = without(replace(gallery, named={gone: "Ada"}), {gone})
    assert left.blocks[0] is gallery.blocks[0]
    assert left.blocks[2] is gallery.blocks[2]
    assert len(left) == len(gallery) - 1
    assert gone not in {face.key for face in left.faces()}
    assert left.named == {}
    kept = [row for row in range(BLOCK) if row != 5]
    for encoder, some in gallery.blocks[1].vectors.items():
        assert np.array_equal(left.blocks[1].vectors[encoder], some[kept])
    assert without(left, {gone}) is left


def test_who_a_face_is_follows_the_user_then_the_rule() -> None:
    gallery = made_up_gallery(2)
    first, second = gallery.faces()
    assert gallery.person(first) == first.folder
    likeness = replace(gallery, grouping=Grouping("likeness", "sface", 0.4), grouped={first.key: "Person 1"})
    assert (likeness.person(first), likeness.person(second)) == ("Person 1", "")
    named = replace(likeness, named={first.key: "Ada"})
    assert named.person(first) == "Ada"


@pytest.mark.parametrize(
    ("one", "other"), [("a2", "a10"), ("A2.jpg", "a3.jpg"), ("2", "a"), ("x", "x1"), ("img9 1", "img10 0")]
)
def test_names_sort_as_people_sort(one: str, other: str) -> None:
    assert natural(one) < natural(other)


def test_a_search_finds_every_word_in_name_or_person() -> None:
    listing = Listing(("1", "2", "3"), ("Rose 1.jpg", "tulip.jpg", "rose 2.jpg"), ("Ada", "Ada", "Bob"), ("", "", ""))
    assert listing.named("rose ada").tolist() == [0]
    assert listing.named("ADA").tolist() == [0, 1]
    assert listing.named(" ").tolist() == [0, 1, 2]
    assert listing.named("nobody").tolist() == []


def test_sorted_by_person_those_unknown_come_last() -> None:
    listing = Listing(("1", "2", "3"), ("c", "b", "a"), ("", "Bob", "Ada"), ("", "", ""))
    assert listing.by_person(np.arange(3)).tolist() == [2, 1, 0]


def test_photographs_are_found_in_folders_but_not_behind_links_or_dots(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/10.JPG", "a.png", "notes.txt", ".hidden/c.jpg", "b/.d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = list(photographs_in(tmp_path, PassedOver(), natural))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.png", "b/2.jpg", "b/10.JPG"]
    assert [folder_name(path, (tmp_path,)) for path in found] == ["", "b", "b"]


# What is kept in the cache.


def found_in_a_photograph(faces: int = 2) -> Found:
    some = tuple(Face(POINTS * 90 + at, (1.0, 2.0, 80.0 + at, 90.0), 0.5) for at in range(faces))
    vectors = {"sface": np.random.default_rng(1).standard_normal((faces, 128)).astype(np.float32)}
    return Found(some, vectors, tuple(jpeg(np.full((SIDE, SIDE, 3), 50 * at, np.uint8)) for at in range(faces)))


SHA = "ab" * 32


MAKERS = {"sface": Maker("f" * 64, 128)}


def store(root: Path, found_by: str = "1") -> Store:
    return Store(root, found_by, MAKERS)


def test_what_was_found_comes_back_and_is_its_owners_only(tmp_path: Path) -> None:
    found = found_in_a_photograph()
    store(tmp_path).put(SHA, found)
    again = store(tmp_path).get(SHA)
    assert again.thumbnails == found.thumbnails
    assert np.array_equal(again.vectors["sface"], found.vectors["sface"])
    for face, twin in zip(found.faces, again.faces, strict=True):
        assert np.array_equal(face.points, twin.points)
        assert (face.box, face.score) == (twin.box, twin.score)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in tmp_path.rglob("*") if path.is_dir())


def test_what_other_networks_found_is_not_believed_but_forgotten_all_the_same(tmp_path: Path) -> None:
    store(tmp_path, "older").put(SHA, found_in_a_photograph())
    assert store(tmp_path, "newer").get(SHA) is None
    store(tmp_path, "newer").forget([SHA])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_each_encoder_s_embeddings_stand_for_themselves(tmp_path: Path) -> None:
    found, more = found_in_a_photograph(), {**MAKERS, "dlib-resnet": Maker("e" * 64, 128)}
    store(tmp_path).put(SHA, found)
    half = Store(tmp_path, "1", more).get(SHA)
    assert set(half.vectors) == {"sface"}
    both = replace(half, vectors={**half.vectors, "dlib-resnet": 2 * half.vectors["sface"]})
    Store(tmp_path, "1", more).put(SHA, both)
    assert set(Store(tmp_path, "1", more).get(SHA).vectors) == {"sface", "dlib-resnet"}
    newer = {**more, "sface": Maker("d" * 64, 128)}
    assert set(Store(tmp_path, "1", newer).get(SHA).vectors) == {"dlib-resnet"}
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_what_an_encoder_made_goes_with_it_and_the_faces_stay(tmp_path: Path) -> None:
    sha256, found = "ab" * 32, found_in_a_photograph()
    store(tmp_path).put(sha256, found)
    before = store(tmp_path).get(sha256)
    assert before is not None
    gone, *left = before.vectors
    forget_encoder(tmp_path, gone)
    after = store(tmp_path).get(sha256)
    assert after is not None
    assert list(after.vectors) == left
    assert len(after.faces) == len(before.faces)
    assert after.thumbnails == before.thumbnails
    forget_encoder(tmp_path / "nothing", gone)


def kept_by_an_earlier_version(root: Path, found: Found, *made_by: str) -> Path:
    """Write what was found as it was kept when all encoders had one folder."""
    folder = root / "gallery" / hashlib.sha256("\n".join(made_by).encode()).hexdigest()[:16]
    folder.mkdir(parents=True)
    arrays = {
        "points": np.array([face.points for face in found.faces]),
        "boxes": np.array([face.box for face in found.faces]),
        "scores": np.array([face.score for face in found.faces]),
        "lengths": np.array([len(one) for one in found.thumbnails]),
        "thumbnails": np.frombuffer(b"".join(found.thumbnails), np.uint8),
        **{f"vectors/{encoder}": some for encoder, some in found.vectors.items()},
    }
    (folder / f"{SHA}.safetensors").write_bytes(save(arrays))
    return folder / f"{SHA}.safetensors"


def test_what_an_earlier_version_kept_is_used_and_then_replaced(tmp_path: Path) -> None:
    found, makers = found_in_a_photograph(), {**MAKERS, "dlib-resnet": Maker("e" * 64, 128)}
    older = kept_by_an_earlier_version(tmp_path, found, "1", MAKERS["sface"].sha256)
    kept = Store(tmp_path, "1", makers, together=("sface",))
    again = kept.get(SHA)
    assert again.thumbnails == found.thumbnails
    assert {name: some.tobytes() for name, some in again.vectors.items()} == {"sface": found.vectors["sface"].tobytes()}
    kept.put(SHA, again)
    assert not older.exists()
    assert set(kept.get(SHA).vectors) == {"sface"}


def test_what_an_earlier_version_kept_of_other_networks_is_not_believed_but_forgotten(tmp_path: Path) -> None:
    older = kept_by_an_earlier_version(tmp_path, found_in_a_photograph(), "1", "another network")
    kept = Store(tmp_path, "1", MAKERS, together=("sface",))
    assert kept.get(SHA) is None
    kept.forget([SHA])
    assert not older.exists()


def test_what_was_not_used_for_longest_goes_when_there_is_too_much(tmp_path: Path) -> None:
    found, names = found_in_a_photograph(), [f"{number:064x}" for number in range(5)]
    store(tmp_path, "older").put(names[0], found)
    (first,) = tmp_path.rglob("*.safetensors")
    size = first.stat().st_size
    kept = Store(tmp_path, "1", MAKERS, budget=4 * size)

    def held() -> set[str]:
        return {file.stem for file in tmp_path.rglob("*.safetensors")}

    for name in names[1:4]:
        kept.put(name, found)
    assert held() == set(names[:4])
    for moment, name in enumerate(names[:4]):
        (file,) = tmp_path.rglob(f"{name}.safetensors")
        os.utime(file, ns=(moment, moment))
    assert kept.get(names[1]) is not None
    kept.put(names[4], found)
    assert held() == {names[1], names[3], names[4]}
    kept.put(names[0], found)
    assert held() == {names[0], names[1], names[3], names[4]}


def test_a_budget_that_was_passed_by_other_programs_is_kept_all_the_same(tmp_path: Path) -> None:
    found, names = found_in_a_photograph(), [f"{number:064x}" for number in range(9)]
    for name in names[:8]:
        store(tmp_path).put(name, found)
    size = next(tmp_path.rglob("*.safetensors")).stat().st_size
    Store(tmp_path, "1", MAKERS, budget=4 * size).put(names[8], found)
    files = list(tmp_path.rglob("*.safetensors"))
    assert sum(file.stat().st_size for file in files) <= 4 * size


@pytest.mark.parametrize("damage", [b"", b"nothing", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    kept = store(tmp_path)
    kept.put(SHA, found_in_a_photograph())
    next(path for path in tmp_path.rglob("*.safetensors")).write_bytes(damage)
    assert kept.get(SHA) is None


def test_a_name_that_is_no_hash_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gallery" / "x").mkdir(parents=True)
    (tmp_path / "mine.safetensors").write_bytes(b"mine")
    store(tmp_path).forget(["../../mine"])
    assert (tmp_path / "mine.safetensors").exists()


# Pictures.


def test_a_small_jpeg_is_told_by_its_header() -> None:
    small = jpeg(np.zeros((SIDE, SIDE, 3), np.uint8))
    assert is_small_jpeg(small)
    assert not is_small_jpeg(jpeg(np.zeros((2000, 2000, 3), np.uint8)))
    assert not is_small_jpeg(b"\x89PNG\r\n\x1a\n" + small)
    assert not is_small_jpeg(b"")
    assert not is_small_jpeg(small + bytes(2**17))


@pytest.mark.parametrize("box", [(40, 30, 60, 50), (-10, -20, 30, 20), (0, 0, 120, 100), (90, 70, 118, 99)])
def test_a_small_jpeg_shows_the_photograph_and_nothing_beyond(box: tuple[float, float, float, float]) -> None:
    photograph = np.full((100, 120, 3), 200, np.uint8)
    data = small_jpeg(photograph, Face(POINTS * 100, box, 0.9))
    shown = np.asarray(Image.open(io.BytesIO(data)))
    assert shown.shape == (SIDE, SIDE, 3)
    assert shown.min() > 190


def test_black_and_white_are_a_hundred_apart_and_the_same_is_nought() -> None:
    black, white = np.zeros((4, 5, 3), np.uint8), np.full((4, 5, 3), 255, np.uint8)
    assert colour_difference(black, white) == pytest.approx(np.full((4, 5), 100.0), abs=0.1)
    assert (colour_difference(white, white) == 0).all()
    red = np.broadcast_to(np.array([255, 0, 0], np.uint8), (4, 5, 3))
    # CIE76 of sRGB red, L* 53.24 a* 80.09 b* 67.20, and black.
    assert colour_difference(black, np.ascontiguousarray(red))[0, 0] == pytest.approx(117.3, abs=0.5)


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        colour_difference(np.zeros((4, 4, 3), np.uint8), np.zeros((5, 4, 3), np.uint8))


# What is kept in a session.


def test_paths_of_any_bytes_come_back_with_the_session(tmp_path: Path) -> None:
    whole = made_up_gallery(3)
    odd = Path("/photographs") / os.fsdecode(b"caf\xe9\n")
    face = replace(next(whole.faces()), path=odd / os.fsdecode(b"\xff.jpg"), name="%FF.jpg")
    block = replace(whole.blocks[0], faces=(face, *whole.blocks[0].faces[1:]))
    gallery = replace(whole, blocks=(block,), roots=(odd,), unfinished=(odd,), refused=(Refused(odd / "a", "why"),))
    snapshot = Snapshot(codecs=codecs()).having({GALLERY: gallery})
    back = read_session(write_session(tmp_path / "a.likeness", snapshot), codecs())[GALLERY]
    assert (back.roots, back.unfinished) == (gallery.roots, gallery.unfinished)
    assert [one.path for one in back.faces()] == [one.path for one in gallery.faces()]
    assert back.refused[0].path == odd / "a"


@pytest.mark.parametrize("path", ["file:////host/share/a.jpg", "//host/share", "a.jpg", "file://a.jpg"])
def test_a_strangers_path_that_leads_to_another_machine_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path on this machine"):
        _local(path)
