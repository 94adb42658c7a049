"""What the user does, and what the session says of it; the engine is a fake that moves when told to."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Event, Finished, Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.faces.requests import CompareAll, EmbedFace, ForgetFace, OpenPhotographs, OpenVectors, Source
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, PHOTOGRAPHS, SELECTED, SIMILARITY, VECTORS
from explorer.studio.inversion.requests import ExportFigure, Invert, RenderStep
from explorer.studio.inversion.state import RUN, SETTINGS, WEIGHTS
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS
from tests import canned_program as canned

INITIAL = {"identity": 1.0, "prior": 0.02}


class Bench:
    """A workbench on a fake engine whose events are handled at once, or kept where `held` is set."""

    def __init__(self, **replaced: Handler) -> None:
        self.session = new_session()
        self.session[SETTINGS] = canned.short_settings()
        self.engine = FakeEngine(canned.handlers(**replaced))
        self.workbench = Workbench(self.engine, self.session, INITIAL)
        self.held: list[Event] | None = None
        self.engine.connect(self._deliver)

    def _deliver(self, event: Event) -> None:
        if self.held is None:
            self.workbench.handle(event)
        else:
            self.held.append(event)

    def requests(self, kind: type[Request]) -> list[Request]:
        return [ticket.request for ticket in self.engine.submitted if isinstance(ticket.request, kind)]

    def open(self, data: bytes = b"1", name: str = "one.png") -> str:
        """Open a photograph and let everything settle; the selected face."""
        self.workbench.faces.open_bytes(data, name)
        self.engine.run()
        assert self.session[SELECTED] is not None
        return self.session[SELECTED]

    def advance_to_step(self, index: int) -> None:
        while self.session[RUN] is None or len(self.session[RUN].steps) <= index:
            assert self.engine.advance() == 1

    @property
    def run(self):
        assert self.session[RUN] is not None
        return self.session[RUN]

    def titles(self) -> list[str]:
        return [one.title for one in self.session[NOTIFICATIONS]]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_opened_photograph_brings_its_faces_embeddings_and_tables(bench: Bench) -> None:
    selected = bench.open(b"2", "two.png")
    session = bench.session
    assert [face.name for face in session[FACES].values()] == ["two.png", "two.png, face 2"]
    assert selected == next(iter(session[FACES]))
    assert session[EMBEDDINGS].keys() == session[FACES].keys()
    assert session[FACES][selected].frame is not None
    assert session[SIMILARITY]["sface"].keys == tuple(session[FACES])
    assert session[ACTIVITIES] == ()


def test_opening_a_photograph_again_selects_it_and_adds_nothing(bench: Bench) -> None:
    first = bench.open(b"1")
    bench.open(b"2", "two.png")
    again = bench.open(b"1")
    assert again == first
    assert len(bench.session[PHOTOGRAPHS]) == 2


def test_two_drops_one_after_the_other_both_open(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"1", "a.png")
    bench.workbench.faces.open_bytes(b"2", "b.png")
    bench.engine.run()
    assert len(bench.session[FACES]) == 3


def test_a_bad_file_among_good_ones_is_named_and_the_others_open(bench: Bench, tmp_path: Path) -> None:
    bench.workbench.faces._open(
        (Source(data=b"1", name="a.png"), Source(data=b"!", name="b.txt"), Source(data=b"2", name="c.png"))
    )
    bench.engine.run()
    assert len(bench.session[PHOTOGRAPHS]) == 2
    assert [(one.level, one.text) for one in bench.session[NOTIFICATIONS]] == [("warning", "b.txt is not a picture")]


def test_a_photograph_without_a_face_waits_for_points_placed_by_hand(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"0", "wall.png")
    bench.engine.run()
    session = bench.session
    (key,) = session[PHOTOGRAPHS]
    assert session[FACES] == {}
    assert bench.titles() == ["No face to use"]
    placed = bench.workbench.faces.place_points(key, canned.POINTS)
    bench.engine.run()
    assert placed in session[EMBEDDINGS]
    assert session[FACES][placed].face.by_hand
    assert session[SELECTED] == placed


def test_moved_points_keep_the_face_and_drop_only_what_came_from_it(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    other = next(key for key in bench.session[FACES] if key != first)
    before = dict(bench.session[EMBEDDINGS])
    photograph = bench.session[FACES][first].photograph_key
    assert bench.workbench.faces.place_points(photograph, canned.POINTS + 3, first) == first
    assert bench.session[EMBEDDINGS].keys() == {other}
    assert bench.session[FACES][first].frame is None
    assert bench.session[SIMILARITY] == {}
    bench.engine.run()
    assert bench.session[EMBEDDINGS][other] is before[other]
    assert not np.array_equal(bench.session[EMBEDDINGS][first]["sface"], before[first]["sface"])
    assert len(bench.session[FACES]) == 2


@pytest.mark.parametrize(
    "points",
    [canned.POINTS[:4], canned.POINTS + 1000, canned.POINTS * np.nan, np.zeros((5, 2))],
    ids=["four", "outside", "not finite", "coinciding"],
)
def test_unusable_points_are_refused_and_what_was_there_stays(bench: Bench, points: np.ndarray) -> None:
    key = bench.open(b"1")
    before = bench.session[EMBEDDINGS]
    photograph = bench.session[FACES][key].photograph_key
    assert bench.workbench.faces.place_points(photograph, points, key) is None
    assert bench.session[EMBEDDINGS] is before
    assert bench.session[NOTIFICATIONS][-1].level == "warning"


def test_embeddings_of_older_points_cannot_land_on_newer_ones(bench: Bench) -> None:
    key = bench.open(b"1")
    photograph = bench.session[FACES][key].photograph_key
    bench.held = []
    bench.workbench.faces.place_points(photograph, canned.POINTS + 1, key)
    bench.engine.run()
    old_events, bench.held = bench.held, None
    assert any(isinstance(event.report, Finished) for event in old_events)
    bench.workbench.faces.place_points(photograph, canned.POINTS + 2, key)
    for event in old_events:
        bench.workbench.handle(event)
    assert key not in bench.session[EMBEDDINGS]
    bench.engine.run()
    expected = canned.vectors_of(bench.session[FACES][key].face)["sface"]
    assert np.array_equal(bench.session[EMBEDDINGS][key]["sface"], expected)


def test_a_removed_face_leaves_no_trace(bench: Bench) -> None:
    key = bench.open(b"1")
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    bench.workbench.faces.remove_face(key)
    bench.engine.run()
    session = bench.session
    assert (session[FACES], session[PHOTOGRAPHS], session[EMBEDDINGS]) == ({}, {}, {})
    assert session[SELECTED] is None
    assert session[RUN] is None
    (forget,) = bench.requests(ForgetFace)
    assert forget.face is None
    assert bench.requests(CompareAll)[-1].vectors == {}


def test_a_photograph_stays_until_its_last_face_is_removed(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    bench.workbench.faces.remove_face(first)
    assert len(bench.session[PHOTOGRAPHS]) == 1
    assert bench.session[SELECTED] in bench.session[FACES]
    bench.workbench.faces.remove_face(bench.session[SELECTED])
    assert bench.session[PHOTOGRAPHS] == {}


def test_a_vector_brings_its_encoder_and_is_compared_under_it_alone(bench: Bench) -> None:
    bench.open(b"1")
    bench.workbench.faces.open_vectors([Path("stolen.npy")], "sface")
    bench.engine.run()
    session = bench.session
    assert session[SELECTED] in session[VECTORS]
    assert (session[ENCODER], session[SETTINGS].encoder) == ("sface", "sface")
    assert session[SELECTED] in session[SIMILARITY]["sface"].keys
    assert session[SELECTED] not in session[SIMILARITY]["arcface-mbf"].keys


def test_a_vector_is_not_inverted_under_an_encoder_that_did_not_make_it(bench: Bench) -> None:
    bench.workbench.faces.open_vectors([Path("stolen.npy")], "sface")
    bench.engine.run()
    bench.workbench.settings.select_encoder("arcface-mbf")
    bench.workbench.inversion.start()
    assert bench.requests(Invert) == []
    assert "sface" in bench.session[NOTIFICATIONS][-1].text


def test_files_that_hold_vectors_are_opened_as_vectors_in_one_go(bench: Bench) -> None:
    bench.workbench.faces.open_paths([Path("a.NPY"), Path("b.json")])
    bench.engine.run()
    (request,) = bench.requests(OpenVectors)
    assert request.paths == (Path("a.NPY"), Path("b.json"))
    assert request.encoder is None


def test_a_setting_within_its_bounds_is_taken_and_another_is_refused(bench: Bench) -> None:
    bench.workbench.settings.change("steps", 50)
    bench.workbench.settings.change("rate", -1)
    assert bench.session[SETTINGS].steps == 50
    assert bench.session[SETTINGS].rate == 0.05
    assert "rate" in bench.session[NOTIFICATIONS][-1].text


def test_starting_before_the_embedding_is_there_waits_for_it(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"1", "one.png")
    while not bench.session[FACES]:
        bench.engine.advance()
    bench.workbench.inversion.start()
    assert bench.session[RUN] is None
    bench.engine.run()
    assert bench.run.status == "finished"


def test_a_missing_network_is_said_and_what_waited_is_done_after_the_fetch() -> None:
    have = False

    def embed(request: EmbedFace, control: Control) -> Generator[Report, None, object]:
        if not have:
            raise MissingNetwork("sface is missing: run `likeness models fetch sface`")
        return (yield from canned.embed_face(request, control))

    bench = Bench(EmbedFace=embed)
    key = bench.open(b"1")
    assert "likeness models fetch" in bench.session[NETWORKS_MISSING]
    assert key in bench.session[FACES]
    assert bench.session[EMBEDDINGS] == {}
    have = True
    bench.workbench.downloads.fetch_networks()
    bench.engine.run()
    assert bench.session[NETWORKS_MISSING] is None
    assert key in bench.session[EMBEDDINGS]


def test_an_unexpected_failure_is_shown_with_its_report_and_spoils_nothing() -> None:
    def break_down(request: CompareAll, control: Control) -> Generator[Report, None, object]:
        yield Progress("comparing")
        raise ZeroDivisionError("division by zero")

    bench = Bench(CompareAll=break_down)
    key = bench.open(b"1")
    assert key in bench.session[EMBEDDINGS]
    assert bench.session[ACTIVITIES] == ()
    (told,) = bench.session[NOTIFICATIONS]
    assert told.level == "error"
    assert "ZeroDivisionError" in told.details
    assert "Traceback" not in told.text


def test_cancelling_everything_leaves_the_tables_to_be_brought_up_to_date(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"2", "two.png")
    while len(bench.session[EMBEDDINGS]) < 2:
        bench.engine.advance()
    bench.workbench.cancel()
    bench.engine.run()
    assert bench.session[SIMILARITY]["sface"].keys == tuple(bench.session[FACES])


def test_every_activity_is_shown_with_its_progress_and_can_be_cancelled(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"2", "two.png")
    (activity,) = bench.session[ACTIVITIES]
    bench.engine.advance()
    (activity,) = bench.session[ACTIVITIES]
    assert (activity.message, activity.done, activity.total) == ("reading two.png", 0, 1)
    bench.workbench.cancel(activity.generation)
    bench.engine.run()
    assert bench.session[ACTIVITIES] == ()
    assert bench.session[PHOTOGRAPHS] == {}


def test_the_figure_is_written_from_the_finished_run_only(bench: Bench) -> None:
    bench.open(b"1")
    bench.workbench.inversion.export_figure(Path("figure.svg"))
    assert bench.requests(ExportFigure) == []
    bench.workbench.inversion.start()
    bench.engine.run()
    bench.workbench.inversion.export_figure(Path("figure.svg"))
    bench.engine.run()
    (request,) = bench.requests(ExportFigure)
    assert request.run is bench.run.result
    assert len(request.latents) == len(bench.run.steps)
    assert bench.session[NOTIFICATIONS][-1].text == "figure.svg"


def test_a_step_asked_for_is_drawn_once_and_then_remembered(bench: Bench) -> None:
    bench.open(b"1")
    bench.workbench.inversion.start()
    bench.engine.run()
    bench.workbench.inversion._runs.pictures.__init__()
    bench.workbench.inversion.show_step(2)
    assert (bench.run.shown_index, bench.run.shown_image) == (2, None)
    bench.engine.run()
    assert np.array_equal(bench.run.shown_image, canned.picture(102))
    bench.workbench.inversion.show_step(None)
    assert bench.run.shown_index is None
    bench.workbench.inversion.show_step(2)
    assert np.array_equal(bench.run.shown_image, canned.picture(102))
    assert len(bench.requests(RenderStep)) == 1


def test_a_picture_of_a_step_no_longer_asked_for_is_not_shown(bench: Bench) -> None:
    bench.open(b"1")
    bench.workbench.inversion.start()
    bench.engine.run()
    bench.workbench.inversion._runs.pictures.__init__()
    bench.workbench.inversion.show_step(2)
    bench.workbench.inversion.show_step(3)
    bench.engine.run()
    assert np.array_equal(bench.run.shown_image, canned.picture(103))
    bench.workbench.inversion.show_step(99)
    assert bench.run.shown_index == 3


def test_a_preset_sets_weights_and_forms_and_leaves_the_rest(bench: Bench) -> None:
    bench.workbench.settings.change("steps", 7)
    bench.workbench.settings.change("targets", "photograph")
    bench.workbench.settings.apply_preset("paper")
    assert bench.session[WEIGHTS] == {"identity": 1.0, "landmarks": 0.0006, "histogram": 0.01, "prior": 0.0}
    settings = bench.session[SETTINGS]
    assert (settings.histogram, settings.steps, settings.targets) == ("printed", 7, "photograph")
    bench.workbench.settings.apply_preset("default")
    assert bench.session[SETTINGS].histogram == "ours"
    assert {name: bench.session[WEIGHTS][name] for name in INITIAL} == INITIAL


def test_a_photographs_frame_goes_with_the_target(bench: Bench) -> None:
    bench.open()
    bench.workbench.inversion.start()
    (request,) = bench.requests(Invert)
    assert request.target.frame is bench.session[FACES][bench.session[SELECTED]].frame


def test_what_was_closed_comes_back_to_its_place(bench: Bench) -> None:
    for data in (b"1", b"0", b"2"):
        bench.workbench.faces.open_bytes(data, f"{data.decode()}.png")
    bench.engine.run()
    before = tuple(bench.session[PHOTOGRAPHS])
    bench.workbench.files._settle(None)
    bench.workbench.faces.close_face(before[1])
    bench.workbench.undo()
    bench.engine.run()
    assert tuple(bench.session[PHOTOGRAPHS]) == before
    assert not bench.session[DOCUMENT].modified


@pytest.mark.parametrize("take_out", ["close_face", "remove_face"])
def test_where_nothing_is_selected_taking_a_face_out_selects_nothing(bench: Bench, take_out: str) -> None:
    first = bench.open(b"2", "two.png")
    seen: list[str | None] = []
    bench.workbench.faces.select_face(None)
    bench.session.changed(SELECTED).connect(seen.append)
    getattr(bench.workbench.faces, take_out)(first)
    bench.engine.run()
    assert bench.session[SELECTED] is None
    assert seen == []


def test_forgetting_the_selected_face_selects_the_next_at_once(bench: Bench) -> None:
    first = bench.open(b"2", "two.png")
    seen: list[str | None] = []
    bench.session.changed(SELECTED).connect(seen.append)
    bench.workbench.faces.remove_face(first)
    assert seen == list(bench.session[FACES])


def test_a_run_that_waits_for_moved_points_does_not_start_from_those_that_undo_brings_back(bench: Bench) -> None:
    key = bench.open(b"1")
    bench.workbench.faces.place_points(bench.session[FACES][key].photograph_key, canned.POINTS + 2, key)
    bench.workbench.inversion.start()
    bench.workbench.undo()
    bench.engine.run()
    assert bench.requests(Invert) == []
    assert bench.session[RUN] is None
    assert bench.session[DOCUMENT].redo == "move points"


def test_what_waits_for_an_embedding_starts_after_the_tables_were_asked_for(bench: Bench) -> None:
    bench.workbench.faces.open_bytes(b"1", "one.png")
    while not bench.session[FACES]:
        bench.engine.advance()
    bench.workbench.inversion.start()
    bench.engine.run()
    kinds = [type(ticket.request) for ticket in bench.engine.submitted]
    assert kinds.index(CompareAll) < kinds.index(Invert)


def test_what_waited_for_networks_is_not_opened_in_another_session() -> None:
    have = False

    def open_photographs(request: OpenPhotographs, control: Control) -> Generator[Report, None, None]:
        if not have:
            raise MissingNetwork("sface is missing: run `likeness models fetch sface`")
        yield from canned.open_photographs(request, control)

    bench = Bench(OpenPhotographs=open_photographs)
    bench.workbench.faces.open_bytes(b"1", "one.png")
    bench.engine.run()
    bench.workbench.files.new()
    have = True
    bench.workbench.downloads.fetch_networks()
    bench.engine.run()
    assert bench.session[PHOTOGRAPHS] == {}
