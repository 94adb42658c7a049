"""One viewer of the model that ships with the program, and one face."""

from __future__ import annotations

import pytest

from explorer.studio.geometry.fitting import FittedFace, load_morphable_model
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.portraits import portrait_of
from explorer.studio.geometry.view.viewer import FaceViewer
from tests.studio.geometry.viewing_kit import fitted_face


@pytest.fixture(scope="session")
def viewer() -> FaceViewer:
    return FaceViewer(load_morphable_model())


@pytest.fixture(scope="session")
def face(viewer: FaceViewer) -> FittedFace:
    return fitted_face(viewer.model)


@pytest.fixture(scope="session")
def portrait(viewer: FaceViewer, face: FittedFace) -> FitView:
    return portrait_of(viewer, "face", "person.png", "0" * 64, face)
