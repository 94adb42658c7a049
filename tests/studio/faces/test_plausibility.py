"""What is not face-like is remarked upon: a texture under hand-placed points, and never a sample face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.face import Face, Photograph
from explorer.science.faces.reading import read_file
from explorer.studio.catalogue.networks import Networks
from explorer.studio.faces.plausibility import LEAST_NORM, remark_on
from explorer.studio.faces.samples import SAMPLES

POINTS = np.array([[190.0, 220], [322, 220], [256, 300], [205, 370], [307, 370]])


def vectors(**norms: float) -> dict[str, np.ndarray]:
    """Embeddings of the norms that are named, by encoder."""
    named = {"arcface": "arcface-mbf", "sface": "sface", "edgeface": "edgeface-s"}
    return {named[name]: np.array([norm, 0], np.float32) for name, norm in norms.items()}


@pytest.mark.parametrize(
    ("by_hand", "score", "norms", "remarked"),
    [
        (True, 1.0, {"arcface": 11.0, "sface": 5.0}, True),
        (True, 1.0, {"arcface": 11.0, "sface": 11.0}, False),
        (True, 1.0, {"arcface": 21.0, "sface": 11.0}, False),
        (True, 1.0, {"arcface": 11.0}, True),
        (False, 0.8, {"arcface": 11.0}, False),
        (True, 1.0, {"edgeface": 0.1}, False),
        (True, 1.0, {}, False),
        (False, 0.55, {"arcface": 11.0, "sface": 11.0}, True),
        (False, 0.55, {"arcface": 21.0, "sface": 11.0}, False),
        (False, 0.55, {}, False),
        (False, 0.8, {"arcface": 11.0, "sface": 5.0}, True),
    ],
)
def test_two_signs_are_needed(by_hand: bool, score: float, norms: dict[str, float], remarked: bool) -> None:
    face = Face(POINTS, (190, 220, 322, 370), score, by_hand)
    remark = remark_on(face, vectors(**norms))
    assert bool(remark) is remarked
    if remarked and "arcface" in norms:
        assert "norm 11.0 of arcface-mbf" in remark


@pytest.mark.slow
def test_textures_are_remarked_upon_and_samples_are_not() -> None:
    networks = Networks("cpu")
    encoders = {name: networks.recogniser(name) for name in LEAST_NORM}

    def remark(photograph: Photograph, face: Face) -> str:
        return remark_on(face, {name: embed_face(one, photograph, face).numpy() for name, one in encoders.items()})

    for seed in range(4):
        random = np.random.default_rng(seed)
        smooth = cv2.resize(random.integers(0, 255, (6, 5, 3), np.uint8), (512, 512), interpolation=cv2.INTER_CUBIC)
        for pixels in (smooth, random.integers(0, 255, (512, 512, 3), np.uint8)):
            texture = Photograph(pixels, f"texture {seed}", "0" * 64)
            assert remark(texture, face_by_hand(POINTS, texture))
    for sample in SAMPLES:
        photograph = read_file(Path(sample.path))
        face = networks.detector().detect(photograph.pixels)[0]
        assert not remark(photograph, face), sample.file
        width = face.box[2] - face.box[0]
        blurred = cv2.GaussianBlur(photograph.pixels, (0, 0), 0.05 * width)
        assert not remark(Photograph(blurred.astype(np.uint8), sample.file, "1" * 64), face), "a poor photograph"
