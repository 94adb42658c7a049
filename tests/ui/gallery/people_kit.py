"""A window with a folder of people in its gallery."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from explorer.studio.gallery.browsing import BROWSING
from explorer.ui.faces.opening import OpenService
from explorer.ui.gallery.panel import GalleryPanel
from tests.studio.gallery.gallery_kit import folder_of_people
from tests.ui.stage import Stage


@pytest.fixture
def many(stage: Stage, tmp_path: Path) -> Stage:
    """A folder of three people, three photographs each, dropped on the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder_of_people(tmp_path / "people")))])
    assert stage.window.service(OpenService).mime(mime)
    stage.settle()
    stage.until(lambda: panel(stage).grid.faces.rowCount() == 9)
    return stage


def panel(stage: Stage) -> GalleryPanel:
    return stage.window.panel(GalleryPanel)


def key(stage: Stage, name: str) -> str:
    listing = stage.session[BROWSING].listing
    return listing.keys[listing.names.index(name)]
