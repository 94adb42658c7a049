"""Batches: every file once, whatever ends the program in between; failures listed with reasons; one table."""

import csv
import json
import multiprocessing
import os
import signal

import pytest

from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver
from explorer.science.iteration import Steps
from explorer.studio.batch import folder as batch
from explorer.studio.batch import spreading
from explorer.studio.batch.folder import JOURNAL, ItemDone, items_in, run_batch
from explorer.studio.batch.job import Job
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.cluster.asked import Here
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance

JOB = Job(kind="embed", encoder="sface")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    (made / "sub").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "b.png", "sub/c.jpg", "sub/d.webp")):
        (made / name).write_bytes(bytes([number]) * 9)
    (made / "notes.txt").write_text("no picture")
    (made / ".hidden.jpg").write_bytes(b"x")
    return made


class Work:
    """Counts what is worked on; a file in `refused` has no face."""

    def __init__(self, refused=()):
        self.seen: list[str] = []
        self.refused = set(refused)

    def __call__(self, path, folder):
        self.seen.append(path.name)
        yield "reading"
        if path.name in self.refused:
            raise FaceError(f"no face found in {path.name}")
        (folder / "result.txt").write_bytes(os.fsencode(path.name))
        return {"norm": float(len(self.seen)), "ok": True}


def end(running, after=None):
    events, steps = [], Steps(running)
    for event in steps:
        events.append(event)
        if after is not None and sum(isinstance(one, ItemDone) for one in events) == after:
            steps.close()
            return None, events
    return steps.result, events


def test_files_of_a_folder_and_those_below_by_name_and_nothing_else(folder):
    assert [item.name for item in items_in(folder, "embed")] == ["a.jpg", "b.png", "sub/c.jpg", "sub/d.webp"]
    (folder / "e.npy").write_bytes(b"v")
    (folder / "e.npy.json").write_bytes(b"{}")
    assert "e.npy" in [item.name for item in items_in(folder, "invert")]
    assert "e.npy.json" not in [item.name for item in items_in(folder, "invert")]
    assert "e.npy" not in [item.name for item in items_in(folder, "embed")]


def test_no_folder_and_an_empty_one_are_said(tmp_path):
    with pytest.raises(UserError, match="is not a folder"):
        items_in(tmp_path / "missing", "fit")
    with pytest.raises(UserError, match="no photographs in"):
        items_in(tmp_path, "fit")


