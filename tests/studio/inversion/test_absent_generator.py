"""Work that a generator made which is not on this machine: it opens, says so where it matters, and goes on without."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import explorer as lk
from explorer.science.generation.registry import DEFAULT_GENERATOR, AbsentGeneratorError
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.studio.app import cli
from explorer.studio.app.features import codecs
from explorer.studio.batch.folder import items_in, run_batch
from explorer.studio.batch.job import Job
from explorer.studio.batch.work import work_of
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError, explain
from explorer.studio.export.provenance import write_sidecar
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.requests import Invert, RenderStep
from explorer.studio.inversion.running import InversionTarget, draw
from explorer.studio.inversion.state import RUN, SETTINGS, all_runs
from explorer.studio.reproducing.adopting import adoption
from explorer.studio.reproducing.runs import read_recorded, run_again
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import capture
from explorer.studio.session.state import NOTIFICATIONS
from explorer.studio.variation.requests import RunEnsemble
from tests.studio.export.made_up import made_up_run
from tests.studio.session.session_kit import Program

GONE = "of-a-colleague"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A session whose run was drawn by a generator that is not here, and whose next run would be."""
    program = Program()
    program.open()
    program.invert()
    session = program.session
    run = session[RUN]
    assert run is not None
    assert run.result is not None
    settings = run.settings.model_copy(update={"generator": GONE})
    latents = tuple(torch.zeros(18, 512) for _ in run.steps)  # of another shape than the program's own
    result = run.result.model_copy(update={"settings": settings})
    session[RUN] = replace(run, settings=settings, latents=latents, result=result)
    session[SETTINGS] = session[SETTINGS].model_copy(update={"generator": GONE})
    return write_session(tmp_path / "work.likeness", capture(session))


@pytest.fixture
def program(saved: Path) -> Program:
    opened = Program()
    opened.bench.files.open(saved)
    opened.settle()
    return opened


def said(program: Program, words: str) -> list[str]:
    return [f"{one.title}: {one.text}" for one in program.session[NOTIFICATIONS] if words in f"{one.title} {one.text}"]


def test_a_session_opens_and_is_saved_again_as_it_was(saved: Path, tmp_path: Path) -> None:
    before = read_session(saved, codecs())
    again = read_session(write_session(tmp_path / "again.likeness", before), codecs())
    for snapshot in (before, again):
        (run,) = all_runs(snapshot).values()
        assert (run.settings.generator, run.status) == (GONE, "finished")
        assert run.latents[0].shape == (18, 512)
        assert run.result is not None
        assert snapshot[SETTINGS].generator == GONE


def test_a_new_run_is_refused_in_clear_words_and_begins_once_another_generator_is_chosen(program: Program) -> None:
    before = len(program.engine.submitted)
    program.bench.inversion.start()
    program.bench.variation.start(2)
    assert not [one for one in program.engine.submitted[before:] if isinstance(one.request, Invert | RunEnsemble)]
    (words, *_) = said(program, "The generator is not on this machine")
    assert f"no generator called '{GONE}'; there are {DEFAULT_GENERATOR}" in words
    assert "File > Import generator" in words
    program.bench.settings.change("generator", DEFAULT_GENERATOR)
    program.bench.inversion.start()
    program.settle()
    assert program.session[RUN] is not None
    assert program.session[RUN].status == "finished"


def test_every_other_setting_can_be_changed_meanwhile(program: Program) -> None:
    program.bench.settings.change("steps", 33)
    assert (program.session[SETTINGS].steps, program.session[SETTINGS].generator) == (33, GONE)
    program.bench.settings.change("generator", "nobody")
    assert program.session[SETTINGS].generator == GONE
    assert said(program, "no generator called 'nobody'")


def test_steps_that_cannot_be_drawn_are_said_once_for_a_run(program: Program) -> None:
    (run,) = all_runs(program.session).values()
    program.bench.runs.show(run.key)
    before = len(program.engine.submitted)
    for index in (1, 2, 3):
        program.bench.inversion.show_step(index)
        program.settle()
    assert not [one for one in program.engine.submitted[before:] if isinstance(one.request, RenderStep)]
    assert len(said(program, "The generator of run 1 is not on this machine")) == 1
    shown = program.session[RUN]
    assert shown is not None
    assert shown.shown_index == 3


