"""Encoders, detector and generator give on a GPU what they give on the CPU."""

from __future__ import annotations

import pytest
import torch

from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.registry import default_encoders
from explorer.studio.catalogue.networks import Networks
from tests.cuda.devices import DEVICES, GPU_ONLY, cosine, networks_on

SIDE = 128


@pytest.fixture(scope="module")
def face(networks: Networks) -> torch.Tensor:
    """A face of the generator, (1, 3, S, S)."""
    generator = networks.generator()
    with torch.no_grad():
        return generator.image(generator.styles(generator.sample(1, 7)[1], "W"), SIDE)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("encoder", default_encoders())
def test_an_encoder_sees_who_it_is(encoder: str, device: str, networks: Networks, face: torch.Tensor) -> None:
    points = usual_points(SIDE)[None]
    with torch.no_grad():
        here = networks.recogniser(encoder).embed(face, points)
        there = networks_on(device, networks).recogniser(encoder).embed(face.to(device), points.to(device))
    assert there.device.type == device
    assert cosine(here, there) > 1 - 1e-3


@pytest.mark.parametrize("device", DEVICES)
def test_the_detector_finds_the_same_points(device: str, networks: Networks, face: torch.Tensor) -> None:
    with torch.no_grad():
        here, found = networks.detector().points_in_frame(face)
        there, also = networks_on(device, networks).detector().points_in_frame(face.to(device))
    assert found.tolist() == also.tolist() == [True]
    assert (here - there.cpu()).abs().max() < 0.01 * SIDE


@pytest.mark.parametrize("device", DEVICES)
def test_the_generator_draws_the_same_and_its_slopes_are_the_same(device: str, networks: Networks) -> None:
    drawn, slopes = [], []
    for one in (networks, networks_on(device, networks)):
        generator = one.generator()
        w = generator.sample(1, 7)[1].detach().requires_grad_()
        picture = generator.image(generator.styles(w, "W"), SIDE)
        (slope,) = torch.autograd.grad(picture.square().mean(), w)
        drawn.append(picture.detach().cpu())
        slopes.append(slope)
    assert (drawn[0] - drawn[1]).abs().max() < 0.02
    assert cosine(*slopes) > 1 - 1e-3


@pytest.mark.parametrize("device", GPU_ONLY)
@pytest.mark.parametrize("encoder", default_encoders())
def test_an_encoders_slope_is_the_same(encoder: str, device: str, networks: Networks, face: torch.Tensor) -> None:
    slopes = []
    for one, place in ((networks, "cpu"), (networks_on(device, networks), device)):
        picture = face.to(place).detach().requires_grad_()
        recogniser, points = one.recogniser(encoder), usual_points(SIDE)[None].to(place)
        goal = torch.ones(1, recogniser.spec.dimension, device=place)
        towards = torch.cosine_similarity(recogniser.embed(picture, points), goal).sum()
        slopes.append(torch.autograd.grad(towards, picture)[0])
    assert cosine(*slopes) > 1 - 1e-2
