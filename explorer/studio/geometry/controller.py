"""The 3D panels' part of the workbench: fits kept up to date with what is selected, and views with the scene.

It fits while somebody looks. One view is under way at a time and the newest scene comes next: if every move of a slider
dropped the view before it, none would ever arrive while the slider moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.studio.engine.reports import Event, Failure
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, SELECTED
from explorer.studio.geometry.landmark_sources import FitBy, LandmarkChoice
from explorer.studio.geometry.requests import (
    ExportFits,
    ExportMaps,
    ExportView,
    Fineness,
    FitFrame,
    FitRunImage,
    FrameFitted,
    ModelOpened,
    OpenModel,
    RefineFit,
    RunImageFitted,
    SweepYaw,
    ViewExported,
    ViewScene,
)
from explorer.studio.geometry.state import VIEWING, Subject, Viewer3DState
from explorer.studio.geometry.view.face_view import FaceView, YawSweep
from explorer.studio.geometry.view.pointing import SkinPoint, finer_or_coarser
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, Judge, Scene, Surface
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.session.services import AppServices, Controller

# Of a running inversion, every so many steps are fitted. A fit and its view take about 20 ms beside steps of a quarter
# of a second.
EVERY = 4
SWEPT = tuple(float(yaw) for yaw in range(-90, 91, 5))


class ViewController(Controller):
    """Applies the 3D panels' intentions to the session, and the engine's fits and views to it."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        session = app.session
        self._asked: dict[str, object] = {}
        self._view: Ticket | None = None
        self._next: Fineness | None = None
        self._run_image: Ticket | None = None
        self._run_fitted: object = None
        self._sweep_of: tuple[FitView, Scene] | None = None
        for field in (SELECTED, FACES, RUN):
            session.changed(field).connect(self._changed)

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of these panels' requests."""
        return {
            FrameFitted: self._frame_fitted,
            RunImageFitted: self._run_image_fitted,
            ModelOpened: self._model_opened,
            FaceView: self._view_made,
            YawSweep: self._swept,
            ViewExported: self._exported,
        }

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        request = event.ticket.request
        if event.ticket == self._view:
            self._view = None
            if self._next is not None:
                self._ask(self._next)
        elif event.ticket == self._run_image:
            self._run_image = None
        elif isinstance(request, FitFrame) and isinstance(event.report, Failure):
            self._set(fitting=False, remark=event.report.message)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks."""
        self._set(watched=on)
        self._changed()

    def set_subject(self, subject: Subject) -> None:
        """Look at the photograph's face, or at that of the run's picture, which is fitted while it forms."""
        self._set(subject=subject)
        self._show(self.portrait(), None)
        self._changed()

    def find_landmarks_by(self, choice: LandmarkChoice) -> None:
        """Choose what finds the landmarks; faces are fitted anew when they come into view."""
        if choice == self.viewing.landmarks_by:
            return
        self._asked, self._run_fitted = {}, None
        self._set(landmarks_by=choice)
        self._changed(again=True)

    def fit_by(self, way: FitBy) -> None:
        """Choose what fits follow from; faces are fitted anew when they come into view."""
        if way == self.viewing.fitted_by:
            return
        self._asked, self._run_fitted = {}, None
        self._set(fitted_by=way)
        self._changed(again=True)

    def open_model(self, path: Path, landmarks: Path | None = None) -> None:
        """Read a model of the user's own; once it is read, faces are fitted with it."""
        self._app.submit(OpenModel(path, landmarks))

    def use_shipped_model(self) -> None:
        """Fit faces with the model that ships with the program again."""
        if self.viewing.model is not None:
            self._use_model(None, "")

    def fit_again(self) -> None:
        """Fit the selected face anew; the fit there is stays until then."""
        self._asked.pop(self._session[SELECTED] or "", None)
        self._changed(again=True)

    def turn(self, yaw: float, pitch: float) -> None:
        """Turn the head to angles in degrees, as a hypothetical view."""
        self._change(lambda scene: scene.turned(yaw, pitch))

    def shape(self, part: str, index: int, value: float) -> None:
        """Change one coefficient of the "identity" or the "expression"."""
        self._change(lambda scene: scene.shaped(part, index, value))

    def shape_along(self, vector: Sequence[float], coefficient: float) -> None:
        """Move the identity along a vector of length 1 until it projects onto it so far, in deviations."""
        self._change(lambda scene: scene.moved_along(vector, coefficient))

    def reset(self, *parts: str) -> None:
        """Give parts of the scene, such as "yaw" and "identity", the values of the fit again."""
        portrait = self.portrait()
        if portrait is not None:
            self._change(lambda scene: replace(scene, **{part: getattr(portrait.scene, part) for part in parts}))

    def set_visibility_source(self, judge: Judge) -> None:
        """Choose whose visibility completes the texture."""
        self._change(lambda scene: replace(scene, judge=judge))

    def set_surface(self, surface: Surface) -> None:
        """Choose what is laid onto the mesh."""
        self._change(lambda scene: replace(scene, surface=surface))

    def set_threshold(self, threshold: float) -> None:
        """Choose from which probability on the field's points count as seen."""
        self._change(lambda scene: replace(scene, threshold=threshold))

    def set_style(self, **changes: object) -> None:
        """Change how the scene is drawn."""
        self._set(look=replace(self.viewing.look, **changes))  # type: ignore[arg-type]

    def set_camera(self, camera: Camera) -> None:
        """Move the camera."""
        self._set(camera=camera)

    def set_cursor(self, point: SkinPoint | None) -> None:
        """Put the cursor onto a point of the skin, or take it away."""
        if point != self.viewing.cursor:
            self._set(cursor=point)

    def render_still(self) -> None:
        """Nothing moves any more: make the view in full, and what else there is time for.

        A quick view that is under way lands first: a full one behind it would stand in the way of the next move.
        """
        viewing, portrait = self.viewing, self.portrait()
        if portrait is None or viewing.scene is None or self._forming():
            return
        view = viewing.view
        old = view is None or not view.still or view.scene != viewing.scene or view.key != portrait.key
        if old and self._view is None:
            self._ask("still")
        self._ask_sweep(portrait, viewing.scene)

    def sweep(self, on: bool) -> None:
        """Say whether somebody looks at the visibility over yaw."""
        self._set(sweeping=on)
        self.render_still()

    def export_view(self, path: Path) -> None:
        """Write the mesh or a turntable film, by the suffix."""
        portrait, viewing, run = self._portrait_or_say(), self.viewing, self._session[RUN]
        if portrait is not None and viewing.scene is not None:
            self._app.submit(ExportView(path, portrait, viewing.scene, viewing.look, viewing.camera, run))

    def export_maps(self, folder: Path) -> None:
        """Write the texture maps."""
        portrait, viewing = self._portrait_or_say(), self.viewing
        if portrait is not None and viewing.scene is not None:
            self._app.submit(ExportMaps(folder, portrait, viewing.scene, self._session[RUN]))

    def export_figure(self, path: Path) -> None:
        """Write figure 5.16 of all fitted photographs, the one in view with its scene, the others as fitted."""
        portrait, viewing = self._portrait_or_say(), self.viewing
        if portrait is None or viewing.scene is None:
            return
        others = [one for one in viewing.portraits.values() if one is not portrait and not self._of_another(one)]
        scenes = (viewing.scene, *(one.scene for one in others))
        self._app.submit(ExportFits(path, (portrait, *others), scenes, self._session[RUN]))

    # What is in view.

    @property
    def viewing(self) -> Viewer3DState:
        """The state."""
        return self._session[VIEWING]

    def portrait(self) -> FitView | None:
        """The fit in view."""
        if self.viewing.subject == "reconstruction":
            return self.viewing.live
        return self.viewing.portraits.get(self._session[SELECTED] or "")

    def _changed(self, *_: object, again: bool = False) -> None:
        self._forget_gone()
        portrait = self.portrait()
        if self.viewing.subject == "photograph":
            shown = self.viewing.view
            if portrait is None or shown is None or shown.key != portrait.key:
                self._show(portrait, None)
        if self.viewing.watched:
            if self.viewing.subject == "photograph":
                self._fit_selected(again)
            else:
                self._fit_run(self._session[RUN])

    def _forget_gone(self) -> None:
        session, viewing = self._session, self.viewing
        if not set(session[FACES]).issuperset(viewing.portraits):
            self._set(portraits={key: one for key, one in viewing.portraits.items() if key in session[FACES]})
            self._asked = {key: frame for key, frame in self._asked.items() if key in session[FACES]}
        run = session[RUN]
        if viewing.live is not None and (run is None or not viewing.live.key.startswith(f"{run.key}/")):
            self._set(live=None)
            if viewing.subject == "reconstruction":
                self._show(None, None)

    def _fit_selected(self, again: bool) -> None:
        session, viewing = self._session, self.viewing
        face = session[FACES].get(session[SELECTED] or "")
        if face is None or face.frame is None:
            waiting, remark = face is not None, "" if face is None else "The face is being aligned."
            if (viewing.fitting, viewing.remark) != (waiting, remark):
                self._set(fitting=waiting, remark=remark)
            return
        if self._asked.get(face.key) is face.frame and not again:
            return
        self._asked[face.key] = face.frame
        self._set(fitting=True, remark="")
        photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
        told = face.key, photograph.name, photograph.sha256, face.frame
        self._app.submit(FitFrame(*told, viewing.landmarks_by, face.face, viewing.model, viewing.fitted_by))

    def _fit_run(self, run: RunState | None) -> None:
        if run is None or run.image is None:
            self._remark("Start an inversion: its face is fitted while it forms.")
            return
        image = run.image if run.native is None else run.native
        fitted = self.viewing.live
        last = -EVERY if fitted is None else int(fitted.key.rpartition("/")[2])
        step = len(run.steps) - 1
        due = step - last >= EVERY or not run.active
        if image is not self._run_fitted and due and self._run_image is None:
            self._run_fitted = image
            chosen = self.viewing.landmarks_by, self.viewing.model, self.viewing.fitted_by
            self._run_image = self._app.submit(FitRunImage(run.key, step, image, *chosen))

    def _forming(self) -> bool:
        """Whether what is in view is the picture of a run that goes on, which soon shows another."""
        run = self._session[RUN]
        return self.viewing.subject == "reconstruction" and run is not None and run.status == "running"

    # What the engine made.

    def _model_opened(self, opened: ModelOpened) -> None:
        self._use_model(opened.path, opened.name)
        self._app.notify("info", f"Faces are fitted with {opened.name}", opened.summary)

    def _of_another(self, portrait: FitView | None) -> bool:
        return portrait is not None and portrait.origin.model != self.viewing.model

    def _use_model(self, path: Path | None, name: str) -> None:
        """Fit everything anew: what was fitted with the model before has other coefficients."""
        self._asked, self._run_fitted = {}, None
        self._set(model=path, model_name=name, portraits={}, live=None)
        self._show(None, None)
        self._changed(again=True)

    def _frame_fitted(self, result: FrameFitted) -> None:
        if result.key not in self._session[FACES] or self._of_another(result.portrait):
            return
        if result.portrait is None:
            self._set(fitting=False, remark=result.remark)
            return
        portrait = result.portrait
        before = self.viewing.portraits.get(result.key)
        self._set(portraits={**self.viewing.portraits, result.key: portrait}, fitting=False, remark="")
        if self.portrait() is portrait:
            self._show(portrait, before)
        if not portrait.refined:
            self._app.submit(RefineFit(portrait))

    def _run_image_fitted(self, result: RunImageFitted) -> None:
        run = self._session[RUN]
        if run is None or run.key != result.run_key:
            return
        if result.portrait is None:
            self._remark(result.remark)
            return
        before = self.viewing.live
        if not self._of_another(result.portrait):
            self._set(live=result.portrait, remark="")
        if self.viewing.subject == "reconstruction":
            self._show(self.viewing.live, before)
            self._fit_run(run)

    def _view_made(self, view: FaceView) -> None:
        portrait, old = self.portrait(), self.viewing.view
        if portrait is None or view.key != portrait.key:
            return
        cursor = self.viewing.cursor
        if cursor is not None and old is not None:
            cursor = finer_or_coarser(cursor, old.shape.topology, view.shape.topology)
        self._set(view=view, cursor=cursor)

    def _swept(self, sweep: YawSweep) -> None:
        portrait = self.portrait()
        if portrait is not None and portrait.key == sweep.key:
            self._set(sweep=sweep)

    def _exported(self, exported: ViewExported) -> None:
        names = ", ".join(str(path) for path in exported.paths)
        self._app.notify("info", "The face is written", names, path=exported.paths[0])

    # The scene.

    def _show(self, portrait: FitView | None, before: FitView | None) -> None:
        """Bring a fit into view; of an older fit of the same face, what the user changed stays."""
        viewing = self.viewing
        if portrait is None:
            self._next = None
            self._set(scene=None, view=None, cursor=None, sweep=None)
            return
        scene = portrait.scene
        if viewing.scene is not None:
            kept = {part: getattr(viewing.scene, part) for part in ("threshold", "judge", "surface")}
            if before is not None:
                for part in ("yaw", "pitch", "identity", "expression"):
                    if getattr(viewing.scene, part) != getattr(before.scene, part):
                        kept[part] = getattr(viewing.scene, part)
            scene = replace(scene, **kept)
        self._set(scene=scene)
        self._ask("live" if self._forming() else "moving")

    def _change(self, changed: Callable[[Scene], Scene]) -> None:
        scene = self.viewing.scene
        if scene is None or (new := changed(scene)) == scene:
            return
        self._set(scene=new)
        self._ask("live" if self._forming() else "moving")

    def _ask(self, fineness: Fineness) -> None:
        """Have the newest scene made, now or behind the view under way; a full one gives way at once."""
        portrait, scene = self.portrait(), self.viewing.scene
        if portrait is None or scene is None:
            self._next = None
            return
        under_way = None if self._view is None else self._view.request
        if isinstance(under_way, ViewScene) and (under_way.fineness != "still" or fineness == "still"):
            self._next = fineness
            return
        self._next = None
        self._view = self._app.submit(ViewScene(portrait, scene, fineness))

    def _ask_sweep(self, portrait: FitView, scene: Scene) -> None:
        if not self.viewing.sweeping:
            return
        known = self._sweep_of
        wanted = replace(scene, yaw=0.0, surface="completed", judge="exact")
        if known is None or known[0] is not portrait or known[1] != wanted:
            self._sweep_of = portrait, wanted
            self._app.submit(SweepYaw(portrait, wanted, SWEPT))

    def _portrait_or_say(self) -> FitView | None:
        portrait = self.portrait()
        if portrait is None:
            self._app.notify("info", "There is nothing to export yet", "select a face that has been fitted")
        return portrait

    def _remark(self, remark: str) -> None:
        if remark != self.viewing.remark:
            self._set(remark=remark)

    def _set(self, **changes: object) -> None:
        self._session[VIEWING] = replace(self._session[VIEWING], **changes)  # type: ignore[arg-type]
