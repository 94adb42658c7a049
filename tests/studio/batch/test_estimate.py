"""How long a folder takes: by files of such a job, else by inversions with such settings, else it is not known."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.studio.app.features import new_session
from explorer.studio.batch.controller import job_now
from explorer.studio.batch.estimate import inversions_a_file, seconds_a_file
from explorer.studio.batch.job import Entry
from explorer.studio.batch.state import BATCHES, BatchState
from explorer.studio.inversion.state import RUNS, SETTINGS, RunState
from tests.studio.export.made_up import made_up_run


@pytest.fixture
def session():
    return new_session()


def job(session, kind="probe", **more):
    return job_now(session, kind, **more)


def entries(*seconds):
    return tuple(Entry(file=f"{one}.jpg", sha256="", status="done", seconds=one) for one in seconds)


def test_inversions_are_counted_where_a_job_makes_some(session):
    assert inversions_a_file(job(session, "invert")) == 1
    assert inversions_a_file(job(session, by="reconstruction", runs=3)) == 3
    assert inversions_a_file(job(session)) == inversions_a_file(job(session, "embed")) == 0


def test_nothing_is_known_before_anything_was_made(session):
    assert seconds_a_file(session, job(session, by="reconstruction", runs=3)) is None


def test_files_of_the_same_job_tell_how_long_the_next_take(session):
    made = job(session, by="reconstruction", runs=2)
    session[BATCHES] = (BatchState("b", made, Path("in"), Path("out"), finished=entries(20.0, 40.0)),)
    assert seconds_a_file(session, made) == 30.0
    assert seconds_a_file(session, job(session, by="reconstruction", runs=3)) is None


def test_runs_with_the_same_settings_tell_how_long_each_inversion_takes(session):
    settings = session[SETTINGS]
    record = made_up_run(steps=5).model_copy(update={"settings": settings, "seconds": 12.0})
    session[RUNS] = {"run": RunState("run", None, None, settings, "finished", result=record)}
    assert seconds_a_file(session, job(session, by="reconstruction", runs=3)) == 36.0
    session[SETTINGS] = settings.model_copy(update={"seed": 9})
    assert seconds_a_file(session, job(session, by="reconstruction", runs=3)) == 36.0, "another seed takes no longer"
    session[SETTINGS] = settings.model_copy(update={"steps": settings.steps + 1})
    assert seconds_a_file(session, job(session, by="reconstruction", runs=3)) is None


def test_what_is_left_of_a_batch_follows_from_the_files_that_are_through(session):
    batch = BatchState("b", job(session), Path("in"), Path("out"), "running", done=2, total=6, finished=entries(3.0))
    batch = replace(batch, failures=entries(1.0))
    assert batch.remaining == 8.0
    assert replace(batch, status="cancelled").remaining is None
    assert replace(batch, finished=(), failures=()).remaining is None
