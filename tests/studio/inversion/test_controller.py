"""The inversion as the user drives it: start, pause, step, stop, cancel, sliders."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.iteration import Steps
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Report
from explorer.studio.faces.state import EMBEDDINGS, SELECTED
from explorer.studio.inversion.requests import Invert, StartLeads, TargetsFound
from explorer.studio.inversion.state import RUN, WEIGHTS
from explorer.studio.inversion.values import Overlay
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from tests import canned_program as canned
from tests.studio.app.bench_kit import Bench


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.open(b"1")
    return bench


def test_a_run_goes_through_its_states_to_a_result(bench: Bench) -> None:
    seen: list[str] = []
    bench.session.changed(RUN).connect(lambda new, old: seen.append(new.status))
    bench.workbench.inversion.start()
    bench.engine.run()
    assert list(dict.fromkeys(seen)) == ["starting", "running", "finishing", "finished"]
    run = bench.run
    assert [step.index for step in run.steps] == [0, 1, 2, 3, 4, 5]
    assert [float(latent[0]) for latent in run.latents] == [0, 1, 2, 3, 4, 5]
    assert run.result is not None
    assert run.result.stopped_by == "steps"
    assert run.native is not None
    assert run.best_index == 5
    assert np.array_equal(run.image, canned.picture(5))
    assert not run.active
    assert bench.session[ACTIVITIES] == ()


def test_the_start_that_leads_is_in_view_until_the_first_step() -> None:
    leading = np.full((4, 4, 3), 9, np.uint8)

    def competing(request: Invert, control: Control) -> Generator[Report, None, object]:
        yield StartLeads("another run", canned.picture(1), 0.9, 24)
        yield StartLeads(request.run_key, leading, 0.4, 12)
        return (yield from canned.invert(request, control))

    bench = Bench(Invert=competing)
    bench.open(b"1")
    seen: list[tuple[object, object]] = []
    bench.session.changed(RUN).connect(lambda new, old: seen.append((new.leading, new.image)))
    bench.workbench.inversion.start()
    bench.advance_to_step(0)
    assert (0.4, 12) in [leads for leads, _ in seen]
    assert (0.9, 24) not in [leads for leads, _ in seen]
    assert next(image for leads, image in seen if leads) is leading
    assert bench.run.leading is None
    assert np.array_equal(bench.run.image, canned.picture(0))


def test_the_target_is_the_chosen_encoders_embedding_and_the_others_are_held_out(bench: Bench) -> None:
    bench.workbench.settings.select_encoder("sface")
    bench.workbench.inversion.start()
    (request,) = bench.requests(Invert)
    vectors = bench.session[EMBEDDINGS][bench.session[SELECTED]]
    assert request.target.vector is vectors["sface"]
    assert request.target.held_out.keys() == {"arcface-mbf"}
    assert request.settings.encoder == request.target.record.encoder == "sface"
    assert request.settings.weights == {"identity": 1.0, "prior": 0.02}
    assert request.target.record.norm == pytest.approx(np.linalg.norm(vectors["sface"]))
    assert request.target.record.points == canned.POINTS.tolist()


def test_without_anything_loaded_start_says_so() -> None:
    bench = Bench()
    bench.workbench.inversion.start()
    assert bench.titles() == ["Nothing to invert yet"]
    assert bench.session[RUN] is None


def test_speed_and_time_left_follow_from_the_steps(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(0)
    assert (bench.run.rate, bench.run.remaining) == (0.0, None)
    bench.advance_to_step(3)
    assert bench.run.rate == pytest.approx(4.0)
    assert bench.run.remaining == pytest.approx(0.5)


def test_a_slider_acts_on_the_next_step_and_is_recorded_with_its_number(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.workbench.settings.set_weight("prior", 0.5)
    bench.advance_to_step(2)
    assert [step.weights["prior"] for step in bench.run.steps] == [0.02, 0.02, 0.5]
    (change,) = bench.run.changes
    assert (change.step, change.term, change.weight) == (2, "prior", 0.5)
    bench.engine.run()
    assert len(bench.requests(Invert)) == 1
    assert bench.run.result.weight_changes == list(bench.run.changes)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(bench: Bench, value: float) -> None:
    bench.workbench.settings.set_weight("prior", value)
    assert bench.session[WEIGHTS]["prior"] == 0.02
    assert bench.session[NOTIFICATIONS][-1].level == "warning"


def test_pause_rests_resume_goes_on(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.workbench.inversion.pause()
    bench.engine.run()
    assert (bench.run.status, len(bench.run.steps)) == ("paused", 2)
    bench.workbench.inversion.resume()
    bench.engine.run()
    assert bench.run.status == "finished"


def test_single_steps_from_nothing_and_from_a_pause(bench: Bench) -> None:
    for made in (1, 2, 3):
        bench.workbench.inversion.step_once()
        bench.engine.run()
        assert (bench.run.status, len(bench.run.steps)) == ("paused", made)
    bench.workbench.inversion.resume()
    bench.engine.run()
    assert bench.run.status == "finished"


def test_stop_keeps_the_best_so_far_and_finishes_it(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(2)
    bench.workbench.inversion.stop()
    assert bench.run.status == "finishing"
    bench.engine.run()
    assert bench.run.status == "finished"
    assert bench.run.result.stopped_by == "user"
    assert len(bench.run.steps) == 3


def test_cancel_ends_within_a_step_and_what_was_seen_stays(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(2)
    bench.workbench.cancel()
    bench.engine.run()
    assert bench.run.status == "stopped"
    assert len(bench.run.steps) == 3
    assert bench.run.image is not None
    assert bench.run.result is None
    assert bench.session[ACTIVITIES] == ()
    bench.workbench.inversion.show_step(1)
    assert bench.run.shown_image is not None


def test_a_run_started_anew_takes_over_and_nothing_of_the_old_lands(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.held = []
    bench.engine.advance(2)
    old_events, bench.held = bench.held, None
    bench.workbench.inversion.start()
    for event in old_events:
        bench.workbench.handle(event)
    assert (bench.run.number, bench.run.steps) == (2, ())
    bench.engine.run()
    assert (bench.run.status, len(bench.run.steps)) == ("finished", 6)
    assert len(bench.session[ACTIVITIES]) == 0


def test_cancel_after_the_result_was_made_but_not_yet_handled_keeps_the_result(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.held = []
    bench.engine.run()
    events, bench.held = bench.held, None
    bench.workbench.cancel()
    for event in events:
        bench.workbench.handle(event)
    assert bench.run.status == "finished"
    assert bench.session[ACTIVITIES] == ()


def test_a_failing_run_keeps_its_steps_and_the_next_one_works(bench: Bench) -> None:
    def failing(request: Invert, control: Control) -> Generator[Report, None, object]:
        steps = canned.invert(request, control)
        for _ in range(4):
            yield next(steps)
        raise torch.OutOfMemoryError("CUDA out of memory")

    bench.engine._handlers[Invert] = failing
    bench.workbench.inversion.start()
    bench.engine.run()
    assert (bench.run.status, len(bench.run.steps)) == ("failed", 2)
    assert "fewer starts" in bench.session[NOTIFICATIONS][-1].text
    assert bench.session[NOTIFICATIONS][-1].level == "error"
    bench.engine._handlers[Invert] = canned.invert
    bench.workbench.inversion.start()
    bench.engine.run()
    assert bench.run.status == "finished"


def test_dropped_pictures_leave_the_last_one_shown_and_every_number_arrives(bench: Bench) -> None:
    def sparse(request: Invert, control: Control) -> Generator[Report, None, object]:
        from dataclasses import replace

        steps = Steps(canned.invert(request, control))
        for report in steps:
            odd = isinstance(report, canned.StepTaken) and report.record.index % 2
            yield replace(report, image=None, best_image=None) if odd else report
        return steps.result

    bench.engine._handlers[Invert] = sparse
    bench.workbench.inversion.start()
    bench.advance_to_step(3)
    assert [step.index for step in bench.run.steps] == [0, 1, 2, 3]
    assert np.array_equal(bench.run.image, canned.picture(2))


def test_a_removed_target_takes_the_run_with_it_and_a_new_run_starts_cleanly(bench: Bench) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.workbench.faces.remove_face(bench.session[SELECTED])
    bench.open(b"2", "two.png")
    bench.workbench.inversion.start()
    bench.engine.run()
    assert bench.run.status == "finished"


def test_pause_step_and_stop_without_a_run_do_nothing(bench: Bench) -> None:
    for intention in (
        bench.workbench.inversion.pause,
        bench.workbench.inversion.resume,
        bench.workbench.inversion.stop,
        bench.workbench.cancel,
    ):
        intention()
    assert bench.session[RUN] is None
    assert bench.session[NOTIFICATIONS] == ()


def test_overlays_are_kept_with_their_steps() -> None:
    overlay = Overlay(wanted_landmarks=np.zeros((68, 2), np.float32))

    def guided(request: Invert, control: Control) -> Generator[Report, None, object]:
        yield TargetsFound(request.run_key, overlay)
        inner = Steps(canned.invert(request, control))
        for report in inner:
            later = isinstance(report, canned.StepTaken) and report.record.index > 0
            yield replace(report, overlay=overlay) if later else report
        return inner.result

    bench = Bench(Invert=guided)
    bench.open(b"1")
    bench.workbench.inversion.start()
    bench.engine.run()
    assert bench.run.target_overlay is overlay
    assert bench.run.overlays == (None, *[overlay] * 5)
    assert len(bench.run.overlays) == len(bench.run.steps)