def test_every_file_gets_a_row_and_failures_their_reasons(folder, tmp_path):
    result, _ = end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", Work({"b.png"})))
    assert [one.status for one in result.entries] == ["done", "failed", "done", "done"]
    assert [one.reason for one in result.failures] == ["no face found in b.png"]
    rows = list(csv.DictReader((tmp_path / "out" / "table.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == ["a.jpg", "b.png", "sub/c.jpg", "sub/d.webp"]
    assert rows[1]["reason"] == "no face found in b.png"
    assert rows[1]["norm"] == ""
    assert (tmp_path / "out" / rows[2]["folder"] / "result.txt").read_text() == "c.jpg"
    assert read_provenance(tmp_path / "out" / "table.parquet")["job"]["encoder"] == "sface"
    for place, _, names in os.walk(tmp_path / "out"):
        assert os.stat(place).st_mode & 0o077 == 0
        for name in names:
            if name != "result.txt":
                assert os.stat(os.path.join(place, name)).st_mode & 0o077 == 0, name


def test_workers_write_what_one_process_does_and_the_journal_goes_on(folder, tmp_path, monkeypatch):
    works = []

    def load(self):
        works.append(Work({"b.png"} if len(works) < 2 else ()))
        return works[-1]

    monkeypatch.setattr(spreading.BatchWork, "load", load)
    items, out = items_in(folder, "embed"), tmp_path / "out"
    end(spreading.run_batch_on(items, JOB, out, Here(), None), after=1)
    assert works[-1].seen == ["a.jpg"]
    result, events = end(spreading.run_batch_on(items, JOB, out, Here(), None))
    assert works[-1].seen == ["b.png", "c.jpg", "d.webp"]
    assert [one.before for one in events if isinstance(one, ItemDone)] == [True, False, False, False]
    alone, _ = end(run_batch(items, JOB, tmp_path / "alone", Work({"b.png"})))
    assert [(one.file, one.status, one.reason) for one in result.entries] == [
        (one.file, one.status, one.reason) for one in alone.entries
    ]
    made = {path.relative_to(out): path.read_bytes() for path in out.rglob("result.txt")}
    assert made == {
        path.relative_to(tmp_path / "alone"): path.read_bytes() for path in (tmp_path / "alone").rglob("result.txt")
    }
    result, _ = end(spreading.run_batch_on(items, JOB, out, Here(), None, again=True))
    assert works[-1].seen == ["b.png"]
    assert not result.failures


def test_what_is_finished_is_not_done_again(folder, tmp_path):
    items, out = items_in(folder, "embed"), tmp_path / "out"
    work = Work({"b.png"})
    end(run_batch(items, JOB, out, work), after=2)
    assert work.seen == ["a.jpg", "b.png"]
    work.seen.clear()
    result, events = end(run_batch(items, JOB, out, work))
    assert work.seen == ["c.jpg", "d.webp"]
    assert [one.before for one in events if isinstance(one, ItemDone)] == [True, True, False, False]
    assert len(result.entries) == 4
    work.seen.clear()
    work.refused.clear()
    result, _ = end(run_batch(items, JOB, out, work, again=True))
    assert work.seen == ["b.png"]
    assert not result.failures


def test_a_file_that_has_changed_is_done_again(folder, tmp_path):
    work = Work()
    end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    work.seen.clear()
    (folder / "a.jpg").write_bytes(b"another picture")
    end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    assert work.seen == ["a.jpg"]


def test_a_batch_of_other_settings_is_not_mixed_in(folder, tmp_path):
    items = items_in(folder, "embed")
    end(run_batch(items, JOB, tmp_path / "out", Work()))
    with pytest.raises(UserError, match="other settings"):
        end(run_batch(items, JOB.model_copy(update={"encoder": "arcface-mbf"}), tmp_path / "out", Work()))


def test_a_batch_of_other_files_is_not_mixed_in(folder, tmp_path):
    out = tmp_path / "out"
    end(run_batch(items_in(folder, "embed"), JOB, out, Work()))
    table = (out / "table.csv").read_bytes()
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "a.jpg").write_bytes(b"another person's")
    with pytest.raises(UserError, match="out holds a batch of other files"):
        end(run_batch(items_in(tmp_path / "others", "embed"), JOB, out, Work()))
    assert (out / "table.csv").read_bytes() == table
    (folder / "e.jpg").write_bytes(b"a new one")
    (folder / "a.jpg").unlink()
    assert len(end(run_batch(items_in(folder, "embed"), JOB, out, Work()))[0].entries) == 4, "a folder may change"


def test_a_table_that_is_none_of_a_batch_is_left_alone(folder, tmp_path):
    (tmp_path / "table.csv").write_text("mine")
    with pytest.raises(UserError, match=r"table\.csv is of no batch"):
        end(run_batch(items_in(folder, "embed"), JOB, tmp_path, Work()))
    assert (tmp_path / "table.csv").read_text() == "mine"


def test_what_a_stopped_work_has_begun_goes(folder, tmp_path):
    def work(path, place):
        (place / "result.txt").write_text("half")
        yield "a step"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    assert not (tmp_path / "out" / "files").exists()


def test_two_batches_do_not_share_a_folder(folder, tmp_path):
    items = items_in(folder, "embed")
    first = run_batch(items, JOB, tmp_path / "out", Work())
    next(first)
    with pytest.raises(UserError, match="in use by another batch"):
        next(run_batch(items, JOB, tmp_path / "out", Work()))
    first.close()
    assert end(run_batch(items, JOB, tmp_path / "out", Work()))[0] is not None


def test_a_line_that_was_cut_short_counts_as_not_written(folder, tmp_path):
    items, out = items_in(folder, "embed"), tmp_path / "out"
    end(run_batch(items, JOB, out, Work()))
    whole = (out / JOURNAL).read_bytes()
    for size in range(len(whole.splitlines(keepends=True)[0]) - 3, len(whole), 41):
        (out / JOURNAL).write_bytes(whole[:size])
        work = Work()
        result, _ = end(run_batch(items, JOB, out, work))
        assert len(result.entries) == 4
        known = max(whole[:size].count(b"\n") - 1, 0)
        assert len(work.seen) == 4 - known


def test_a_journal_of_an_earlier_version_goes_on(folder, tmp_path):
    """Jobs have been able to say more since; a journal that lacks that is of what is so by default."""
    out, items = tmp_path / "out", items_in(folder, "embed")
    end(run_batch(items, JOB, out, Work()), after=2)
    head, *lines = (out / JOURNAL).read_bytes().splitlines(keepends=True)
    said = json.loads(head)
    for name in ("by", "runs"):
        del said["job"][name]
    (out / JOURNAL).write_bytes(json.dumps(said).encode() + b"\n" + b"".join(lines))
    work = Work()
    end(run_batch(items, JOB, out, work))
    assert work.seen == ["c.jpg", "d.webp"]
    with pytest.raises(UserError, match="other settings"):
        end(run_batch(items, JOB.model_copy(update={"encoder": "dlib-resnet"}), out, work))


def test_a_journal_that_is_none_is_refused(folder, tmp_path):
    out = tmp_path / "out"
    end(run_batch(items_in(folder, "embed"), JOB, out, Work()))
    head = (out / JOURNAL).read_bytes().splitlines(keepends=True)[0]
    (out / JOURNAL).write_bytes(head + b'{"file": "../../etc/passwd"}\n')
    with pytest.raises(UserError, match="is damaged"):
        end(run_batch(items_in(folder, "embed"), JOB, out, Work()))


@pytest.mark.parametrize("error", [MissingNetwork("no network"), OSError(28, "No space left"), RuntimeError("ours")])
def test_what_is_no_fault_of_the_file_ends_the_batch_and_is_not_noted(folder, tmp_path, error):
    def work(path, place):
        yield "reading"
        raise error

    with pytest.raises(type(error)):
        end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    assert (tmp_path / "out" / JOURNAL).read_bytes().count(b"\n") == 1


def _until_killed(folder, out, told):
    def work(path, place):
        yield "reading"
        (place / "half.txt").write_text(path.name)
        told.put(path.name)
        if path.name == "c.jpg":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"norm": 1.0}

    for _ in run_batch(items_in(folder, "embed"), JOB, out, work):
        pass


def test_a_killed_batch_goes_on_where_it_was_left(folder, tmp_path):
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    program = context.Process(target=_until_killed, args=(folder, tmp_path / "out", told))
    program.start()
    program.join(60)
    assert program.exitcode == -signal.SIGKILL
    work = Work()
    result, _ = end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    assert work.seen == ["c.jpg", "d.webp"]
    assert [one.status for one in result.entries] == ["done"] * 4


def test_the_summary_names_what_failed(folder, tmp_path):
    result, _ = end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", Work({"a.jpg"})))
    said = json.loads(json.dumps(batch.summary(JOB, result, PassedOver())))
    assert said["failed"] == [{"file": "a.jpg", "reason": "no face found in a.jpg"}]
    assert said["files"] == 4
    assert len(said["rows"]) == 3


ODD = [b"caf\xe9.jpg", b"a\nb.jpg", b"\x1b[31mred.jpg", b"x" * 251 + b".jpg", b"\xff" * 100 + b"/" + b"\xfe" * 250]


def test_names_of_any_bytes_and_length_are_worked_on_and_known_again(folder, tmp_path):
    for number, name in enumerate(ODD):
        path = folder / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" + bytes([number]))
    items, work = items_in(folder, "embed"), Work()
    result, _ = end(run_batch(items, JOB, tmp_path / "out", work))
    assert not result.failures
    assert len(result.entries) == 4 + len(ODD)
    assert all(one.file.splitlines() == [one.file] and "\x1b" not in one.file for one in result.entries)
    for one in result.entries:
        assert (tmp_path / "out" / one.row["folder"] / "result.txt").is_file()
    assert len({one.row["folder"] for one in result.entries}) == len(result.entries)
    rows = list(csv.DictReader((tmp_path / "out" / "table.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == [one.file for one in result.entries]
    work.seen.clear()
    again, _ = end(run_batch(items_in(folder, "embed"), JOB, tmp_path / "out", work))
    assert work.seen == []
    assert again.entries == result.entries


def test_pipes_and_devices_are_passed_over_and_counted(folder):
    os.mkfifo(folder / "pipe.jpg")
    (folder / "endless.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "vector.npy")
    passed = PassedOver()
    assert len(items_in(folder, "invert", passed)) == 4
    assert "3 pipes, sockets or devices" in passed.words()


def test_a_pipe_that_took_a_files_place_is_that_files_failure(folder, tmp_path):
    items = items_in(folder, "embed")
    (folder / "a.jpg").unlink()
    os.mkfifo(folder / "a.jpg")

    def read(path, out):
        yield "reading"
        read_file(path)
        return {}

    result, _ = end(run_batch(items[:1], JOB, tmp_path / "out", read))
    assert [one.reason for one in result.failures] == ["a.jpg is not a file but a pipe: give a photograph"]


def test_nothing_but_what_is_not_read_says_what_is_there(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(UserError, match=r"passed over: 1 \.heic .*save as JPEG"):
        items_in(tmp_path, "embed")


def test_what_is_passed_over_is_in_the_summary(folder, tmp_path):
    passed = PassedOver()
    result, _ = end(run_batch(items_in(folder, "embed", passed), JOB, tmp_path / "out", Work()))
    assert batch.summary(JOB, result, passed)["passed_over"] == "1 file that is no photograph"