def test_going_on_from_its_steps_is_refused(program: Program) -> None:
    (run,) = all_runs(program.session).values()
    program.bench.runs.show(run.key)
    before = len(program.engine.submitted)
    program.bench.runs.branch(1)
    program.bench.settings.change("generator", DEFAULT_GENERATOR)
    program.bench.runs.branch(1)
    assert not [one for one in program.engine.submitted[before:] if isinstance(one.request, Invert)]
    assert said(program, f"cannot go on from a latent of {GONE}")


def test_drawing_is_refused_in_one_line() -> None:
    settings = InversionSettings().model_copy(update={"generator": GONE})
    with pytest.raises(AbsentGeneratorError, match="likeness generators import FILE") as caught:
        draw(Networks("cpu"), torch.zeros(512), settings)
    line = explain(caught.value)
    assert line is not None
    assert "\n" not in line


# Figures and their records.


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    run = made_up_run(3)
    run = run.model_copy(update={"settings": run.settings.model_copy(update={"generator": GONE})})
    return write_sidecar(tmp_path / "figure.pdf", provenance(run))


def test_of_a_figure_all_other_settings_are_taken_and_the_generator_is_named(figure: Path) -> None:
    record = read_recorded(figure)
    assert record.runs[0].settings.generator == GONE
    taken = adoption(record)
    assert taken.settings.generator == DEFAULT_GENERATOR
    assert [words for words in taken.lacking if GONE in words and "not on this machine" in words]


def test_a_figure_is_not_made_again(figure: Path) -> None:
    recipe = read_recorded(figure).runs[0]
    with pytest.raises(AbsentGeneratorError, match=GONE):
        next(iter(Steps(run_again(Networks("cpu"), recipe, InversionTarget(recipe.target, torch.ones(512))))))


def test_the_command_line_says_so_in_one_line(figure: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(b"not read")
    assert cli.main(["reproduce", str(figure), "--source", str(source)]) == 2
    words = capsys.readouterr().err
    assert words.startswith("likeness: figure.pdf")
    assert f"drawn by a generator that is not on this machine: no generator called '{GONE}'" in words
    assert words.count("\n") == 1


def test_the_library_says_so() -> None:
    with pytest.raises(lk.UserError, match=f"no generator called '{GONE}'") as caught:
        lk.invert(np.sin(np.arange(512)), "arcface-mbf", generator=GONE)
    assert "\n" not in str(caught.value)


# Folders.


def test_a_folder_is_refused_before_its_first_file(tmp_path: Path) -> None:
    settings = InversionSettings().model_copy(update={"generator": GONE})
    job = Job(kind="invert", settings=settings)
    assert Job.model_validate_json(job.model_dump_json()) == job
    with pytest.raises(AbsentGeneratorError, match=GONE):
        work_of(job, Networks("cpu"))
    with pytest.raises(AbsentGeneratorError, match=GONE):
        work_of(Job(kind="probe", by="reconstruction", settings=settings), Networks("cpu"))
    work_of(Job(kind="embed", settings=settings), Networks("cpu"))  # needs none


def test_a_folder_of_results_that_it_drew_says_so_where_another_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"1")
    items, out = items_in(tmp_path / "in", "invert"), tmp_path / "out"

    def work(path: Path, folder: Path):
        yield "drawing"
        return {"done": True}

    theirs = Job(kind="invert", settings=InversionSettings().model_copy(update={"generator": GONE}))
    for _ in run_batch(items, theirs, out, work):
        pass
    line = (out / "batch.jsonl").read_text().splitlines()[0]
    assert json.loads(line)["job"]["settings"]["generator"] == GONE
    with pytest.raises(UserError, match=f"other settings.*another generator: no generator called '{GONE}'"):
        next(iter(run_batch(items, Job(kind="invert"), out, work)))
