"""The 3D dock as the user sees and steers it, with OpenGL and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QOpenGLContext
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.science.faces.face import FaceError
from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.handlers import ViewHandlers
from explorer.studio.geometry.requests import FitFrame, ViewScene
from explorer.studio.geometry.state import VIEWING
from explorer.studio.geometry.view.scene import Camera
from explorer.studio.inversion.state import RUN
from explorer.studio.people.shape_vectors import shape_vectors
from explorer.ui.geometry.panel import ViewportPanel
from explorer.ui.geometry.renderer import NoOpenGL, Renderer
from explorer.ui.window.main_window import MainWindow
from tests.studio.geometry.viewing_kit import landmarks_of
from tests.ui.canned import HANDLERS
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow

MODEL = load_morphable_model()
# The views' caches outlive a test, as they outlive a face.
VIEWS = ViewHandlers(lambda frame: landmarks_of(MODEL, len(frame)), RefinementSettings(steps=2))


@pytest.fixture
def stage(qtbot: QtBot, photograph: Path) -> Iterator[Stage]:
    """A window with the 3D dock open and one face fitted."""
    session, engine = new_session(), FakeEngine({**HANDLERS, **VIEWS.table()})
    window = MainWindow(session)
    qtbot.addWidget(window)
    workbench = Workbench(engine, session, default_weights())
    window.show()
    qtbot.waitExposed(window)
    window.attach(workbench)
    window.docks["3d_face"].toggleViewAction().trigger()
    stage = Stage(window, session, workbench, engine, qtbot)
    stage.listen()
    stage.open(photograph)
    yield stage
    window.close()


def panel(stage: Stage) -> ViewportPanel:
    return stage.window.panel(ViewportPanel)


def settled(stage: Stage) -> None:
    """Wait until the view is made in full."""

    def still() -> bool:
        stage.engine.run()
        view = stage.session[VIEWING].view
        return view is not None and view.still and view.scene == stage.session[VIEWING].scene

    stage.qtbot.waitUntil(still, timeout=30_000)  # the first time, the model's finest mesh and its maps are made
    stage.listen()


def test_a_selected_face_is_fitted_refined_and_drawn(stage: Stage) -> None:
    settled(stage)
    portrait = panel(stage).portrait()
    assert portrait is not None
    assert portrait.refined
    stage.until(lambda: panel(stage).viewport.image() is not None)
    assert panel(stage).viewport.without_opengl == ""
    assert panel(stage).textures.sampled.view.image() is not None


def test_the_picture_of_an_inversion_is_called_one_and_carries_its_mark(stage: Stage) -> None:
    picture = panel(stage).textures.photograph
    assert not picture.view._mark
    stage.workbench.views.set_subject("reconstruction")
    stage.listen()
    assert picture.view.title == "Inversion"
    assert picture.view._mark
    stage.window.set_mark(False)
    assert not picture.view._mark
    stage.window.set_mark(True)
    stage.workbench.views.set_subject("photograph")
    stage.listen()
    assert picture.view.title == "Photo"
    assert not picture.view._mark


def test_its_exports_are_the_registered_actions_and_it_fits_between_the_docks(stage: Stage) -> None:
    offered = panel(stage).toolbar.export.menu().actions()
    assert {one.objectName() for one in offered} == {
        "export_mesh",
        "export_maps",
        "export_fit_figure",
        "export_turntable",
    }
    assert all(one is stage.window.actions_by_name[one.objectName()] for one in offered)
    assert stage.window.width() == 1440, "the dock came into view beside all others without widening the window"


def test_a_scrub_turns_the_mesh_and_its_visibility_but_not_the_texture(stage: Stage) -> None:
    settled(stage)
    before = stage.session[VIEWING].view
    slider = panel(stage).pose.yaw.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(int(slider.width() * 0.8), slider.height() // 2))
    stage.engine.run()
    stage.listen()
    moving = stage.session[VIEWING].view
    assert not moving.still
    assert moving.scene.yaw > 40
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)
    settled(stage)
    view = stage.session[VIEWING].view
    assert np.array_equal(view.sampled, before.sampled)
    assert (view.maps.seen() != before.maps.seen()).mean() > 0.03
    stage.click(panel(stage).pose.back)
    assert stage.session[VIEWING].scene.yaw == panel(stage).portrait().scene.yaw


def test_a_full_view_is_asked_for_once_and_only_when_the_quick_one_has_landed(stage: Stage) -> None:
    settled(stage)
    before = len(stage.engine.submitted)

    def asked() -> list[str]:
        requests = [one.request for one in stage.engine.submitted[before:]]
        return [one.fineness for one in requests if isinstance(one, ViewScene)]

    stage.workbench.views.turn(30.0, 0.0)
    stage.workbench.views.render_still()  # as when the quick view takes longer than a rest
    assert asked() == ["moving"]
    settled(stage)
    assert asked() == ["moving", "still"]
    stage.workbench.views.render_still()
    stage.settle()
    assert asked() == ["moving", "still"]


def test_moves_that_come_faster_than_views_fall_together(stage: Stage) -> None:
    settled(stage)
    before = len([one for one in stage.engine.submitted if isinstance(one.request, ViewScene)])
    for yaw in range(30):
        stage.workbench.views.turn(float(yaw), 0.0)
    stage.settle()
    asked = [one.request for one in stage.engine.submitted if isinstance(one.request, ViewScene)][before:]
    assert len(asked) <= 4
    assert stage.session[VIEWING].view.scene.yaw == 29


def test_orbit_zoom_and_light_by_the_mouse(stage: Stage) -> None:
    settled(stage)
    view = panel(stage).viewport
    middle = view.rect().center()
    drag(stage, Qt.MouseButton.LeftButton, QPointF(20, 0))
    assert stage.session[VIEWING].camera.yaw == pytest.approx(10)
    azimuth = stage.session[VIEWING].look.azimuth
    drag(stage, Qt.MouseButton.RightButton, QPointF(20, 0))
    assert stage.session[VIEWING].look.azimuth == pytest.approx(azimuth + 10)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=middle)
    assert stage.session[VIEWING].camera == Camera()


def drag(stage: Stage, button: Qt.MouseButton, by: QPointF) -> None:
    """Drag in the viewport with a button held."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    view = panel(stage).viewport
    start = QPointF(view.rect().center())
    none = Qt.KeyboardModifier.NoModifier
    for kind, place, held in (
        (QEvent.Type.MouseButtonPress, start, button),
        (QEvent.Type.MouseMove, start + by, button),
        (QEvent.Type.MouseButtonRelease, start + by, Qt.MouseButton.NoButton),
    ):
        which = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
        QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), which, held, none))


