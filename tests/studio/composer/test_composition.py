"""The figure composer: which run stands where, what is available, and files that carry their provenance."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.composer import drawing
from explorer.studio.composer.composition import (
    NARROWEST,
    PRESETS,
    Composition,
    finished_runs,
    guides,
    numbers,
    sheet,
    titles,
    unavailable,
)
from explorer.studio.composer.handlers import ComposeHandlers
from explorer.studio.composer.state import COMPOSING
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.state import RUNS, RunState
from explorer.studio.inversion.values import RunTarget
from explorer.studio.reproducing.runs import read_recorded
from explorer.studio.session.state import ACTIVITIES
from tests.canned_program import handlers
from tests.studio.export.made_up import made_up_picture, made_up_run


def run_state(number, person="a", **settings):
    """A finished run; `targets` other than none means that landmarks were sought."""
    run = made_up_run(steps=6)
    guided = settings.get("targets", "none") != "none"
    sought = {"landmarks": settings["targets"]} if guided else {}
    weights = {"landmarks": 1.0} if guided else {}
    steps = [step.model_copy(update={"weights": step.weights | weights}) for step in run.steps]
    changed = run.settings.model_copy(update=settings)
    target = run.target.model_copy(update={"sha256": person * 64, "name": f"{person}.jpg"})
    result = run.model_copy(update={"settings": changed, "sought": sought, "steps": steps, "target": target})
    frame = made_up_picture(ord(person), 64)
    return RunState(
        key=f"run-{number}",
        target=RunTarget(person, target, np.ones(512, np.float32), {}, frame),
        target_frame=frame,
        settings=changed,
        status="finished",
        steps=tuple(steps),
        latents=tuple(torch.full((512,), float(step.index)) for step in steps),
        native=made_up_picture(number, 96),
        result=result,
        number=number,
    )


def program(*runs):
    session = new_session()
    engine = FakeEngine({**handlers(), **ComposeHandlers(device=None).table()})
    bench = Workbench(engine, session, {})
    engine.connect(bench.handle)
    session[RUNS] = {run.key: run for run in runs}
    return session, engine, bench


def test_runs_are_called_by_what_differs_among_them():
    runs = [run_state(1), run_state(2, targets="vector"), run_state(3, space="W")]
    assert [guides(run) for run in runs] == ["ID", "ID + LMs", "ID"]
    assert list(titles(runs).values()) == ["ID, W+", "ID + LMs, read, W+", "ID, W"]
    assert list(titles(runs[:1]).values()) == ["ID"]


def test_an_ablation_has_a_row_a_face_and_a_column_a_way():
    runs = [run_state(1), run_state(2, targets="vector"), run_state(3, "b"), run_state(4, "b"), run_state(5, "c", targets="vector")]  # fmt: skip  # noqa: E501
    drawn = sheet(Composition(layout="ablation"), runs)
    assert drawn.columns == ["photograph", "ID", "ID + LMs, read"]
    assert drawn.cells == [
        ["photograph:0", "run:0", "run:1"],
        ["photograph:2", "run:3", ""],
        ["photograph:4", "", "run:4"],
    ]


def test_identity_rows_stand_two_by_two_where_there_are_many():
    runs = [run_state(number) for number in range(1, 6)]
    shown = Composition(layout="rows", source=True)
    assert sheet(shown, runs[:2]).cells == [["photograph:0", "run:0"], ["photograph:1", "run:1"]]
    drawn = sheet(shown, runs)
    assert drawn.columns == ["photograph", "reconstruction"] * 2
    assert drawn.cells[-1] == ["photograph:4", "run:4", "", ""]
    # Without photographs a row would be one reconstruction, as wide as the page.
    alone = sheet(Composition(layout="rows"), runs)
    assert [[cell for cell in row if cell.startswith("run")] for row in alone.cells] == [
        ["run:0", "run:1", "run:2", "run:3"],
        ["run:4"],
    ]


def test_what_cannot_be_made_says_what_to_do():
    session, *_ = program()
    for layout in NARROWEST:
        assert ":" in unavailable(session, layout)
    session[RUNS] = {"run-1": run_state(1)}
    assert not unavailable(session, "ablation")
    assert [run.number for run in finished_runs(session)] == [1]


def test_widths_are_those_of_the_venue_and_no_narrower_than_the_layout():
    for preset in PRESETS:
        assert 80 <= preset.single <= preset.double <= 190
        assert Composition(layout="rows", width=preset.single).fitted().width == preset.single
    assert Composition(layout="convergence", width=40).fitted().width == 60
    assert Composition(layout="leakage", width=40).fitted().width == 80


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_sheet_can_be_made_again_from_its_file(tmp_path, suffix):
    _, engine, bench = program(run_state(1), run_state(2, "b", targets="vector"))
    path = tmp_path / f"grid.{suffix}"
    bench.composer.export(path, Composition(layout="ablation", width=88.9, source=True, latent=True))
    engine.run()
    recorded = read_recorded(path)
    assert [one.target.name for one in recorded.runs] == ["a.jpg", "b.jpg"]
    assert recorded.drawing.columns == ["photograph", "ID", "ID + LMs"], "only what differs within a face is said"
    assert recorded.drawing.width == 88.9
    assert recorded.runs[0].latent == [6.0] * 512
    assert path.stat().st_mode & 0o077 == 0


def test_the_photograph_stays_out_unless_it_is_asked_for(tmp_path):
    _, engine, bench = program(run_state(1))
    sizes = {}
    for source in (True, False):
        path = tmp_path / f"{source}.png"
        bench.composer.export(path, Composition(layout="ablation", source=source, dpi=100))
        engine.run()
        sizes[source] = read_recorded(path).drawing.source
        assert "latent" not in read_provenance(path)
    assert sizes == {True: True, False: False}


def test_a_preview_is_a_picture_of_the_page_and_a_reason_where_there_is_none():
    session, engine, bench = program(run_state(1))
    bench.composer.preview(Composition(layout="rows", width=88.9))
    assert session[COMPOSING].busy
    engine.run()
    assert session[COMPOSING].preview.shape[2] == 3
    width, height = session[COMPOSING].size
    assert width == pytest.approx(88.9, abs=0.1), "a column is as wide as the venue says"
    assert session[COMPOSING].preview.shape[1] / session[COMPOSING].preview.shape[0] == pytest.approx(width / height, rel=0.02)  # noqa: E501  # fmt: skip
    bench.composer.preview(Composition(layout="leakage"))
    assert "probes" in session[COMPOSING].remark
    assert session[COMPOSING].preview is None


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_numbers_hold_every_step_of_every_run(tmp_path, suffix):
    session, engine, bench = program(run_state(1), replace(run_state(2), steps=run_state(2).steps[:3]))
    rows = numbers(finished_runs(session))
    assert [(row["run"], row["step"]) for row in rows] == [*((1, step) for step in range(7)), *((2, step) for step in range(3))]  # noqa: E501  # fmt: skip
    assert {"loss_identity", "weight_prior", "score_arcface-mbf"} <= set(rows[0])
    path = tmp_path / f"steps.{suffix}"
    bench.composer.numbers(path)
    engine.run()
    assert len(read_provenance(path)["runs"]) == 2


def test_svg_text_is_named_held_or_outlined(tmp_path):
    _, engine, bench = program(run_state(1))
    texts = {}
    for lettering in ("named", "embedded", "outlines"):
        path = tmp_path / f"{lettering}.svg"
        bench.composer.export(path, Composition(layout="rows", lettering=lettering, dpi=72))
        engine.run()
        texts[lettering] = path.read_text()
    assert "<text" in texts["named"]
    assert "@font-face" not in texts["named"]
    assert "@font-face" in texts["embedded"]
    assert "<text" in texts["embedded"]
    assert "<text" not in texts["outlines"]


def test_a_preview_that_fails_or_is_cancelled_leaves_no_activity_behind(monkeypatch):
    def fails(request):
        raise UserError("the figure cannot be drawn")

    session, engine, bench = program(run_state(1))
    with monkeypatch.context() as failing:
        failing.setattr(drawing, "composed", fails)
        bench.composer.preview(Composition(layout="rows"))
        engine.run()
    assert session[COMPOSING].remark == "the figure cannot be drawn"
    assert session[ACTIVITIES] == ()
    session[RUNS] = {"run-2": run_state(2)}
    bench.composer.preview(Composition(layout="rows"))
    bench.cancel()
    engine.run()
    assert session[ACTIVITIES] == ()
    assert not session[COMPOSING].busy


def test_nothing_is_shown_once_nobody_looks():
    session, engine, bench = program(run_state(1))
    bench.composer.preview(Composition(layout="rows"))
    bench.composer.close()
    engine.run()
    assert session[COMPOSING].preview is None
