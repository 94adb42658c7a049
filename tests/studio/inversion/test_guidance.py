"""What an inversion seeks besides the embedding: where it comes from, and when it cannot be had."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.labels import MEASURE_SIZE, halved
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.faces.frame_labels import frame_histogram, frame_landmarks, label_frame
from explorer.studio.inversion import guidance as wanting
from explorer.studio.inversion.guidance import guidance_for
from explorer.studio.inversion.running import sought


@pytest.fixture(scope="module")
def frame(networks) -> np.ndarray:
    photograph = read_file(places.resources() / "faces" / "synthetic-p009.jpg")
    return crop_frame(photograph, networks.detector().detect(photograph.pixels)[0]).frame


class Constant:
    def __init__(self, value: torch.Tensor, margin: float) -> None:
        self.value, self.record = value, SimpleNamespace(margin=margin)

    def answers(self, embeddings: torch.Tensor) -> torch.Tensor:
        assert embeddings.shape == (1, 512)
        return self.value[None]


def test_nothing_is_sought_unless_it_is_asked_for(networks):
    wanted = guidance_for(networks, InversionSettings(), torch.ones(512), np.zeros((1024, 1024, 3), np.uint8))
    assert wanted.landmarks is None
    assert wanted.histogram is None
    assert sought(InversionSettings(), wanted) == {}


def test_from_the_vector_the_probes_of_its_encoder_are_asked(networks, monkeypatch):
    landmarks, histogram = torch.rand(68, 2), torch.rand(3, 10)
    asked = []

    def load_probes(encoder):
        asked.append(encoder)
        probes = {"landmarks": Constant(landmarks, 7.0), "histogram": Constant(histogram, 1.5)}
        return type("Probes", (), {"probes": probes})

    monkeypatch.setattr(wanting, "load_probes", load_probes)
    settings = InversionSettings(encoder="edgeface-s", targets="vector", tolerance=1.0)
    wanted = guidance_for(networks, settings, torch.ones(512), None)
    assert asked == ["edgeface-s"]
    # 7 % of the distance between the outer eye corners, and bins.
    eyes = float((landmarks[36] - landmarks[45]).norm())
    assert (wanted.landmark_tolerance, wanted.histogram_tolerance) == (pytest.approx(0.07 * eyes), 1.5)
    strict = guidance_for(networks, settings.model_copy(update={"tolerance": 0.0}), torch.ones(512), None)
    assert (strict.landmark_tolerance, strict.histogram_tolerance) == (0, 0)
    asked.pop()
    assert torch.equal(wanted.landmarks, landmarks)
    assert torch.equal(wanted.histogram, histogram)
    assert sought(settings, wanted) == {"landmarks": "vector", "histogram": "vector"}


def test_a_bare_embedding_has_no_photograph_to_take_targets_from(networks):
    with pytest.raises(UserError, match="bare embedding has no photograph"):
        guidance_for(networks, InversionSettings(targets="photograph"), torch.ones(512), None)


@pytest.mark.slow
def test_from_the_photograph_they_are_dlibs_landmarks_and_the_exact_histogram(networks, frame):
    settings = InversionSettings(targets="photograph")
    wanted = guidance_for(networks, settings, torch.ones(512), frame)
    assert wanted.landmarks.shape == (68, 2)
    np.testing.assert_array_equal(wanted.landmarks.numpy(), frame_landmarks(networks, frame))
    np.testing.assert_array_equal(wanted.histogram.numpy(), frame_histogram(frame))
    assert (wanted.landmark_tolerance, wanted.histogram_tolerance) == (0, 0)
    assert sought(settings, wanted) == {"landmarks": "photograph", "histogram": "photograph"}


@pytest.mark.slow
def test_landmarks_lie_on_the_face_in_pixels_of_the_small_frame(networks, frame):
    """FFHQ's frame has the eyes about 47 % and the mouth about 73 % down."""
    found = frame_landmarks(networks, frame) / MEASURE_SIZE
    eyes, mouth = found[36:48].mean(0), found[48:].mean(0)
    np.testing.assert_allclose(eyes, (0.5, 0.47), atol=0.05)
    np.testing.assert_allclose(mouth, (0.5, 0.73), atol=0.05)


def test_the_histogram_is_that_of_the_small_frame(frame):
    shares = frame_histogram(frame)
    assert shares.shape == (3, 10)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
    small = halved(label_frame(frame))
    hard = [np.histogram(small[..., colour], 10, (-0.5, 255.5))[0] / MEASURE_SIZE**2 for colour in range(3)]
    np.testing.assert_allclose(shares, hard, atol=1e-6)
