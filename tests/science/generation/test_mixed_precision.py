"""MobileStyleGAN drawn in mixed precision against itself, and when it is drawn so."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.science.generation import MixedPrecision, drawing, mixed_precision, multiplies_bfloat16
from explorer.science.generation.generator import Generator
from tests.science.inversion.small_world import TinyGenerator


@pytest.fixture(scope="module")
def generator(networks: Any) -> Generator:
    found: Generator = networks.generator()
    return found


@pytest.fixture(scope="module")
def styles(generator: Generator) -> torch.Tensor:
    """Of two faces, with a w of its own in every layer."""
    w = generator.sample(46, seed=7, truncation=0.5)[1]
    return w.view(2, 23, 512)


@torch.no_grad()
@pytest.mark.parametrize("resolution", [128, 256, pytest.param(512, marks=pytest.mark.slow)])
def test_in_single_precision_it_draws_what_the_generator_draws(
    generator: Generator, styles: torch.Tensor, resolution: int
) -> None:
    ours = MixedPrecision(generator, torch.float32).image(styles, resolution)
    torch.testing.assert_close(ours, generator.image(styles, resolution), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_native_picture_is_always_the_generators_own(
    generator: Generator, styles: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def image(self: Generator, styles: torch.Tensor, resolution: int) -> torch.Tensor:
        asked.append(resolution)
        return torch.zeros(())

    monkeypatch.setattr(Generator, "image", image)
    MixedPrecision(generator).image(styles, 1024)
    assert asked == [1024]


@pytest.mark.slow
@pytest.mark.parametrize("resolution", [128, 256])
def test_in_bfloat16_pictures_and_gradients_are_those_of_single_precision(
    generator: Generator, styles: torch.Tensor, resolution: int
) -> None:
    one = styles[:1].clone().requires_grad_()
    exact, quick = generator.image(one, resolution), MixedPrecision(generator).image(one, resolution)
    assert float((exact - quick).detach().square().mean().log10()) < -4.5
    wanted, found = (torch.autograd.grad((image - 0.3).square().sum(), one)[0].flatten() for image in (exact, quick))
    assert float(torch.cosine_similarity(wanted, found, 0)) > 0.999


def test_it_is_taken_where_it_is_wanted_and_the_processor_has_units_for_it(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for there in (True, False):
        monkeypatch.setattr(mixed_precision, "multiplies_bfloat16", lambda there=there: there)
        assert drawing(generator, mixed=False) == generator.image
        draws = drawing(generator, mixed=True)
        assert (draws == generator.image) is not there
        assert isinstance(getattr(draws, "__self__", None), MixedPrecision) is there


def test_another_generator_draws_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed_precision, "multiplies_bfloat16", lambda: True)
    tiny: Any = TinyGenerator()
    assert drawing(tiny, mixed=True) == tiny.image


def test_units_are_those_the_processor_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for named, wanted in (({"amx_bf16": True}, True), ({"avx512_bf16": True}, False), ({}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda named=named: named)
        multiplies_bfloat16.cache_clear()
        assert multiplies_bfloat16() is wanted
    monkeypatch.undo()
    multiplies_bfloat16.cache_clear()
