"""Autosaves: one complete generation is on the disk at every moment, and nothing that is not in the session."""

from __future__ import annotations

import errno
import stat
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from explorer.studio import files
from explorer.studio.app.features import codecs
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.faces.state import EDITS, EMBEDDINGS, FACES, PHOTOGRAPHS, VECTORS
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, WEIGHTS
from explorer.studio.session.saving import generations
from explorer.studio.session.saving.generations import Generations, abandoned
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.variation.state import VARIATION
from tests.studio.session.session_kit import assert_same_session, full_session


@pytest.fixture(scope="module")
def session() -> Snapshot:
    return full_session()


@pytest.fixture
def kept(tmp_path: Path) -> Generations:
    return Generations(tmp_path)


def test_what_a_program_left_behind_comes_back(session: Snapshot, kept: Generations, tmp_path: Path) -> None:
    kept.save(session, Path("/somewhere/work.likeness"))
    kept._lock.release()  # as the system does when the program is killed
    (found,) = abandoned(tmp_path)
    assert found.path == Path("/somewhere/work.likeness")
    assert_same_session(session, found.read(codecs()))
    assert abandoned(tmp_path) == []  # it is held now
    found.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_running_programs_autosave_is_left_alone(session: Snapshot, kept: Generations, tmp_path: Path) -> None:
    kept.save(session)
    other = Generations(tmp_path)
    other.save(session)
    assert other.folder != kept.folder
    assert abandoned(tmp_path) == []


def test_only_what_is_new_is_written(session: Snapshot, kept: Generations) -> None:
    everything = kept.save(session)
    assert kept.save(session) == 0
    moved = session.having({WEIGHTS: {**session[WEIGHTS], "prior": 0.7}})
    assert kept.save(moved) == 0  # the manifest alone
    last = list(session[RUNS])[-1]
    run = session[RUNS][last]
    longer = replace(run, latents=(*run.latents, run.latents[0]), overlays=(*run.overlays, None))
    longer = replace(longer, steps=(*run.steps, run.steps[-1].model_copy(update={"index": len(run.steps)})))
    assert 0 < kept.save(session.having({RUNS: {**session[RUNS], last: longer}, RUN: longer})) < everything / 2


def test_files_are_their_owners_only(session: Snapshot, kept: Generations) -> None:
    kept.save(session)
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in kept.folder.iterdir() if file.name != "lock"}
    assert modes == {0o600}


def test_what_is_not_in_the_session_any_more_is_not_on_the_disk(session: Snapshot, kept: Generations) -> None:
    kept.save(session)
    without = session.having(
        {PHOTOGRAPHS: {}, FACES: {}, EMBEDDINGS: {}, RUNS: {}, RUN: None, VARIATION: None, EDITS: {}}
    )
    kept.save(without)
    (vector,) = session[VECTORS].values()
    names = {file.suffix for file in kept.folder.iterdir()}
    assert ".png" not in names
    data = b"".join(file.read_bytes() for file in kept.folder.iterdir())
    assert vector.vector.tobytes() in data
    assert all(one["sface"].tobytes() not in data for one in session[EMBEDDINGS].values())
    kept.save(Snapshot())
    assert [file.name for file in kept.folder.iterdir()] == ["lock"]


def test_a_stop_between_any_two_parts_leaves_the_generation_before(session: Snapshot, tmp_path: Path) -> None:
    """Whatever has been written by then, what is found is the session as it was before, whole."""
    puts = 0

    def count() -> bool:
        nonlocal puts
        puts += 1
        return False

    Generations(tmp_path / "count").save(session, should_stop=count)
    before = session.having({RUNS: {}, RUN: None, COMPARED: (), VARIATION: None})
    for stop in range(0, puts, 4):
        root = tmp_path / str(stop)
        kept = Generations(root)
        kept.save(before)
        left = iter([False] * stop)
        with pytest.raises(Cancelled):
            kept.save(session, should_stop=partial(next, left, True))
        (kept.folder / f"{files.TEMPORARY_PREFIX}half.png").write_bytes(b"half")
        kept._lock.release()
        (found,) = abandoned(root)
        assert_same_session(before, found.read(codecs()))
        found.leave()


def test_a_full_disk_leaves_the_generation_before(
    session: Snapshot, kept: Generations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = session.having({RUNS: {}, RUN: None, COMPARED: (), VARIATION: None})
    kept.save(before)
    written = generations.atomic_write
    room = [3]

    def full(path: Path, content: bytes, **how: bool) -> Path:
        room[0] -= 1
        if room[0] < 0:
            raise UserError("cannot write: the disk is full") from OSError(errno.ENOSPC, "full")
        return written(path, content, **how)

    monkeypatch.setattr(generations, "atomic_write", full)
    with pytest.raises(UserError, match="full"):
        kept.save(session)
    monkeypatch.undo()
    kept._lock.release()
    (found,) = abandoned(tmp_path)
    assert_same_session(before, found.read(codecs()))
    found.leave()


def test_a_damaged_autosave_is_said_to_be(session: Snapshot, kept: Generations, tmp_path: Path) -> None:
    kept.save(session)
    blob = next(file for file in kept.folder.iterdir() if file.suffix == ".safetensors")
    blob.write_bytes(blob.read_bytes()[:-4])
    kept._lock.release()
    (found,) = abandoned(tmp_path)
    with pytest.raises(UserError, match="cannot be restored"):
        found.read(codecs())
    found.leave()


def test_empty_and_broken_folders_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "session-0000000001.json").write_bytes(b"{")
    assert abandoned(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_ends_by_itself_leaves_nothing_or_what_is_to_be_kept(session: Snapshot, tmp_path: Path) -> None:
    for keep in (False, True):
        kept = Generations(tmp_path)
        kept.save(session)
        kept.close(keep=keep)
        assert len(abandoned(tmp_path)) == keep
