"""Eqs. 2-5 against the same written by hand, over the whole picture and over the central face."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.science.decoding.losses import (
    DecoderLoss,
    central_face,
    gradient_loss,
    padded_face,
    pixel_loss,
)
from explorer.science.decoding.perceptual import Perceptual
from explorer.science.decoding.settings import LOSSES, DecoderSettings


class Halves(nn.Module):
    """Features: each picture at half its side, times three."""

    def forward(self, pictures):
        return 3 * nn.functional.avg_pool2d(pictures, 2)


@pytest.fixture
def pictures():
    random = torch.Generator().manual_seed(1)
    return [torch.rand(2, 3, 20, 20, generator=random) for _ in range(2)]


@pytest.fixture
def halves():
    return Perceptual("halves", "only", Halves(), None)


def by_hand(wanted, decoded, scaling):
    """The six terms in numpy."""
    x, y = (one.double().numpy() for one in (wanted, decoded))
    norm = np.mean if scaling == "means" else lambda square: square.sum() / len(x)

    def pixel(x, y):
        return norm((x - y) ** 2)

    def gradient(x, y):
        parts = [(np.diff(x, axis=axis) - np.diff(y, axis=axis)) ** 2 for axis in (2, 3)]
        if scaling == "means":
            return sum(part.sum() for part in parts) / sum(part.size for part in parts)
        return sum(part.sum() for part in parts) / len(x)

    def features(x):
        return 3 * x.reshape(2, 3, 10, 2, 10, 2).mean((3, 5))

    def face(x):  # 0.6 of the side from 0.2 and 0.27 of it on
        return x[:, :, 5:17, 4:16]

    def padded(x):
        empty = np.zeros_like(x)
        empty[:, :, 5:17, 4:16] = face(x)
        return empty

    def perceptual(x, y):
        unit = (features(x) ** 2).mean() if scaling == "means" else 1
        return norm((features(x) - features(y)) ** 2) / unit

    return {
        "pixel": pixel(x, y),
        "gradient": gradient(x, y),
        "perceptual": perceptual(x, y),
        "local_pixel": pixel(face(x), face(y)),
        "local_gradient": gradient(face(x), face(y)),
        "local_perceptual": perceptual(padded(x), padded(y)),
    }


@pytest.mark.parametrize("scaling", ["means", "sums"])
def test_each_term_is_what_the_paper_says_and_the_loss_is_their_weighted_sum(pictures, halves, scaling):
    wanted, decoded = pictures
    weights = {"gradient": 2.0, "local_perceptual": 0.5}
    settings = DecoderSettings(scaling=scaling, weights=weights)
    found = DecoderLoss(settings, halves, wanted)(wanted, decoded)
    expected = by_hand(wanted, decoded, scaling)
    assert list(found) == ["loss", *LOSSES]
    for name in LOSSES:
        assert float(found[name]) == pytest.approx(expected[name], rel=1e-4), name
    total = sum(weights.get(name, 1.0) * value for name, value in expected.items())
    assert float(found["loss"]) == pytest.approx(total, rel=1e-4)


def test_nothing_is_lost_where_nothing_differs(pictures, halves):
    wanted, _ = pictures
    found = DecoderLoss(DecoderSettings(), halves, wanted)(wanted, wanted)
    assert all(float(value) == 0 for value in found.values())


def test_the_central_face_is_shown_where_it_is_with_nothing_around_it(pictures):
    wanted, _ = pictures
    padded = padded_face(wanted)
    assert padded.shape == wanted.shape
    assert torch.equal(padded[..., 5:17, 4:16], central_face(wanted))
    assert padded.count_nonzero() == central_face(wanted).count_nonzero() == 2 * 3 * 12 * 12


def test_what_lies_around_the_face_is_nothing_to_the_local_terms(pictures, halves):
    wanted, decoded = pictures
    outside = decoded - padded_face(decoded) + padded_face(wanted)
    found = DecoderLoss(DecoderSettings(), halves, wanted)(wanted, outside)
    assert all(float(found[name]) == 0 for name in LOSSES if name.startswith("local_"))
    assert float(found["pixel"]) > 0


@pytest.mark.parametrize("scaling", ["means", "sums"])
def test_a_term_without_weight_is_not_evaluated(pictures, scaling):
    wanted, decoded = pictures
    settings = DecoderSettings(scaling=scaling, weights=dict.fromkeys(["perceptual", "local_perceptual"], 0.0))
    assert list(DecoderLoss(settings, None, wanted)(wanted, decoded)) == [
        "loss",
        "pixel",
        "gradient",
        "local_pixel",
        "local_gradient",
    ]
    with pytest.raises(ValueError, match="perceptual needs a perceptual network"):
        DecoderLoss(DecoderSettings(), None, wanted)


def test_a_sum_is_the_mean_of_so_many_numbers(pictures):
    wanted, decoded = pictures
    sums, means = (float(pixel_loss(wanted, decoded, scaling)) for scaling in ("sums", "means"))
    assert sums == pytest.approx(3 * 20 * 20 * means, rel=1e-5)


def test_the_loss_descends_to_the_picture(pictures, halves):
    wanted, decoded = pictures
    loss, moved = DecoderLoss(DecoderSettings(), halves, wanted), decoded.clone().requires_grad_()
    before = loss(wanted, moved)["loss"]
    before.backward()
    assert float(loss(wanted, moved.detach() - moved.grad)["loss"]) < before.item()


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["arcface-mbf", "sface", "edgeface-s", "dlib-resnet"])
def test_in_mixed_precision_the_loss_and_its_slope_are_nearly_the_same(networks, encoder):
    random = torch.Generator().manual_seed(0)
    wanted = torch.rand(2, 3, 64, 64, generator=random)
    decoded = (wanted + 0.1 * torch.randn(2, 3, 64, 64, generator=random)).requires_grad_()
    loss = DecoderLoss(DecoderSettings(), Perceptual.of_encoder(networks.recogniser(encoder)), wanted)
    slopes, values = [], []
    for mixed in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            value = loss(wanted, decoded)["loss"]
        slopes.append(torch.autograd.grad(value, decoded)[0].flatten())
        values.append(value.item())
    assert values[1] == pytest.approx(values[0], rel=0.03)
    assert torch.cosine_similarity(*slopes, dim=0) > 0.95


def test_edges_are_told_from_brightness():
    wanted = torch.zeros(1, 3, 4, 4)
    assert float(gradient_loss(wanted, wanted + 0.5)) == 0
    stripes = torch.tensor([0.0, 1.0]).repeat(2).expand(1, 3, 4, 4)
    assert float(gradient_loss(wanted, stripes)) == pytest.approx(0.5)  # of across and down, across alone