def test_one_cursor_in_mesh_texture_and_photograph(stage: Stage) -> None:
    settled(stage)
    viewport, textures = panel(stage).viewport, panel(stage).textures
    viewport.pointed.emit(viewport.point_under(QPointF(viewport.rect().center())))
    point = stage.session[VIEWING].cursor
    assert point is not None
    topology = stage.session[VIEWING].view.shape.topology
    u, v = point.of(topology.uv, topology).tolist()
    textures.sampled.view.hovered.emit(QPointF(u, v))
    again = stage.session[VIEWING].cursor
    points = stage.session[VIEWING].view.shape.points
    assert np.allclose(again.of(points, topology), point.of(points, topology), atol=0.2)
    textures.sampled.view.hovered.emit(None)
    assert stage.session[VIEWING].cursor is None


def test_shape_sliders_move_the_mesh_and_go_back(stage: Stage) -> None:
    settled(stage)
    panel(stage).tabs.setCurrentWidget(panel(stage).shape)
    stage.until(lambda: bool(panel(stage).shape.sliders["expression"]))
    before = stage.session[VIEWING].view.shape
    jaw = panel(stage).portrait().expressions.index("jawOpen")
    panel(stage).shape.sliders["expression"][jaw].field.setValue(1.0)
    settled(stage)
    after = stage.session[VIEWING].view.shape
    assert np.abs(after.points - before.points).max() > 5
    panel(stage).shape.reset.emit("expression")
    assert stage.session[VIEWING].scene == panel(stage).portrait().scene


def test_sliders_along_vectors_move_the_face_by_as_much_and_go_back(stage: Stage) -> None:
    settled(stage)
    vectors = panel(stage).vectors
    panel(stage).tabs.setCurrentWidget(vectors)
    stage.until(lambda: len(vectors.sliders) == 8)
    assert "They describe no people" in vectors.about.text()
    before = stage.session[VIEWING]
    for one in shape_vectors():
        vectors.sliders[one.name].field.setValue(1.5)
        assert np.dot(stage.session[VIEWING].scene.identity, one.unit) == pytest.approx(1.5)
    settled(stage)
    assert np.abs(stage.session[VIEWING].view.shape.points - before.view.shape.points).max() > 1
    vectors.back.click()
    assert stage.session[VIEWING].scene == panel(stage).portrait().scene
    settled(stage)
    stage.until(
        lambda: all(
            abs(vectors.sliders[one.name].value() - np.dot(before.scene.identity, one.unit)) < 0.01
            for one in shape_vectors()
        )
    )


def test_the_plot_over_yaw_is_made_when_it_is_looked_at(stage: Stage) -> None:
    settled(stage)
    assert stage.session[VIEWING].sweep is None
    panel(stage).tabs.setCurrentWidget(panel(stage).plot)
    stage.settle()
    stage.until(lambda: panel(stage).plot.csv().count("\n") == 37)
    panel(stage).plot.picked.emit(-30.0)
    assert stage.session[VIEWING].scene.yaw == -30


