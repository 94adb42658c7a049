"""A run that does again what another did while it went on: weights that change at steps, and its end."""

from __future__ import annotations

import pytest

from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.inversion.plan import MOVES, Plan, PlannedWeights
from explorer.studio.inversion.record import WeightChange
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import PLAN, SETTINGS, WEIGHTS
from tests.studio.app.bench_kit import Bench

PLANNED = Plan((WeightChange(step=2, term="prior", weight=0.5), WeightChange(step=4, term="prior", weight=0.1)))


def weights_by_step(planned: PlannedWeights, steps: int) -> list[float]:
    found = []
    for step in range(steps):
        planned.step = step
        found.append(planned()["prior"])
    return found


def test_weights_change_at_their_steps_and_stay() -> None:
    planned = PlannedWeights(PLANNED, lambda: {"identity": 1.0, "prior": 0.02})
    assert weights_by_step(planned, 7) == [0.02, 0.02, 0.5, 0.5, 0.1, 0.1, 0.1]


def test_without_a_plan_the_sliders_alone_count() -> None:
    live = {"prior": 0.02}
    planned = PlannedWeights(None, lambda: live)
    assert planned() == live
    live["prior"] = 0.3
    planned.step = 1
    assert planned() == live
    assert not planned.ends(10_000)


def test_what_the_user_moves_last_counts_even_back_to_where_it_was() -> None:
    live = {"prior": 0.02}
    planned = PlannedWeights(PLANNED, lambda: live)
    found = []
    for step in range(6):
        if step == 3:
            live[f"{MOVES}prior"] = 1  # to the value that the slider had
        planned.step = step
        found.append(planned())
    assert [one["prior"] for one in found] == [0.02, 0.02, 0.5, 0.02, 0.1, 0.1]
    assert all(set(one) == {"prior"} for one in found), "how often a slider was moved is no weight"


def test_a_plan_says_what_it_does() -> None:
    assert Plan(PLANNED.changes, 9).words == "prior 0.5 from step 2, prior 0.1 from step 4; ends behind step 9"
    assert Plan((), 9).words == "ends behind step 9"
    assert [PlannedWeights(Plan((), 9), dict).ends(step) for step in (8, 9)] == [False, True]


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.open(b"1")
    return bench


def take(bench: Bench, plan: Plan | None) -> None:
    settings = bench.session[SETTINGS].model_copy(update={"weights": {"prior": 0.02}})
    bench.workbench.settings.take("figure.png", settings, plan=plan)


def test_start_takes_the_plan_and_a_run_that_goes_on_from_a_step_does_not(bench: Bench) -> None:
    take(bench, PLANNED)
    bench.workbench.inversion.start()
    bench.engine.run()
    bench.workbench.runs.branch(1)
    begun, branched = bench.requests(Invert)
    assert (begun.plan, branched.plan) == (PLANNED, None)
    assert bench.session[PLAN] == PLANNED, "it can be run again"


def test_a_moved_slider_is_told_apart_from_what_was_planned(bench: Bench) -> None:
    take(bench, PLANNED)
    bench.workbench.inversion.start()
    bench.advance_to_step(0)
    bench.workbench.settings.set_weight("prior", 0.02)
    (task,) = [task for task in bench.engine._schedules["device"].tasks if isinstance(task.ticket.request, Invert)]
    assert task.values()[f"{MOVES}prior"] == 1
    bench.workbench.cancel()
    bench.engine.run()


def test_undo_brings_back_what_was_planned_before(bench: Bench) -> None:
    take(bench, PLANNED)
    bench.workbench.settings.drop_plan()
    assert bench.session[PLAN] is None
    bench.workbench.undo()
    assert bench.session[PLAN] == PLANNED
    bench.workbench.undo()
    assert bench.session[PLAN] is None


@pytest.mark.parametrize("other", ["preset", "reset", "figure"])
def test_other_weights_as_a_whole_leave_no_change_of_those_before(bench: Bench, other: str) -> None:
    take(bench, PLANNED)
    settings = bench.workbench.settings
    if other == "preset":
        settings.apply_preset("paper")
    elif other == "reset":
        settings.reset()
    else:
        take(bench, None)
    assert bench.session[PLAN] is None


def test_the_face_that_a_figure_was_made_of_is_selected_among_those_of_its_photograph(bench: Bench) -> None:
    bench.open(b"2", "two.png")
    first, second = list(bench.session[FACES])[-2:]
    faces = bench.session[FACES]
    for key in (second, first):
        points = (faces[key].face.points + 0.25).tolist()
        sha256 = faces[key].photograph_key
        bench.workbench.settings.take("figure.png", bench.session[SETTINGS], sha256, points=points)
        assert bench.session[SELECTED] == key
    assert bench.session[WEIGHTS]
