"""A small world with a known answer: an inversion in it takes no time, and nothing of the networks."""

import pytest
import torch
from torch import nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.invert import invert
from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.science.recognition.base import Encoder, EncoderSpec


class TinyGenerator:
    """Draws an image whose pixels are a linear map of w; Z is W scaled, so every space has an answer."""

    spec = MOBILESTYLEGAN
    mean_w, spread_w = torch.zeros(512), torch.ones(512)

    def __init__(self):
        self.basis = torch.randn(512, 3 * 8 * 8, generator=torch.Generator().manual_seed(0)) / 512**0.5
        self.resolutions = []

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, truncation * 2 * z

    def styles(self, latent, space):
        return latent if space == "W+" else (2 * latent if space == "Z" else latent)[:, None].expand(-1, 23, -1)

    def image(self, styles, resolution):
        self.resolutions.append(resolution)
        return torch.sigmoid(styles.mean(1) @ self.basis).reshape(-1, 3, 8, 8)


class WholeImage(nn.Module):
    def forward(self, image):
        return image.flatten(1) - 0.5


class TinyRecogniser(Encoder):
    def embed(self, image, points):
        return self(image)


class Detector:
    def __init__(self):
        self.calls = 0

    def points_in_frame(self, image):
        self.calls += 1
        return torch.zeros(len(image), 5, 2), torch.ones(len(image), dtype=torch.bool)


def recogniser(name="tiny", measure="cosine") -> TinyRecogniser:
    spec = EncoderSpec(name, name, name, 192, ARCFACE_112, measure, None, "none", True)
    return TinyRecogniser(spec, WholeImage())


@pytest.fixture
def world():
    generator = TinyGenerator()
    target = generator.image(generator.styles(generator.sample(1, 99)[1], "W"), 8).flatten() - 0.5
    return {"generator": generator, "recogniser": recogniser(), "detector": Detector()}, target


def run(world, settings, **more):
    networks, target = world
    running = Steps(invert(target, settings, **networks, **more))
    events = list(running)
    steps = [event for event in events if isinstance(event, InversionStep)]
    return steps, running.result, [event for event in events if isinstance(event, StartsProgress)]


def settings(**changes) -> InversionSettings:
    small = {
        "retry": 0.0,
        "steps": 30,
        "starts": 6,
        "rate": 0.3,
        "space": "W",
        "coarse": 0,
        "finish": 0,
        "contest": 0,
        "lead": 0.0,
        "truncation": 1.0,
        "weights": {"prior": 1e-4},
    }
    return InversionSettings(**small | changes)


def answering(latent) -> LatentRegressor:
    """A regressor whose every answer lies next to one latent."""
    regressor = LatentRegressor(192, 8).eval().requires_grad_(False)
    regressor.latent_centre.copy_(latent)
    regressor.latent_spread.fill_(1e-4)
    return regressor


def only(generator, z, w):
    one = TinyGenerator()
    one.sample = lambda count, seed, truncation=1.0: (z[None], w[None])
    return one
