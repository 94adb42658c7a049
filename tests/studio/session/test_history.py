"""What is done can be taken back and brought again; what is forgotten cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app.features import new_session
from explorer.studio.faces.requests import EmbedFace
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, SIMILARITY, VECTORS
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, SETTINGS, WEIGHTS
from explorer.studio.session import history as history_module
from explorer.studio.session.history import History
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from tests import canned_program as canned
from tests.studio.session.session_kit import Clock, Program


@pytest.fixture
def program() -> Program:
    return Program()


def names(program: Program) -> list[str | None]:
    """What undo would take back, one after another."""
    found = []
    while (name := program.session[DOCUMENT].undo) is not None:
        found.append(name)
        program.bench.undo()
        program.settle()
    return found


def test_every_kind_of_change_has_a_name_and_is_taken_back_in_order(program: Program) -> None:
    session, bench = program.session, program.bench
    empty = (session[SETTINGS], dict(session[WEIGHTS]))
    key = program.open(b"1")
    bench.faces.place_points(session[FACES][key].photograph_key, canned.POINTS + 2, key)
    program.settle()
    bench.faces.open_vectors([Path("stolen.npy")], "sface")
    program.settle()
    bench.faces.select_face(key)
    bench.settings.select_encoder("arcface-mbf")
    bench.settings.change("steps", 7)
    bench.settings.set_weight("prior", 0.3)
    bench.probes.edit_picture("blur", 1.0)
    program.invert()
    bench.runs.branch(2)
    program.settle()
    bench.runs.remove(session[RUN].key)
    bench.faces.close_face(key)
    assert names(program) == [
        "remove one.png", "remove run 2", "go on from a step", "invert", "alter before reading",
        "change the weight of prior", "change steps", "choose arcface-mbf", "open stolen.npy", "move points",
        "open one.png",
    ]  # fmt: skip
    assert (session[PHOTOGRAPHS], session[FACES], session[VECTORS], session[RUNS], session[RUN]) == (
        {},
        {},
        {},
        {},
        None,
    )
    assert (session[SETTINGS], dict(session[WEIGHTS])) == (empty[0].model_copy(update={"encoder": "sface"}), empty[1])


def test_redo_brings_everything_again(program: Program) -> None:
    session, bench = program.session, program.bench
    key = program.open(b"2", "two.png")
    program.invert()
    bench.faces.close_face(key)
    program.settle()
    at_the_end = (dict(session[FACES]), dict(session[RUNS]), session[RUN])
    while session[DOCUMENT].undo is not None:
        bench.undo()
        program.settle()
    assert session[FACES] == {}
    while session[DOCUMENT].redo is not None:
        bench.redo()
        program.settle()
    assert (dict(session[FACES]), dict(session[RUNS]), session[RUN]) == at_the_end
    assert session[EMBEDDINGS].keys() == session[FACES].keys()


def test_points_taken_back_bring_their_embeddings_without_the_network(program: Program) -> None:
    session, bench = program.session, program.bench
    key = program.open(b"1")
    before, frame = session[EMBEDDINGS][key], session[FACES][key].frame
    bench.faces.place_points(session[FACES][key].photograph_key, canned.POINTS + 3, key)
    program.settle()
    asked = len(program.engine.submitted)
    bench.undo()
    assert session[EMBEDDINGS][key] is before
    assert session[FACES][key].frame is frame
    program.settle()
    assert not any(isinstance(one.request, EmbedFace) for one in program.engine.submitted[asked:])
    assert session[SIMILARITY]["sface"].keys == (key,)


def test_embeddings_of_points_taken_back_do_not_land(program: Program) -> None:
    session, bench = program.session, program.bench
    key = program.open(b"1")
    before = session[EMBEDDINGS][key]
    bench.faces.place_points(session[FACES][key].photograph_key, canned.POINTS + 3, key)
    bench.undo()
    program.settle()
    assert session[EMBEDDINGS][key] is before


def test_a_new_change_leaves_nothing_to_bring_again(program: Program) -> None:
    program.bench.settings.change("steps", 9)
    program.bench.undo()
    program.bench.settings.change("seed", 4)
    assert program.session[DOCUMENT].redo is None


def test_a_slider_that_is_dragged_is_taken_back_as_one() -> None:
    clock, session = Clock(), new_session()
    session[WEIGHTS] = {"prior": 0.0}
    history = History(session, clock=clock)
    for value in range(1, 6):
        history.record("change the weight of prior", (WEIGHTS,), "prior")
        session[WEIGHTS] = {"prior": float(value)}
        clock.now += 0.1
    clock.now += 5
    history.record("change the weight of prior", (WEIGHTS,), "prior")
    session[WEIGHTS] = {"prior": 9.0}
    assert history.swap(back=True) == {WEIGHTS: {"prior": 5.0}}
    assert history.swap(back=True) == {WEIGHTS: {"prior": 0.0}}
    assert history.swap(back=True) is None


def test_a_preset_and_a_reset_are_taken_back_as_one(program: Program) -> None:
    session = program.session
    before = (session[SETTINGS], session[WEIGHTS])
    program.bench.settings.apply_preset("paper")
    assert session[DOCUMENT].undo.startswith("preset")
    program.bench.undo()
    program.bench.settings.change("steps", 77)
    program.bench.settings.reset()
    program.bench.undo()
    assert session[SETTINGS].steps == 77
    program.bench.undo()
    assert (session[SETTINGS], session[WEIGHTS]) == before


def test_a_run_under_way_is_not_taken_back_and_its_weights_are_its_own(program: Program) -> None:
    session, bench = program.session, program.bench
    program.open(b"1")
    bench.inversion.start()
    while session[RUN] is None or len(session[RUN].steps) < 2:
        program.engine.advance()
    assert session[DOCUMENT].undo is None
    bench.settings.set_weight("prior", 0.9)
    assert session[DOCUMENT].undo is None
    bench.settings.change("seed", 3)
    assert session[DOCUMENT].undo == "change seed"
    bench.undo()
    assert (session[SETTINGS].seed, session[RUN].active) == (0, True)
    program.settle()
    assert session[RUN].status == "finished"
    assert session[DOCUMENT].undo == "invert"


def test_what_is_forgotten_is_gone_from_the_history_too(program: Program) -> None:
    session, bench = program.session, program.bench
    other = program.open(b"2", "other.png")
    key = program.open(b"1", "secret.png")
    photograph = session[FACES][key].photograph_key
    program.invert()
    bench.faces.place_points(photograph, canned.POINTS + 1, key)
    bench.settings.change("steps", 8)
    bench.faces.remove_face(key)
    program.settle()
    for change in (*bench.history._done, *bench.history._undone):
        assert key not in change.values.get("faces", {})
        assert key not in change.values.get("embeddings", {})
        assert photograph not in change.values.get("photographs", {})
        assert all(run.target.key != key for run in change.values.get("runs", {}).values())
        assert change.values.get("run") is None
    while session[DOCUMENT].undo is not None:
        bench.undo()
        assert key not in session[FACES]
    while session[DOCUMENT].redo is not None:
        bench.redo()
        assert key not in session[FACES]
    assert other in session[FACES]


def test_the_memory_that_the_history_alone_holds_is_bounded(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "BUDGET", 5 * canned.SIDE**2 * 3)
    for number in range(12):
        key = program.open(b"1" + bytes([number]), f"{number}.png")
        program.bench.faces.close_face(key)
    removed = [change for change in program.bench.history._done if change.name.startswith("remove")]
    assert 0 < len(removed) < 5


def test_selecting_is_not_a_change(program: Program) -> None:
    first = program.open(b"2", "two.png")
    said = program.session[DOCUMENT].undo
    program.bench.faces.select_face(next(key for key in program.session[FACES] if key != first))
    assert program.session[DOCUMENT].undo == said


# Branches.


def test_a_branch_begins_with_the_latent_of_its_step_and_records_where_from(program: Program) -> None:
    session, bench = program.session, program.bench
    program.open(b"1")
    first = program.invert()
    parent = session[RUN]
    bench.inversion.show_step(3)
    bench.settings.set_weight("prior", 0.7)
    bench.runs.branch()
    program.settle()
    request = [one.request for one in program.engine.submitted if isinstance(one.request, Invert)][-1]
    assert request.branch.latent is parent.latents[3]
    assert (request.branch.record.run, request.branch.record.step) == (first, 3)
    assert request.branch.record.settings == parent.settings
    assert request.settings.weights["prior"] == 0.7
    assert session[RUN].branch == request.branch.record
    assert list(session[RUNS]) == [first, session[RUN].key]
    bench.runs.branch(2)
    program.settle()
    assert session[RUN].branch.branch.run == first
    assert session[RUN].branch.steps == 5


def test_a_run_of_before_can_be_looked_at_again_and_laid_beside_others(program: Program) -> None:
    session, bench = program.session, program.bench
    program.open(b"1")
    first = program.invert()
    kept = session[RUN]
    second = program.invert()
    bench.runs.show(first)
    assert session[RUN] is kept
    for key in (first, second):
        bench.runs.compare(key, True)
    assert session[COMPARED] == (first, second)
    bench.runs.remove(first)
    assert (list(session[RUNS]), session[COMPARED], session[RUN].key) == ([second], (second,), second)


def test_a_branch_of_a_space_that_has_no_way_to_another_is_refused(program: Program) -> None:
    session, bench = program.session, program.bench
    program.open(b"1")
    program.invert()
    bench.settings.change("space", "Z")
    bench.runs.branch(1)
    assert session[NOTIFICATIONS][-1].title == "This run cannot go on so"
    assert "choose W+" in session[NOTIFICATIONS][-1].text
    assert len(session[RUNS]) == 1


def test_branching_off_a_run_under_way_stops_and_keeps_it(program: Program) -> None:
    session, bench = program.session, program.bench
    program.open(b"1")
    bench.inversion.start()
    while session[RUN] is None or len(session[RUN].steps) < 3:
        program.engine.advance()
    first = session[RUN]
    bench.runs.branch(1)
    program.settle()
    assert session[RUNS][first.key].status == "stopped"
    assert len(session[RUNS][first.key].latents) == 3
    assert session[RUN].status == "finished"
    assert np.array_equal(session[RUN].target.vector, first.target.vector)


def test_a_face_taken_out_does_not_come_back_without_its_photograph(program: Program) -> None:
    first = program.open(b"2", "two.png")
    (second,) = set(program.session[FACES]) - {first}
    program.bench.faces.close_face(second)
    program.bench.faces.remove_face(first)
    assert names(program) == []
    assert program.session[FACES] == program.session[PHOTOGRAPHS] == {}


def test_no_change_is_called_by_the_name_of_what_is_forgotten(program: Program) -> None:
    session, faces = program.session, program.bench.faces
    wall = program.open(b"1", "one.png")
    faces.open_bytes(b"0", "jane at the wall.png")
    program.settle()
    (empty,) = set(session[PHOTOGRAPHS]) - {session[FACES][wall].photograph_key}
    faces.close_face(empty)
    program.bench.undo()
    faces.remove_photograph(empty)
    faces.open_vectors([Path("jane.npy")], "sface")
    program.settle()
    (vector,) = session[VECTORS]
    faces.remove_face(vector)
    assert session[DOCUMENT].redo is None
    assert names(program) == ["open one.png"]
