"""The detector and a real photograph, for every test of this folder."""

from __future__ import annotations

import pytest

from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_file
from explorer.studio import catalogue, places


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector(catalogue.path("scrfd-500m").read_bytes())


@pytest.fixture(scope="session")
def astronaut() -> Photograph:
    return read_file(places.resources() / "faces" / "astronaut.png")


@pytest.fixture(scope="session")
def portrait() -> Photograph:
    return read_file(places.resources() / "faces" / "synthetic-p009.jpg")
