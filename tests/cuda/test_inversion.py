"""Every way from a vector back to a face comes on a GPU where it comes on the CPU, and twice to the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.inversion.invert import InversionOutcome, invert
from explorer.science.inversion.methods import METHODS
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.science.vec2face import Vec2FaceSettings, VectorToFace
from explorer.studio.catalogue.networks import Networks
from tests.cuda.devices import DEVICES, GPU_ONLY, cosine, networks_on
from tests.science.inversion.small_world import Detector, TinyGenerator, answering, recogniser, settings


class Placed(TinyGenerator):
    """The small world's generator on a device; random latents come from the CPU."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.basis = self.basis.to(device)
        self.mean_w, self.spread_w = self.mean_w.to(device), self.spread_w.to(device)

    def sample(self, count: int, seed: int, truncation: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
        z, w = super().sample(count, seed, truncation)
        return z.to(self.basis), w.to(self.basis)


class Finds(Detector):
    """Finds the usual points on the device of what it is shown."""

    def points_in_frame(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        points, found = super().points_in_frame(image)
        return points.to(image), found.to(image.device)


def decoder(method: str, device: str) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        if method == "vec2face":
            made: Any = VectorToFace(192, Vec2FaceSettings(resolution=8, width=1 / 64))
            return made.eval().to(device)
        face = FaceDecoder(192, DecoderSettings(side=64, width=2, hidden=2)).eval().to(device)
        return Small(face)


def regressor(latent: torch.Tensor, device: str) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return answering(latent).to(device)


class Small:
    """A decoder whose pictures are as large as the small world's."""

    def __init__(self, face: FaceDecoder) -> None:
        self._face = face

    def picture(self, embedding: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(self._face.picture(embedding), 8)


def way_back(method: str, device: str) -> tuple[list[InversionStep], InversionOutcome]:
    """The steps and the end of a short inversion in the small world."""
    generator = Placed(device)
    latent = generator.sample(1, 99)[1]
    target = generator.image(generator.styles(latent, "W"), 8).flatten() - 0.5
    running = Steps(
        METHODS[method].invert(
            target,
            settings(steps=6),
            generator=generator,  # type: ignore[arg-type]
            recogniser=recogniser().to(device),
            detector=Finds(),
            regressor=regressor(latent[0].cpu() + 0.5, device) if method == "answer" else None,
            decoder=decoder(method, device) if method in ("decoder", "vec2face") else None,
        )
    )
    steps = [event for event in running if isinstance(event, InversionStep)]
    return steps, running.result


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("method", list(METHODS))
def test_a_way_back_leads_where_it_leads_on_the_cpu(method: str, device: str) -> None:
    (here, _), (there, outcome) = (way_back(method, place) for place in ("cpu", device))
    assert [step.index for step in here] == [step.index for step in there]
    for one, other in zip(here, there, strict=True):
        assert other.cosine == pytest.approx(one.cosine, abs=1e-3)
        assert other.total == pytest.approx(one.total, rel=1e-2, abs=1e-3)
    assert outcome.latent.device.type == "cpu"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("method", list(METHODS))
def test_a_seed_repeats_to_the_last_bit(method: str, device: str) -> None:
    (once, first), (again, second) = (way_back(method, device) for _ in range(2))
    assert [step.losses for step in once] == [step.losses for step in again]
    assert torch.equal(first.latent, second.latent)


@pytest.mark.parametrize("device", GPU_ONLY)
def test_a_whole_inversion_repeats_to_the_last_bit(device: str, networks: Networks) -> None:
    there = networks_on(device, networks)
    generator, encoder, detector = there.generator(), there.recogniser("arcface-mbf"), there.detector()
    chosen = InversionSettings(steps=4, starts=4, contest=2, coarse=1, finish=1)
    with torch.no_grad():
        picture = generator.image(generator.styles(generator.sample(1, 3)[1], "W"), 256)
        target = encoder.embed(picture, detector.points_in_frame(picture)[0])[0]
    ends = []
    for _ in range(2):
        running = Steps(invert(target, chosen, generator=generator, recogniser=encoder, detector=detector))
        steps = [event for event in running if isinstance(event, InversionStep)]
        ends.append((running.result.latent, [step.losses for step in steps]))
    assert torch.equal(ends[0][0], ends[1][0])
    assert ends[0][1] == ends[1][1]


@pytest.mark.parametrize("device", GPU_ONLY)
def test_a_whole_inversion_nears_the_target_as_on_the_cpu(device: str, networks: Networks) -> None:
    reached, latents = [], []
    chosen = InversionSettings(steps=2, starts=2, contest=1, coarse=0, finish=0)
    generator, encoder = networks.generator(), networks.recogniser("arcface-mbf")
    with torch.no_grad():
        picture = generator.image(generator.styles(generator.sample(1, 3)[1], "W"), 256)
        target = encoder.embed(picture, networks.detector().points_in_frame(picture)[0])[0]
    for one in (networks, networks_on(device, networks)):
        running = Steps(
            invert(
                target.to(one.device),
                chosen,
                generator=one.generator(),
                recogniser=one.recogniser("arcface-mbf"),
                detector=one.detector(),
            )
        )
        steps = [event for event in running if isinstance(event, InversionStep)]
        reached.append(steps[0].cosine)
        latents.append(running.result.latent)
    assert reached[1] == pytest.approx(reached[0], abs=0.02)
    assert cosine(*latents) > 0.99
