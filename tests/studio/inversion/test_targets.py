"""A target is the same whether the window or the command line makes it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.inversion.terms import default_weights
from explorer.science.leakage.edits import VectorEdit
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.errors import UserError
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.faces.state import ENCODER, FACES, PHOTOGRAPHS, SELECTED
from explorer.studio.inversion.selected_target import target_of
from explorer.studio.inversion.targets import altered_target, open_target
from explorer.studio.leakage.handlers import ProbeHandlers

pytestmark = pytest.mark.slow

# Of synthetic-p002.jpg, a few pixels beside those that the detector finds.
POINTS = np.array([[264.0, 250.0], [368.0, 252.0], [320.0, 314.0], [275.0, 370.0], [365.0, 366.0]])


def test_points_placed_by_hand_give_the_window_and_the_command_line_one_target(networks):
    session = new_session()
    engine = FakeEngine(FaceHandlers(Device(lambda loading: networks)).table())
    workbench = Workbench(engine, session, default_weights())
    engine.connect(workbench.handle)
    workbench.faces.open_paths([SAMPLES[1].path])
    engine.run()
    (photograph,) = session[PHOTOGRAPHS]
    workbench.faces.place_points(photograph, POINTS, face=session[SELECTED])
    engine.run()
    in_window = target_of(session, session[SELECTED])
    opened = open_target(networks, SAMPLES[1].path, session[ENCODER], points=POINTS)
    assert in_window.record == opened.target.record
    assert in_window.record.points_by_hand
    torch.testing.assert_close(torch.from_numpy(in_window.vector), opened.target.embedding, rtol=0, atol=0)
    assert in_window.held_out.keys() == opened.target.held_out.keys()
    for encoder, vector in opened.target.held_out.items():
        np.testing.assert_array_equal(in_window.held_out[encoder], vector.numpy())
    np.testing.assert_array_equal(session[FACES][session[SELECTED]].frame, opened.frame)


def test_a_vector_is_altered_alike_by_the_window_and_the_command_line(networks):
    session = new_session()
    device = Device(lambda loading: networks)
    engine = FakeEngine({**FaceHandlers(device).table(), **ProbeHandlers(device).table()})
    workbench = Workbench(engine, session, default_weights())
    engine.connect(workbench.handle)
    workbench.faces.open_paths([SAMPLES[1].path])
    engine.run()
    workbench.probes.use_as_target(True)
    for name, value in {"noise": 0.5, "bits": 4, "noise_seed": 3}.items():
        workbench.probes.edit_vector(name, value)
    with pytest.raises(UserError, match="still being read"):
        target_of(session, session[SELECTED])
    engine.run()
    in_window = target_of(session, session[SELECTED])
    edit = VectorEdit(noise=0.5, bits=4, noise_seed=3)
    opened = altered_target(open_target(networks, SAMPLES[1].path, session[ENCODER]), edit)
    np.testing.assert_allclose(in_window.vector, opened.target.embedding.numpy(), atol=1e-5)
    assert in_window.record.vector_edit == opened.target.record.vector_edit == edit
    assert in_window.record.alterations == "noise 0.5, 4 bits"
    for encoder, vector in in_window.held_out.items():
        np.testing.assert_allclose(vector, opened.target.held_out[encoder].numpy(), atol=1e-5)
    workbench.probes.use_as_target(False)
    assert target_of(session, session[SELECTED]).record.vector_edit is None
