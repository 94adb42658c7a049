"""The queue of folders in the window: one at a time, pause at a step, cancel, go on, and what outlives the program."""

import json
import os

import pytest

from explorer.science.faces.face import FaceError
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.batch.handlers import BatchHandlers
from explorer.studio.batch.state import BATCHES
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.faces.state import ENCODER
from explorer.studio.inversion.running import Rendering
from explorer.studio.inversion.several import MemberDone, MemberEvent
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.session.state import NOTIFICATIONS
from tests.canned_program import handlers


class NoDevice:
    def networks(self, control):
        return None


class Program:
    """A workbench with batches on a fake engine; a file named "bad" fails."""

    def __init__(self):
        self.seen = []
        batches = BatchHandlers(NoDevice(), self.work_of).table()
        self.engine = FakeEngine({**handlers(), **batches})
        self.session = new_session()
        self.bench = Workbench(self.engine, self.session, {"identity": 1.0})
        self.engine.connect(self.bench.handle)
        self.session[ENCODER] = "sface"

    def work_of(self, job, networks):
        def work(path, folder):
            for step in range(3):
                yield f"step {step}"
            if path.stem == "bad":
                raise FaceError("no face found in bad.jpg")
            self.seen.append(path.name)
            (folder / "result").write_text("x")
            return {"encoder": job.encoder}

        return work

    @property
    def states(self):
        return [one.status for one in self.session[BATCHES]]


@pytest.fixture
def program():
    return Program()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    for name in ("a", "bad", "c"):
        (made / f"{name}.jpg").write_bytes(name.encode())
    return made


def test_folders_are_worked_on_one_after_the_other(program, folder, tmp_path):
    for name in ("one", "two"):
        program.bench.batches.add("embed", folder, tmp_path / name)
    assert program.states == ["running", "waiting"]
    program.engine.run()
    assert program.states == ["finished", "finished"]
    assert program.seen == ["a.jpg", "c.jpg"] * 2
    first = program.session[BATCHES][0]
    assert (first.done, first.total) == (3, 3)
    assert [one.reason for one in first.failures] == ["no face found in bad.jpg"]
    assert {path.name for path in first.tables} >= {"table.csv", "table.parquet"}
    assert any("3 files of in, 1 failed: bad.jpg" in one.text for one in program.session[NOTIFICATIONS])


def test_a_paused_batch_rests_at_its_next_step_and_goes_on(program, folder, tmp_path):
    program.bench.batches.add("embed", folder, tmp_path / "out")
    key = program.session[BATCHES][0].key
    program.engine.advance(4)
    program.bench.batches.pause(key)
    assert program.states == ["paused"]
    program.engine.run()
    assert program.states == ["paused"]
    program.bench.batches.resume(key)
    program.engine.run()
    assert program.states == ["finished"]


def test_a_cancelled_batch_lets_the_next_begin_and_goes_on_where_it_was_left(program, folder, tmp_path):
    for name in ("one", "two"):
        program.bench.batches.add("embed", folder, tmp_path / name)
    key = program.session[BATCHES][0].key
    while not program.seen:
        program.engine.advance(1)
    program.bench.batches.cancel(key)
    program.engine.run()
    assert program.states == ["cancelled", "finished"]
    program.seen.clear()
    program.bench.batches.resume(key)
    program.engine.run()
    assert program.states == ["finished", "finished"]
    assert program.seen == ["c.jpg"]


def test_failed_files_are_tried_again_where_that_is_asked_for(program, folder, tmp_path):
    program.bench.batches.add("embed", folder, tmp_path / "out")
    program.engine.run()
    key = program.session[BATCHES][0].key
    tried = []
    program.work_of = lambda job, networks: None
    for again in (False, True):
        program.bench.batches.resume(key, again=again)
        tried.append(program.engine.submitted[-1].request.again)
        program.engine.run()
    assert tried == [False, True]


