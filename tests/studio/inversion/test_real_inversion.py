"""One short inversion with the real networks, through the real engine and workbench."""

from __future__ import annotations

import queue

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import default_weights
from explorer.science.iteration import Steps
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.arrays import Image
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Event
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.faces.state import FACES
from explorer.studio.inversion import state as inversion_state
from explorer.studio.inversion.handlers import InversionHandlers
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.running import FinishedInversion, run_inversion
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.inversion.targets import open_target
from explorer.studio.reproducing.adopting import adoption
from explorer.studio.reproducing.runs import recorded
from explorer.studio.session.state import NOTIFICATIONS

pytestmark = pytest.mark.slow

# Steps 0 and 1 are drawn at 256 px, the two last at 512 px.
SETTINGS = InversionSettings(steps=3, starts=2, contest=1, coarse=0, finish=1)


@pytest.fixture(scope="module")
def visit(networks: Networks) -> tuple[RunState, dict[int, tuple[Image, Image]]]:
    """The finished run as the window has it; and two steps' pictures as they came and as they were drawn again."""
    device = Device(lambda loading: networks)
    session = new_session()
    session[inversion_state.SETTINGS] = SETTINGS
    events: queue.Queue[Event] = queue.Queue()
    with Engine(FaceHandlers(device).table() | InversionHandlers(device).table()) as engine:
        engine.connect(events.put)
        workbench = Workbench(engine, session, default_weights())
        workbench.faces.open_paths([SAMPLES[0].path])
        while not session[FACES]:
            workbench.handle(events.get(timeout=200))
        workbench.inversion.start()
        while session[RUN] is None or session[RUN].active:
            workbench.handle(events.get(timeout=200))
        assert session[RUN].status == "finished", session[NOTIFICATIONS]
        as_they_came = {step: workbench.inversion._runs.pictures.get(step) for step in (1, 3)}
        workbench.inversion._runs.pictures.__init__()
        pictures = {}
        for step, picture in as_they_came.items():
            workbench.inversion.show_step(step)
            while session[RUN].shown_image is None:
                workbench.handle(events.get(timeout=200))
            pictures[step] = picture, session[RUN].shown_image
    return session[RUN], pictures


@pytest.fixture
def shown(visit: tuple[RunState, object]) -> RunState:
    return visit[0]


@pytest.fixture(scope="module")
def plain(networks: Networks) -> FinishedInversion:
    """The same run as the command line makes it."""
    settings = SETTINGS.model_copy(update={"weights": default_weights()})
    return Steps(run_inversion(networks, open_target(networks, SAMPLES[0].path, "arcface-mbf").target, settings)).result


def test_the_window_and_the_command_line_give_the_same_result(shown: RunState, plain: FinishedInversion) -> None:
    assert shown.result is not None
    numbers = [(s.index, s.total, s.cosine, s.scores) for s in shown.result.steps]
    assert numbers == [(s.index, s.total, s.cosine, s.scores) for s in plain.run.steps]
    assert shown.result.scores == plain.run.scores
    assert shown.result.target == plain.run.target
    assert shown.result.settings == plain.run.settings
    assert np.array_equal(shown.native, plain.native)
    assert all(torch.equal(one, other) for one, other in zip(shown.latents, plain.latents, strict=True))


def test_every_step_is_there_with_its_picture_and_the_run_is_judged_by_all_encoders(shown: RunState) -> None:
    assert [step.index for step in shown.steps] == [0, 1, 2, 3]
    assert shown.image.shape == shown.best_image.shape == (512, 512, 3)
    assert [step.resolution for step in shown.steps] == [256, 256, 512, 512]
    assert shown.native.shape == (1024, 1024, 3)
    assert {score.encoder for score in shown.result.scores} == {"arcface-mbf", "sface", "edgeface-s", "dlib-resnet"}
    assert [score.encoder for score in shown.result.scores if score.attacked] == ["arcface-mbf"]
    assert shown.target_frame.shape == (1024, 1024, 3)


def test_a_step_drawn_again_is_the_step_that_was_shown(
    visit: tuple[RunState, dict[int, tuple[Image, Image]]],
) -> None:
    for step, size in ((1, 256), (3, 512)):
        as_it_came, again = visit[1][step]
        assert as_it_came.shape == (size, size, 3)
        assert np.array_equal(again, as_it_came)


def test_a_run_from_the_settings_of_a_figure_is_the_figures_run_to_the_last_bit(networks: Networks) -> None:
    """Its slider was moved, and it was stopped by hand: the next run does both by itself."""
    device = Device(lambda loading: networks)
    session = new_session()
    session[inversion_state.SETTINGS] = SETTINGS.model_copy(update={"steps": 5, "resolution": 128})
    engine = FakeEngine(FaceHandlers(device).table() | InversionHandlers(device).table())
    workbench = Workbench(engine, session, default_weights())
    engine.connect(workbench.handle)
    workbench.faces.open_paths([SAMPLES[0].path])
    engine.run()
    workbench.inversion.start()
    for made, act in (
        (2, lambda: workbench.settings.set_weight("prior", 0.7)),
        (3, lambda: workbench.settings.set_weight("prior", 0.3)),
        (4, workbench.inversion.stop),
    ):
        while session[RUN] is None or len(session[RUN].steps) < made:
            assert engine.advance() == 1
        act()
    engine.run()
    first = session[RUN].result
    assert (first.stopped_by, len(first.steps), len(first.weight_changes)) == ("user", 4, 2)
    taken = adoption(recorded(provenance(first), "figure.png"))
    assert taken.lacking == ()
    workbench.settings.reset()
    workbench.settings.take("figure.png", taken.settings, first.target.sha256, taken.plan, first.target.points)
    workbench.inversion.start()
    engine.run()
    again = session[RUN].result
    assert again.latent_sha256 == first.latent_sha256
    assert again.weight_changes == first.weight_changes
    assert [(step.total, step.weights) for step in again.steps] == [(step.total, step.weights) for step in first.steps]
    assert (again.stopped_by, again.settings) == ("user", first.settings)
