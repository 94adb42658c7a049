"""Handlers of the 3D panels: fits, refinements, views and exports.

Model, landmark finders and the views' caches belong to the worker `light` alone; exports make their own.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from explorer.science.faces.face import FaceError
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.refinement import RefinementSettings, refine
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled
from explorer.studio.geometry.fitting import FittedFace, as_picture, fit_frame, with_foreground
from explorer.studio.geometry.foreground import ForegroundSource, foreground_source
from explorer.studio.geometry.landmark_sources import LandmarkFinder, LandmarkSource, landmark_finder, landmark_source
from explorer.studio.geometry.requests import (
    ExportFits,
    ExportMaps,
    ExportView,
    FitFrame,
    FitRunImage,
    FrameFitted,
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
        self._finders: dict[LandmarkSource, LandmarkFinder] = {}
        self._refinement = refinement or RefinementSettings()

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            FitFrame: self.fit_frame,
            RefineFit: self.refine_fit,
            FitRunImage: self.fit_run_image,
            ViewScene: self.view_scene,
            SweepYaw: self.sweep_yaw,
            ExportView: self.export_view,
            ExportMaps: self.export_maps,
            ExportFits: self.export_fits,
        }

    @cached_property
    def _viewer(self) -> FaceViewer:
        return open_viewer()

    @cached_property
    def _basis(self) -> LandmarkBasis:
        return landmark_basis(self._viewer.model)

    def _finder(self, source: LandmarkSource) -> LandmarkFinder:
        if self._given is not None:
            return self._given
        if source not in self._finders:
            self._finders[source] = landmark_finder(source)
        return self._finders[source]

    def fit_frame(self, request: FitFrame, control: Control) -> Generator[Report, None, FrameFitted]:
        """Find the landmarks and fit them."""
        yield Progress("fitting the face")
        try:
            source = landmark_source(request.landmarks)
            own = foreground_source() if self._foreground is None else self._foreground
            fitted = fit_frame(request.frame, self._viewer.model, self._finder(source), self._basis, own)
        except (FaceError, MissingNetwork) as error:
            return FrameFitted(request.key, None, str(error))
        named = request.key, request.name, request.sha256
        return FrameFitted(request.key, self._portrait(*named, fitted, Origin.of(request.face, source)))

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
            fitted = fit_frame(request.image, self._viewer.model, self._finder(source), self._basis, "fit")
        except (FaceError, MissingNetwork) as error:
            return RunImageFitted(request.run_key, None, str(error))
        named = f"{request.run_key}/{request.step}", f"reconstruction, step {request.step}", ""
        return RunImageFitted(request.run_key, self._portrait(*named, fitted, Origin.of(None, source)))

    def view_scene(self, request: ViewScene, control: Control) -> Generator[Report, None, FaceView]:
        """Make a view; it is left as soon as a newer one is wanted."""
        yield Progress("turning the face")

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled("a newer view is wanted")

        portrait = request.portrait
        return self._viewer.view(portrait.key, portrait.fitted, request.scene, FINENESS[request.fineness], proceed)

    def sweep_yaw(self, request: SweepYaw, control: Control) -> Generator[Report, None, YawSweep]:
        """Find the visibility over yaw, one angle at a time."""
        portrait, total = request.portrait, len(request.degrees)
        result = YawSweep(portrait.key, request.scene)
        for result in self._viewer.sweep(portrait.key, portrait.fitted, request.scene, list(request.degrees)):
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
                request.path, open_viewer(), portrait, request.scene, request.look, request.camera, turned, inversion
            )
        else:
            paths = exporting.write_mesh(request.path, open_viewer(), portrait, request.scene, inversion)
        return ViewExported(paths)

    def export_maps(self, request: ExportMaps, control: Control) -> Generator[Report, None, ViewExported]:
        """Write the texture maps."""
        from explorer.studio.geometry import export as exporting
        from explorer.studio.geometry.provenance import inversion_of

        yield Progress("writing the texture maps")
        portrait, scene = request.portrait, request.scene
        inversion = inversion_of(portrait, request.run)
        return ViewExported(exporting.write_maps(request.folder, open_viewer(), portrait, scene, inversion))

    def export_fits(self, request: ExportFits, control: Control) -> Generator[Report, None, ViewExported]:
        """Write figure 5.16."""
        from explorer.studio.geometry import export as exporting
        from explorer.studio.geometry.provenance import inversion_of

        yield Progress(f"writing {request.path.name}")
        faces = list(zip(request.portraits, request.scenes, strict=True))
        inversions = [inversion_of(portrait, request.run) for portrait in request.portraits]
        return ViewExported(exporting.write_fits(request.path, open_viewer(), faces, inversions))

    def _portrait(self, key: str, name: str, sha256: str, fitted: FittedFace, origin: Origin) -> FitView:
        return portrait_of(self._viewer, key, name, sha256, fitted, origin)
