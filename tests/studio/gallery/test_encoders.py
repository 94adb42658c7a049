"""A gallery's cache when encoders come and go: each embeds a photograph once, and all forget it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.gallery.state import GALLERY
from explorer.studio.session.state import NOTIFICATIONS
from tests.studio.encoder_kit import registered_colours
from tests.studio.gallery.gallery_kit import DIMENSIONS, folder_of_people
from tests.studio.gallery.many import Many

NAMES = ["Ada 1.png", "Ada 2.png", "Bob 1.png", "Bob 2.png"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return folder_of_people(tmp_path / "people", ("Ada", "Bob"), each=2)


def vectors(program: Many) -> dict[str, np.ndarray]:
    """The embeddings of all faces, in the gallery's order, by encoder."""
    blocks = program.session[GALLERY].blocks
    return {name: np.concatenate([block.vectors[name] for block in blocks]) for name in blocks[0].vectors}


def read(cache: Path, people: Path, present: tuple[str, ...] = tuple(DIMENSIONS)) -> Many:
    program = Many(cache)
    program.gallery.present = present
    program.add(people)
    return program


def test_one_more_encoder_embeds_only_itself(people: Path, tmp_path: Path) -> None:
    before = read(tmp_path / "cache", people)
    with registered_colours() as colours:
        after = read(tmp_path / "cache", people, (*DIMENSIONS, colours))
        assert after.gallery.found == []
        assert sorted(after.gallery.embedded) == [(name, colours) for name in NAMES]
        assert set(vectors(after)) == {*DIMENSIONS, colours}
        again = read(tmp_path / "cache", people, (*DIMENSIONS, colours))
        assert again.gallery.embedded == []
    for encoder, known in vectors(before).items():
        assert np.array_equal(known, vectors(after)[encoder])


def test_an_absent_encoder_is_said_once_and_embeds_when_it_comes(people: Path, tmp_path: Path) -> None:
    without = tuple(name for name in DIMENSIONS if name != "sface")
    before = read(tmp_path / "cache", people, without)
    assert set(vectors(before)) == set(without)
    assert len([one for one in before.session[NOTIFICATIONS] if "sface is left out" in one.text]) == 1
    after = read(tmp_path / "cache", people)
    assert sorted(after.gallery.embedded) == [(name, "sface") for name in NAMES]
    assert set(vectors(after)) == set(DIMENSIONS)
    assert not [one for one in after.session[NOTIFICATIONS] if "left out" in one.text]


def test_what_the_cache_knows_is_shown_though_its_encoder_is_gone(people: Path, tmp_path: Path) -> None:
    before = read(tmp_path / "cache", people)
    after = read(tmp_path / "cache", people, present=())
    assert after.gallery.embedded == []
    for encoder, known in vectors(before).items():
        assert np.array_equal(known, vectors(after)[encoder])


def test_a_forgotten_face_is_gone_whichever_encoder_embedded_it(people: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read(cache, people)
    with registered_colours() as colours:
        program = read(cache, people, (*DIMENSIONS, colours))
        key = program.key("Ada 1.png")
        trace = vectors(program)[colours][0].tobytes()
        files = {path: path.read_bytes() for path in cache.rglob("*.safetensors")}
        assert any(trace in data for data in files.values())
        program.bench.gallery.forget([key])
        program.settle()
    sha256 = key.partition("/")[0]
    left = {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()}
    assert not [path for path in left if sha256 in path.name]
    assert not any(trace in data for data in left.values())
    assert len(left) == len(files) - 1
