"""What an objective evaluates: which terms act, in which frame landmarks and histograms are taken, what they cost."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.science.faces.alignment import crop_frame, frame_matrix, transform
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.guidance import Guidance, onto_image
from explorer.science.inversion.objective import Evaluation, Objective, common_frame, usual_points
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import LossTarget
from explorer.science.leakage.labels.histogram import binned, counts

POINTS = usual_points(256)[None] + torch.tensor([[3.0, -2.0]])


class Flat:
    """Draws an image whose every pixel is the first number of its latent."""

    mean_w, spread_w = torch.zeros(512), torch.ones(512)
    spec = MOBILESTYLEGAN

    def styles(self, latent, space):
        return latent[:, None].expand(-1, 23, -1)

    def image(self, styles, resolution):
        return styles[:, 0, 0, None, None, None].expand(-1, 3, resolution, resolution)


class Embedder:
    def embed(self, image, points):
        return torch.ones(len(image), 4) * image.mean((1, 2, 3))[:, None]


class Seen(nn.Module):
    """All landmarks lie at the brightness of the frame."""

    def forward(self, frame):
        return frame.mean((1, 2, 3))[:, None, None].expand(-1, 68, 2) * 224


class Detector:
    def points_in_frame(self, image):
        return POINTS.expand(len(image), -1, -1), torch.ones(len(image), dtype=torch.bool)


def objective(**wanted) -> Objective:
    target = LossTarget(torch.ones(4), "cosine", **wanted)
    return Objective(target, InversionSettings(), Flat(), Embedder(), Detector(), Seen())


def latent(*brightness: float) -> torch.Tensor:
    return torch.zeros(len(brightness), 512).index_fill_(1, torch.tensor([0]), 1) * torch.tensor(brightness)[:, None]


def test_only_terms_whose_targets_are_there_are_evaluated():
    assert set(objective().evaluate(latent(0.5)).losses) == {"identity", "prior"}
    both = objective(landmarks=torch.full((68, 2), 112.0), histogram=torch.full((3, 10), 0.1)).evaluate(latent(0.5))
    assert set(both.losses) == {"identity", "landmarks", "histogram", "prior"}
    assert objective().evaluate(latent(0.5)).candidate.landmarks is None


def test_landmarks_and_histogram_are_those_of_the_generated_face():
    wanted = torch.zeros(3, 10)
    wanted[:, 5] = 1
    searched = objective(landmarks=torch.full((68, 2), 112.0), histogram=wanted)
    losses = searched.evaluate(latent(140 / 255, 0.25)).losses
    assert losses["landmarks"][1].item() == pytest.approx(136 * 56**2, rel=1e-4)
    assert losses["histogram"][0].item() == pytest.approx(0, abs=5e-3)
    assert losses["histogram"][1].item() > 4


@pytest.mark.parametrize("form", ["ours", "printed"])
def test_both_forms_of_the_histogram_are_shares_of_the_frame(form):
    target = LossTarget(torch.ones(4), "cosine", histogram=torch.full((3, 10), 0.1))
    searched = Objective(target, InversionSettings(histogram=form), Flat(), Embedder(), Detector())
    found = searched.evaluate(latent(0.5)).candidate.histogram
    torch.testing.assert_close(found.sum(-1), torch.ones(1, 3))


def test_landmarks_without_a_network_are_refused():
    with pytest.raises(ValueError, match="needs a landmark network"):
        Objective(
            LossTarget(torch.ones(4), "cosine", torch.ones(68, 2)), InversionSettings(), Flat(), Embedder(), Detector()
        )


def test_a_term_of_weight_zero_gets_no_gradient():
    reached = []
    loss = torch.ones(1, requires_grad=True)
    other = torch.ones(1, requires_grad=True)
    other.register_hook(reached.append)
    evaluation = Evaluation(candidate=None, losses={"identity": 2 * loss, "prior": 3 * other})
    total = evaluation.total({"identity": 1.0, "prior": 0.0})
    assert total.item() == 2
    total.backward(retain_graph=True)
    assert reached == []
    nothing = evaluation.total({"identity": 0.0, "prior": 0.0})
    nothing.backward()
    assert nothing.item() == 0


def test_a_generated_face_is_framed_as_its_photograph_would_be():
    """The same pixels and points through `crop_frame` give the same frame, and so the same histogram."""
    random = np.random.default_rng(0)
    pixels = np.kron(random.integers(0, 256, (16, 16, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    points = POINTS[0].double().numpy()
    face = Face(points, (60.0, 60.0, 200.0, 220.0), 1.0)
    cut = crop_frame(Photograph(pixels, "drawn", ""), face, 224).frame
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    framed = (common_frame(image, POINTS)[0].permute(1, 2, 0) * 255).round().byte().numpy()
    inside = slice(30, 200)
    assert np.abs(framed[inside, inside].astype(int) - cut[inside, inside]).max() <= 1
    np.testing.assert_allclose(binned(counts(framed)), binned(counts(cut)), atol=0.02)


def test_landmarks_go_back_onto_the_picture_that_the_frame_was_cut_from():
    landmarks = np.random.default_rng(0).uniform(40, 180, (68, 2)).astype(np.float32)
    back = onto_image(landmarks, POINTS[0].double().numpy(), 256)
    again = transform(frame_matrix(POINTS, 224), torch.from_numpy(back * 256)[None])[0]
    np.testing.assert_allclose(again.numpy(), landmarks, atol=1e-2)


def test_what_is_wanted_moves_to_a_device_with_what_is_missing():
    moved = Guidance(histogram=torch.ones(3, 10)).to("cpu")
    assert moved.landmarks is None
    assert torch.equal(moved.histogram, torch.ones(3, 10))
