"""The astronaut's frame and all labellers, for every test of this folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.science.leakage.labels import LABEL_SIZE, NETWORKS, Labellers, Labels, halved
from explorer.studio import catalogue, places


@pytest.fixture(scope="session")
def label_files() -> dict[str, Path]:
    return {network: catalogue.path(network) for network in NETWORKS}


@pytest.fixture(scope="session")
def labellers(label_files) -> Labellers:
    return Labellers(label_files)


@pytest.fixture(scope="session")
def astronaut_crop(networks):
    """The astronaut's frame as labellers see it, and SCRFD's five points in it."""
    photograph = read_file(places.resources() / "faces" / "astronaut.png")
    face = networks.detector().detect(photograph.pixels)[0]
    frame = np.ascontiguousarray(crop_frame(photograph, face, LABEL_SIZE).frame)
    return frame, networks.detector().detect_in_frame(frame).points


@pytest.fixture(scope="session")
def astronaut_labels(labellers, astronaut_crop) -> Labels:
    frame, _ = astronaut_crop
    return labellers(frame, halved(frame))
