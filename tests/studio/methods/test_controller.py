"""The ways as the workbench sees them: they come one by one; stop, cancel, forget, search, export."""

from pathlib import Path

import pytest

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Progress
from explorer.studio.errors import Cancelled
from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.requests import Exported, Invert
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.methods.controller import MethodsController
from explorer.studio.methods.made_faces import WAYS
from explorer.studio.methods.requests import CompareWays, ExportWays, WayMoved, WayReport
from explorer.studio.methods.state import METHODS
from explorer.studio.methods.values import WayNow, WaysEnded
from explorer.studio.session.state import NOTIFICATIONS
from tests.canned_program import handlers, picture, short_settings
from tests.studio.methods.methods_kit import all_ways


def compare(request, control):
    """The made-up ways; a wish to stop is heard between them."""
    yield Progress("loading networks")
    made = False
    for seen in all_ways():
        if control.should_finish():
            break
        yield WayMoved(request.key, WayNow(seen.row.title, "begins"))
        yield WayReport(request.key, seen)
        made = True
    if not made:
        raise Cancelled("stopped before a way had made a face")
    return WaysEnded(request.key)


def export(request, control):
    yield Progress("writing")
    return Exported((request.path,))


class Desk:
    """A session with one embedded face."""

    def __init__(self) -> None:
        self.session = new_session()
        self.session[SETTINGS] = short_settings()
        self.engine = FakeEngine(handlers() | {CompareWays: compare, ExportWays: export})
        self.bench = Workbench(self.engine, self.session, default_weights())
        self.engine.connect(self.bench.handle)
        self.methods = self.bench.controller(MethodsController)

    @property
    def state(self):
        return self.session[METHODS]

    def open(self) -> None:
        self.bench.faces.open_bytes(b"1")
        self.run()

    def run(self) -> None:
        while self.engine.run():
            pass


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.open()
    return made


def test_ways_come_one_by_one_and_what_lacks_something_stays_beside_them(desk):
    desk.methods.start()
    desk.engine.advance(4)
    assert desk.state.active
    assert [one.row.way for one in desk.state.seen] == ["nearest"]
    assert desk.state.now.title == "Decoder"
    assert not desk.state.exportable, "a way is under way"
    desk.run()
    assert desk.state.status == "finished"
    assert [one.row.way for one in desk.state.seen] == ["nearest", "decode", "refine", "optimise"]
    assert [one.picture is None for one in desk.state.seen] == [False, False, True, False]
    assert desk.state.exportable
    assert desk.state.now is None


def test_stop_and_cancel_keep_what_has_ended(desk):
    desk.methods.start()
    desk.engine.advance(5)
    desk.methods.stop()
    assert desk.state.status == "finishing"
    desk.run()
    assert (desk.state.status, len(desk.state.seen)) == ("stopped", 2)
    desk.methods.start()
    desk.engine.advance(3)
    desk.bench.cancel()
    desk.run()
    assert (desk.state.status, len(desk.state.seen)) == ("stopped", 1)
    assert desk.state.exportable


def test_a_picture_stays_until_the_next_one_of_the_same_way(desk):
    desk.methods.start()
    ticket = desk.engine.submitted[-1]
    key, first = ticket.request.key, picture(1)
    for words, shown in (("step 1", first), ("step 2", None)):
        desk.methods._moved(ticket, WayMoved(key, WayNow("Search", words, shown)))
    assert (desk.state.now.words, desk.state.now.picture is first) == ("step 2", True)
    desk.methods._moved(ticket, WayMoved(key, WayNow("Decoder", "begins")))
    assert desk.state.now.picture is None
    desk.methods._moved(ticket, WayMoved("another", WayNow("Search", "step 9")))
    assert desk.state.now.words == "begins", "a late report of another comparison"


def test_forgetting_the_face_forgets_its_ways(desk):
    desk.methods.start()
    desk.engine.advance(3)
    desk.bench.faces.remove_face(desk.session[SELECTED])
    desk.run()
    assert desk.state is None


def test_nothing_selected_and_nothing_to_export_are_said():
    desk = Desk()
    desk.methods.start()
    desk.methods.export(Path("figure.png"))
    titles = [one.title for one in desk.session[NOTIFICATIONS]]
    assert titles == ["Nothing to invert yet", "There is nothing to export yet"]
    assert desk.state is None


@pytest.mark.parametrize(
    ("way", "starts", "decoded"), [("regress", 1, False), ("decode", 24, True), ("optimise", 24, False)]
)
def test_a_way_starts_the_search_with_its_answer(desk, way, starts, decoded):
    desk.bench.settings.change("starts", 24)
    desk.methods.start()
    desk.run()
    desk.methods.search(way)
    request = desk.engine.submitted[-1].request
    assert isinstance(request, Invert)
    assert (request.settings.starts, request.decoded) == (starts, decoded)
    assert request.target is desk.state.target


def test_the_nearest_face_and_an_unknown_way_start_nothing(desk):
    desk.methods.start()
    desk.run()
    before = len(desk.engine.submitted)
    assert WAYS["nearest"].search is None
    for way in ("nearest", "no such way"):
        desk.methods.search(way)
    assert len(desk.engine.submitted) == before


def test_what_is_exported_shows_the_photograph_where_asked_for_only(desk):
    desk.methods.start()
    desk.run()
    for shown in (False, True):
        desk.methods.export(Path("figure.png"), shown, mark=False)
        request = desk.engine.submitted[-1].request
        assert (request.source, request.mark, len(request.seen)) == (shown, False, 4)
        assert request.about == (desk.state.target.key,)
