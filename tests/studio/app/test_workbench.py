"""What the user does, and what the session says of it; the engine is a fake that moves when told to."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from explorer.studio.catalogue import MissingNetwork
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.faces.requests import CompareAll, EmbedFace, OpenPhotographs
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, SELECTED, SIMILARITY
from explorer.studio.inversion.requests import ExportFigure, Invert, RenderStep
from explorer.studio.inversion.state import RUN, SETTINGS, WEIGHTS
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS
from tests import canned_program as canned
from tests.studio.app.bench_kit import INITIAL, Bench, bench

__all__ = ["bench"]


def test_a_vector_is_not_inverted_under_an_encoder_that_did_not_make_it(bench: Bench) -> None:
    bench.workbench.faces.open_vectors([Path("stolen.npy")], "sface")
    bench.engine.run()
    bench.workbench.settings.select_encoder("arcface-mbf")
    bench.workbench.inversion.start()
    assert bench.requests(Invert) == []
    assert "sface" in bench.session[NOTIFICATIONS][-1].text


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