def test_what_was_not_finished_is_listed_by_the_next_program(program, folder, tmp_path):
    kept = tmp_path / "state" / "batches.json"
    program.bench.batches.persist_in(kept)
    program.bench.batches.add("embed", folder, tmp_path / "out")
    program.engine.advance(6)
    assert kept.stat().st_mode & 0o077 == 0
    program.engine.close()
    after = Program()
    after.bench.batches.persist_in(kept)
    assert after.states == ["interrupted"]
    after.bench.batches.resume(after.session[BATCHES][0].key)
    after.engine.run()
    assert after.states == ["finished"]
    assert not kept.exists(), "nothing is left to be kept"


def test_a_new_session_leaves_the_folders_alone(program, folder, tmp_path):
    program.bench.batches.add("embed", folder, tmp_path / "out")
    program.engine.advance(4)
    program.bench.files.new()
    program.engine.run()
    assert program.states == ["finished"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", json.dumps([{"job": 1}]).encode(), b"[" * 5000])
def test_a_damaged_list_is_no_reason_not_to_begin(program, tmp_path, content):
    file = tmp_path / "batches.json"
    file.write_bytes(content)
    program.bench.batches.persist_in(file)
    assert program.session[BATCHES] == ()


def test_results_do_not_go_where_photographs_are_read(program, folder):
    program.bench.batches.add("embed", folder, folder / "out")
    assert program.session[BATCHES] == ()
    assert "Choose another folder" in program.session[NOTIFICATIONS][-1].title


def test_an_empty_folder_fails_with_the_reason(program, tmp_path):
    (tmp_path / "in").mkdir()
    program.bench.batches.add("fit", tmp_path / "in", tmp_path / "out")
    program.engine.run()
    assert program.states == ["failed"]
    assert "there are no photographs in" in program.session[BATCHES][0].message


def test_a_folder_whose_name_is_no_utf8_is_kept_too(program, tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    (odd / "a.jpg").write_bytes(b"1")
    kept = tmp_path / "state" / "batches.json"
    program.bench.batches.persist_in(kept)
    program.bench.batches.add("embed", odd, tmp_path / os.fsdecode(b"out\xff"))
    program.engine.close()
    after = Program()
    after.bench.batches.persist_in(kept)
    (one,) = after.session[BATCHES]
    assert (one.folder, one.out) == (odd, tmp_path / os.fsdecode(b"out\xff"))


def test_reading_by_reconstruction_is_of_the_job_and_outlives_the_program(program, folder, tmp_path):
    kept = tmp_path / "state" / "batches.json"
    program.bench.batches.persist_in(kept)
    program.bench.batches.add("probe", folder, tmp_path / "out", by="reconstruction", runs=3)
    program.engine.close()
    after = Program()
    after.bench.batches.persist_in(kept)
    (one,) = after.session[BATCHES]
    assert (one.job.by, one.job.runs) == ("reconstruction", 3)
    assert one.job.words() == "probe, 3 runs (sface)"


def test_what_a_photograph_would_guide_is_not_read_by_reconstruction(program, folder, tmp_path):
    settings = program.session[SETTINGS]
    program.session[SETTINGS] = settings.model_copy(update={"targets": "photograph"})
    program.bench.batches.add("probe", folder, tmp_path / "out", by="reconstruction")
    assert program.session[BATCHES] == ()
    assert "from the vector alone" in program.session[NOTIFICATIONS][-1].text
    program.bench.batches.add("probe", folder, tmp_path / "out")
    assert len(program.session[BATCHES]) == 1, "the probes need no inversion"


def test_steps_of_several_inversions_say_which_of_them_is_under_way(program, folder, tmp_path):
    step = Rendering()
    done = MemberDone(1, None)

    def work(path, folder):
        yield MemberEvent(1, step)
        yield done
        return {}

    batches = BatchHandlers(NoDevice(), lambda job, networks: work).table()
    program.engine._handlers |= batches
    said = []
    program.session.changed(BATCHES).connect(lambda listed: said.extend(one.message for one in listed))
    program.bench.batches.add("probe", folder, tmp_path / "out", by="reconstruction", runs=3)
    program.engine.run()
    assert "a.jpg: run 2 of 3: drawing and scoring the result" in said
    assert "a.jpg: run 2 of 3: reading the face" in said
