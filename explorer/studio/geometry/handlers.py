"""Handlers of the 3D panels: fits, refinements, views and exports.

Model, landmark finders and the views' caches belong to the worker `light` alone; exports make their own.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from explorer.science.faces.face import FaceError
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.geometry.refinement import RefinementSettings, refine
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.geometry.fitting import FittedFace, as_picture, fit_frame, load_morphable_model, with_foreground
from explorer.studio.geometry.foreground import ForegroundSource, foreground_source
from explorer.studio.geometry.landmark_sources import LandmarkFinder, LandmarkSource, landmark_finder, landmark_source
from explorer.studio.geometry.requests import (
    ExportFits,
    ExportMaps,
    ExportView,
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
from explorer.studio.geometry.view.face_view import FaceView, YawSweep
from explorer.studio.geometry.view.portrait import FitView, Origin
from explorer.studio.geometry.view.portraits import open_viewer, portrait_of
from explorer.studio.geometry.view.viewer import LIVE, MOVING, STILL, FaceViewer

if TYPE_CHECKING:
    from explorer.science.geometry.landmarks import LandmarkBasis

FINENESS = {"moving": MOVING, "still": STILL, "live": LIVE}
# Colours are compared at vertices; a frame of this side has a pixel for each.
_REFINED_AT = 256


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return ViewHandlers().table()


class ViewHandlers:
    """Fits faces and shows them.

    Args:
        finder: the 68 landmarks (68, 2) of the face in a common frame (S, S, 3); what a request chooses if None.
        refinement: how fits are refined.
        foreground: who says what is background in a photograph; `foreground_source` if None.
    """

    def __init__(
        self,
        finder: LandmarkFinder | None = None,
        refinement: RefinementSettings | None = None,
        foreground: ForegroundSource | None = None,
    ) -> None:
        self._given, self._foreground = finder, foreground
        self._own: _Opened | None = None
        self._finders: dict[LandmarkSource, LandmarkFinder] = {}
        self._refinement = refinement or RefinementSettings()

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            FitFrame: self.fit_frame,
            OpenModel: self.open_model,
            RefineFit: self.refine_fit,
            FitRunImage: self.fit_run_image,
            ViewScene: self.view_scene,
            SweepYaw: self.sweep_yaw,
            ExportView: self.export_view,
            ExportMaps: self.export_maps,
            ExportFits: self.export_fits,
        }

    @cached_property
    def _shipped(self) -> _Opened:
        return _Opened(None, open_viewer())

    def _opened(self, model: Path | None) -> _Opened:
        """A model that faces are fitted with; of the user's own the newest is kept."""
        if model is None:
            return self._shipped
        if self._own is None or self._own.path != model:
            self._own = _Opened(model, open_viewer(load_morphable_model(model)))
        return self._own

    def _viewer(self, portrait: FitView) -> FaceViewer:
        return self._opened(portrait.origin.model).viewer

    def open_model(self, request: OpenModel, control: Control) -> Generator[Report, None, ModelOpened]:
        """Read a model, find its landmarks where no file says them, and make it the one that faces are fitted with."""
        yield Progress("reading the morphable model, and finding its landmarks")
        opened = _Opened(request.path, open_viewer(load_morphable_model(request.path, request.landmarks)))
        model, self._own = opened.viewer.model, opened
        return ModelOpened(request.path, model.name, len(model.mean), len(model.identity), len(model.expression))

    def _finder(self, source: LandmarkSource) -> LandmarkFinder:
        if self._given is not None:
            return self._given
        if source not in self._finders:
            self._finders[source] = landmark_finder(source)
        return self._finders[source]

    def fit_frame(self, request: FitFrame, control: Control) -> Generator[Report, None, FrameFitted]:
        """Find the landmarks, and fit them or what recognition says."""
        yield Progress("fitting the face")
        try:
            source = landmark_source(request.landmarks)
            own = foreground_source() if self._foreground is None else self._foreground
            opened = self._opened(request.model)
            fitted = fit_frame(request.frame, opened.viewer.model, self._finder(source), opened.basis, own, request.by)
        except (FaceError, MorphableModelError, MissingNetwork, UserError) as error:
            return FrameFitted(request.key, None, str(error))
        named = request.key, request.name, request.sha256
        return FrameFitted(request.key, self._portrait(*named, fitted, Origin.of(request.face, source, request.model)))

    def refine_fit(self, request: RefineFit, control: Control) -> Generator[Report, None, FrameFitted]:
        """Descend from the fit; a step at a time, so that a scrub never waits for it."""
        old = request.portrait
        settings, factor = self._refinement, max(1, len(old.frame) // _REFINED_AT)
        yield Progress("refining the fit", 0, settings.steps, "steps")
        image = torch.nn.functional.avg_pool2d(as_picture(old.frame)[None], factor)[0]
        small = torch.from_numpy(old.landmarks) / factor
        last = None
        for last in refine(old.fitted.model, image, small, old.fitted.fit.scaled(1 / factor), settings):
            yield Progress("refining the fit", last.step, settings.steps, "steps")
        if last is None:
            return FrameFitted(old.key, old)
        fitted = replace(old.fitted, fit=last.fit.scaled(factor), refinement=last)
        if fitted.foreground.by == "fit":  # which has moved
            fitted = with_foreground(fitted, "fit")
        return FrameFitted(old.key, self._portrait(old.key, old.name, old.sha256, fitted, old.origin))

    def fit_run_image(self, request: FitRunImage, control: Control) -> Generator[Report, None, RunImageFitted]:
        """Fit a run's picture, which lies in the common frame already."""
        yield Progress("fitting the reconstruction")
        try:
            source = landmark_source(request.landmarks)
            # A run's picture changes every few steps: face parsing would take the time of one.
            opened = self._opened(request.model)
            fitted = fit_frame(
                request.image, opened.viewer.model, self._finder(source), opened.basis, "fit", request.by
            )
        except (FaceError, MorphableModelError, MissingNetwork, UserError) as error:
            return RunImageFitted(request.run_key, None, str(error))
        named = f"{request.run_key}/{request.step}", f"reconstruction, step {request.step}", ""
        return RunImageFitted(request.run_key, self._portrait(*named, fitted, Origin.of(None, source, request.model)))

    def view_scene(self, request: ViewScene, control: Control) -> Generator[Report, None, FaceView]:
        """Make a view; it is left as soon as a newer one is wanted."""
        yield Progress("turning the face")

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled("a newer view is wanted")

        portrait = request.portrait
        fineness = FINENESS[request.fineness]
        return self._viewer(portrait).view(portrait.key, portrait.fitted, request.scene, fineness, proceed)

    def sweep_yaw(self, request: SweepYaw, control: Control) -> Generator[Report, None, YawSweep]:
        """Find the visibility over yaw, one angle at a time."""
        portrait, total = request.portrait, len(request.degrees)
        result = YawSweep(portrait.key, request.scene)
        viewer = self._viewer(portrait)
        for result in viewer.sweep(portrait.key, portrait.fitted, request.scene, list(request.degrees)):
            yield Progress("visibility over yaw", len(result.degrees), total, "angles")
        return result

    def export_view(self, request: ExportView, control: Control) -> Generator[Report, None, ViewExported]:
        """Write a mesh or a film."""
        from explorer.studio.geometry import export as exporting
        from explorer.studio.geometry.provenance import inversion_of

        yield Progress(f"writing {request.path.name}")
        portrait = request.portrait
        inversion = inversion_of(portrait, request.run)
        if request.path.suffix.lower() in exporting.FILMS:

            def turned(done: int, total: int) -> None:
                if control.should_stop():
                    raise Cancelled("the film was cancelled")
                control.emit(Progress(f"drawing {request.path.name}", done, total, "pictures"))

            paths = exporting.write_turntable(
                request.path,
                _own_viewer(portrait),
                portrait,
                request.scene,
                request.look,
                request.camera,
                turned,
                inversion,
            )
        else:
            paths = exporting.write_mesh(request.path, _own_viewer(portrait), portrait, request.scene, inversion)
        return ViewExported(paths)

    def export_maps(self, request: ExportMaps, control: Control) -> Generator[Report, None, ViewExported]:
        """Write the texture maps."""
        from explorer.studio.geometry import export as exporting
        from explorer.studio.geometry.provenance import inversion_of

        yield Progress("writing the texture maps")
        portrait, scene = request.portrait, request.scene
        inversion = inversion_of(portrait, request.run)
        return ViewExported(exporting.write_maps(request.folder, _own_viewer(portrait), portrait, scene, inversion))

    def export_fits(self, request: ExportFits, control: Control) -> Generator[Report, None, ViewExported]:
        """Write figure 5.16."""
        from explorer.studio.geometry import export as exporting
        from explorer.studio.geometry.provenance import inversion_of

        yield Progress(f"writing {request.path.name}")
        faces = list(zip(request.portraits, request.scenes, strict=True))
        inversions = [inversion_of(portrait, request.run) for portrait in request.portraits]
        return ViewExported(exporting.write_fits(request.path, _own_viewer(request.portraits[0]), faces, inversions))

    def _portrait(self, key: str, name: str, sha256: str, fitted: FittedFace, origin: Origin) -> FitView:
        return portrait_of(self._opened(origin.model).viewer, key, name, sha256, fitted, origin)


class _Opened:
    """A model that faces are fitted with. path: of the user's own; None of the one that ships."""

    def __init__(self, path: Path | None, viewer: FaceViewer) -> None:
        self.path, self.viewer = path, viewer

    @cached_property
    def basis(self) -> LandmarkBasis:
        """The model at the vertices that landmarks can be."""
        return landmark_basis(self.viewer.model)


def _own_viewer(portrait: FitView) -> FaceViewer:
    """A viewer of a fit's model for one file alone."""
    return open_viewer(portrait.fitted.model)
