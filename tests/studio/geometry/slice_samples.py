"""A value of the 3D face's slice: the one face fitted, seen from the side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.state import VIEWING, Viewer3DState
from explorer.studio.geometry.view.portraits import portrait_of
from explorer.studio.geometry.view.scene import Camera, RenderStyle
from explorer.studio.geometry.view.viewer import FaceViewer
from explorer.studio.session.slices import Slice
from tests.studio.geometry.viewing_kit import fitted_face
from tests.studio.slice_kit import KEY, RUN_KEY, SHA


def samples() -> Mapping[Slice[Any], Any]:
    viewer = FaceViewer(load_morphable_model())
    fitted = fitted_face(viewer.model)
    portrait = portrait_of(viewer, KEY, "jane.png", SHA, fitted)
    live = portrait_of(viewer, f"{RUN_KEY}/4", "step 4", "", fitted)
    look, camera = RenderStyle(tint="exact"), Camera(30.0, -10.0, 2.0, 0.1, 0.0)
    return {
        VIEWING: Viewer3DState(portraits={KEY: portrait}, live=live, scene=portrait.scene, look=look, camera=camera)
    }