def test_the_runs_picture_is_fitted_while_it_forms_where_that_is_wanted(stage: Stage) -> None:
    settled(stage)
    photograph = panel(stage).portrait()
    stage.window.actions_by_name["start"].trigger()
    stage.advance(30)
    assert stage.session[VIEWING].live is None
    panel(stage).toolbar.subject.activated.emit(1)
    stage.advance(60)
    live = stage.session[VIEWING].live
    assert live is not None
    assert live.key.startswith(f"{stage.session[RUN].key}/")
    assert panel(stage).portrait() is live
    stage.settle()
    panel(stage).toolbar.subject.activated.emit(0)
    assert panel(stage).portrait() is photograph


def test_a_face_that_cannot_be_fitted_is_explained_and_the_last_good_fit_stays(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(stage)
    good = panel(stage).portrait()

    def refuse(frame: object) -> None:
        raise FaceError("only 20 of the 68 landmarks are known; use a photograph that shows more of it")

    monkeypatch.setattr(VIEWS, "_given", refuse)
    stage.workbench.views.fit_again()
    stage.settle()
    assert "only 20 of the 68 landmarks" in stage.session[VIEWING].remark
    assert panel(stage).portrait() is good
    assert stage.session[VIEWING].view is not None


def test_what_finds_the_landmarks_can_be_chosen_and_the_face_is_fitted_anew(stage: Stage) -> None:
    settled(stage)
    good, finders = panel(stage).portrait(), panel(stage).toolbar.finders
    assert finders["auto"].isChecked()
    finders["mediapipe"].trigger()
    asked = [one.request for one in stage.engine.submitted if isinstance(one.request, FitFrame)]
    assert [request.landmarks for request in asked] == ["auto", "mediapipe"]
    assert panel(stage).portrait() is good
    settled(stage)
    assert panel(stage).portrait() is not good
    stage.until(finders["mediapipe"].isChecked)


def test_a_lost_context_is_told_and_the_mesh_is_drawn_without(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(stage)
    view = panel(stage).viewport
    stage.until(lambda: view.image() is not None)
    assert view._renderer is not None
    # What a driver's reset does: the context is there, but cannot be used any more.
    view._renderer._context = QOpenGLContext()
    monkeypatch.setattr(Renderer, "__init__", lambda self: (_ for _ in ()).throw(NoOpenGL("it is gone")))
    stage.workbench.views.turn(20.0, 0.0)
    settled(stage)
    stage.until(panel(stage).fallback.isVisible)
    assert "without OpenGL" in panel(stage).fallback.text()
    stage.until(lambda: view.image() is not None and view.image().width() == round(view.width()))
    drawn = view.image()
    assert drawn.pixelColor(drawn.width() // 2, drawn.height() // 2).alpha() == 255
    monkeypatch.undo()
    stage.click(panel(stage).again)
    stage.until(lambda: view._renderer is not None)
    assert not panel(stage).fallback.isVisible()


def test_opengl_and_the_software_draw_the_same(stage: Stage) -> None:
    from explorer.studio.geometry.view.drawing import draw

    settled(stage)
    view, viewing, portrait = panel(stage).viewport, stage.session[VIEWING], panel(stage).portrait()
    stage.until(lambda: view.image() is not None)
    image = view._renderer.draw(viewing.view, viewing.look, view._placed(200, 200), 200, 200, False)
    soft = draw(viewing.view, viewing.look, viewing.camera, len(portrait.frame), 200, 200).astype(int)
    rows, stride = image.height(), image.bytesPerLine()
    hard = np.frombuffer(image.constBits(), np.uint8).reshape(rows, stride // 4, 4)[:, :200, [2, 1, 0, 3]].astype(int)
    if image.format() in (image.Format.Format_RGBA8888, image.Format.Format_RGBA8888_Premultiplied):
        hard = hard[..., [2, 1, 0, 3]]
    both = (soft[..., 3] == 255) & (hard[..., 3] == 255)
    assert both.sum() > 0.97 * (soft[..., 3] == 255).sum()
    assert np.median(np.abs(soft - hard)[both]) <= 2


@pytest.mark.slow
def test_without_any_opengl_the_window_works(tmp_path: Path) -> None:
    script = """
import sys
from PySide6.QtWidgets import QApplication
from explorer.ui.base import theme
application = QApplication([])
theme.install(application)
from explorer.ui.geometry.renderer import NoOpenGL, Renderer
try:
    Renderer()
except NoOpenGL as reason:
    print("none:", reason)
"""
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("none:")
