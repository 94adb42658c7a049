"""Several inversions as the workbench sees them: pictures as runs end, the comparison, stop, cancel, forget."""

from pathlib import Path

import numpy as np
import pytest

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Progress
from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.requests import Exported
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from explorer.studio.variation.requests import ExportVariation, MemberMoved, MemberReport, RunEnsemble, RunsReport
from explorer.studio.variation.state import VARIATION
from explorer.studio.variation.values import EnsembleResult, RunNow
from tests.canned_program import handlers, short_settings
from tests.studio.variation.variation_kit import made_up_variation


def vary(request, control):
    """One picture a run; a wish to stop is heard between the runs."""
    finished = made_up_variation(request.runs)
    made = 0
    for number, one in enumerate(finished.results):
        yield Progress(f"run {number + 1} of {request.runs}")
        if control.should_finish():
            break
        yield MemberReport(request.key, number, one.native, f"held out 0.8{number}")
        made += 1
    if made < 2:
        raise ValueError("nothing to compare")
    ramp = np.zeros((256, 3), np.uint8)
    return EnsembleResult(request.key, made_up_variation(made), finished.mean, ramp, 20.0)


def export(request, control):
    yield Progress("writing")
    return Exported((request.path,))


def compared(key, made):
    finished = made_up_variation(made)
    return EnsembleResult(key, finished, finished.mean, np.zeros((256, 3), np.uint8), 20.0)


class Desk:
    """A session with one embedded face."""

    def __init__(self) -> None:
        self.session = new_session()
        self.session[SETTINGS] = short_settings()
        self.engine = FakeEngine(handlers() | {RunEnsemble: vary, ExportVariation: export})
        self.bench = Workbench(self.engine, self.session, default_weights())
        self.engine.connect(self.bench.handle)

    def open(self) -> None:
        self.bench.faces.open_bytes(b"1")
        while self.engine.run():
            pass


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.open()
    return made


def test_pictures_come_as_runs_end_and_then_the_comparison(desk):
    desk.bench.variation.start(4)
    desk.engine.advance(5)
    state = desk.session[VARIATION]
    assert (state.status, len(state.pictures), state.facts) == ("running", 2, ("held out 0.80", "held out 0.81"))
    assert desk.session[ACTIVITIES][-1].title == "inverting several times"
    desk.engine.run()
    state = desk.session[VARIATION]
    assert (state.status, len(state.pictures)) == ("finished", 4)
    assert len(state.result.finished.record.runs) == 4
    assert not desk.session[ACTIVITIES]


def test_stop_compares_what_was_made(desk):
    desk.bench.variation.start(4)
    desk.engine.advance(5)
    desk.bench.variation.stop()
    assert desk.session[VARIATION].status == "finishing"
    desk.engine.run()
    assert desk.session[VARIATION].status == "finished"
    assert len(desk.session[VARIATION].result.finished.record.runs) == 2


def test_cancel_keeps_the_pictures_seen(desk):
    desk.bench.variation.start(4)
    desk.engine.advance(3)
    desk.bench.cancel()
    desk.engine.run()
    assert (desk.session[VARIATION].status, len(desk.session[VARIATION].pictures)) == ("stopped", 1)


def test_a_failure_says_so_and_the_next_start_begins_anew(desk):
    desk.bench.variation.start(4)
    desk.engine.advance(2)
    desk.bench.variation.stop()
    desk.engine.run()
    assert desk.session[VARIATION].status == "failed"
    assert desk.session[NOTIFICATIONS][-1].level in ("warning", "error")
    desk.bench.variation.start(2)
    assert desk.session[VARIATION].pictures == ()
    desk.engine.run()
    assert desk.session[VARIATION].status == "finished"


def test_the_runs_have_the_settings_and_weights_of_the_session(desk):
    desk.bench.settings.set_weight("prior", 0.7)
    desk.bench.settings.change("steps", 33)
    desk.bench.variation.start(3)
    request = desk.engine.submitted[-1].request
    assert (request.runs, request.settings.steps, request.settings.weights["prior"]) == (3, 33, 0.7)


def test_forgetting_the_face_forgets_its_inversions(desk):
    desk.bench.variation.start(3)
    desk.engine.advance(3)
    desk.bench.faces.remove_face(desk.session[SELECTED])
    desk.engine.run()
    assert desk.session[VARIATION] is None


def test_nothing_selected_and_nothing_to_export_are_said():
    desk = Desk()
    desk.bench.variation.start(3)
    desk.bench.variation.export(Path("figure.png"))
    assert [one.title for one in desk.session[NOTIFICATIONS]] == [
        "Nothing to invert yet",
        "There is nothing to export yet",
    ]
    assert desk.session[VARIATION] is None


def test_the_figure_shows_the_source_where_asked_for_only(desk):
    desk.bench.variation.start(2)
    desk.engine.run()
    for shown in (False, True):
        desk.bench.variation.export(Path("figure.png"), shown, mark=False)
        request = desk.engine.submitted[-1].request
        assert (request.source is not None, request.mark) == (shown, False)
    desk.engine.run()
    assert desk.session[NOTIFICATIONS][-1].title == "The figure is written"


def test_inversions_begun_in_another_program_have_keys_of_their_own() -> None:
    keys = set()
    for _ in range(2):
        desk = Desk()
        desk.open()
        for _ in range(2):
            desk.bench.variation.start(2)
            desk.engine.run()
            keys.add(desk.session[VARIATION].key)
    assert len(keys) == 4, "the keys in a session that is opened are met by none of those that come after it"


def test_a_run_under_way_is_shown_and_a_late_report_of_another_is_not(desk):
    desk.bench.variation.start(4)
    ticket = desk.engine.submitted[-1]
    key, picture = ticket.request.key, np.ones((8, 8, 3), np.uint8)
    desk.bench.variation._moved(ticket, MemberMoved(key, RunNow("Run 1", "step 1", picture)))
    desk.bench.variation._moved(ticket, MemberMoved(key, RunNow("Run 1", "step 2")))
    now = desk.session[VARIATION].now
    assert (now.words, now.picture) == ("step 2", picture), "a picture stays until there is a newer one"
    desk.bench.variation._moved(ticket, MemberMoved("another", RunNow("Run 9", "step 9")))
    assert desk.session[VARIATION].now is now
    desk.bench.variation._moved(ticket, MemberMoved(key, RunNow("Run 2", "starts")))
    assert desk.session[VARIATION].now.picture is None


def test_what_was_compared_so_far_becomes_the_result_where_it_is_cancelled(desk):
    desk.bench.variation.start(4)
    ticket = desk.engine.submitted[-1]
    desk.engine.advance(5)
    so_far = compared(ticket.request.key, 2)
    desk.bench.variation._compared(ticket, RunsReport(so_far))
    assert desk.session[VARIATION].compared is so_far
    assert desk.session[VARIATION].result is None
    desk.bench.cancel()
    desk.engine.run()
    state = desk.session[VARIATION]
    assert (state.status, state.result, state.so_far, state.now) == ("stopped", so_far, None, None)
