"""The sample faces are there, named, licensed, and each shows one usable face."""

from __future__ import annotations

import pytest

from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.reading import read_file
from explorer.studio import catalogue, places
from explorer.studio.faces.samples import SAMPLES, Sample


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(catalogue.path("scrfd-500m").read_bytes())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_sample_shows_one_usable_face(sample: Sample, detector: Detector) -> None:
    photograph = read_file(sample.path)
    faces = detector.detect(photograph.pixels)
    assert len(faces) == 1
    assert choose_face(photograph, faces) is faces[0]


def test_every_picture_in_the_folder_is_listed_with_its_licence() -> None:
    folder = places.resources() / "faces"
    assert {file.name for file in folder.iterdir() if file.suffix in {".png", ".jpg"}} == {s.file for s in SAMPLES}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(sample.file in readme and sample.licence for sample in SAMPLES)
