"""A generator states its latent shape, and the one that the settings name is the one that draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mobilestylegan import MappingNetwork, SynthesisNetwork
from explorer.science.generation.preview import PREVIEW_BLOCKS
from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS, GeneratorEntry, generator_spec
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import to_space
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.studio.app import cli
from explorer.studio.catalogue.networks import main_networks
from explorer.studio.inversion.running import draw

MIRRORED = replace(MOBILESTYLEGAN, id="mirrored", title="MobileStyleGAN in a mirror")


class _Mirrored(Generator):
    def signed_image(self, styles: Tensor, resolution: int, random: torch.Generator | None = None) -> Tensor:
        return super().signed_image(styles, resolution, random).flip(-1)


def _build(files, heads):
    mapping, synthesis = (IrNetwork(*pair) for pair in (files[:2], files[2:]))
    return _Mirrored(MIRRORED, MappingNetwork(mapping), SynthesisNetwork(synthesis), heads)


@pytest.fixture
def mirrored():
    GENERATORS.register(MIRRORED.id, GeneratorEntry(MIRRORED, _build))
    try:
        yield MIRRORED.id
    finally:
        GENERATORS.unregister(MIRRORED.id)


@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_latents_have_the_stated_shape(networks, space):
    generator, (z, w) = networks.generator(), networks.generator().sample(2, 0)
    latents = {"Z": z, "W": w, "W+": generator.styles(w, "W")}[space]
    assert latents.shape[1:] == generator.spec.latent_shape(space)
    assert generator.styles(latents, space).shape[1:] == generator.spec.latent_shape("W+")


@pytest.mark.slow
def test_images_have_the_stated_sizes(networks):
    generator = networks.generator()
    styles = generator.styles(generator.sample(1, 0)[1], "W")
    assert generator.spec == generator_spec(DEFAULT_GENERATOR)
    assert generator.spec.previews == tuple(PREVIEW_BLOCKS)
    with torch.no_grad():
        for side in (*generator.spec.previews, generator.spec.resolution):
            assert generator.image(styles, side).shape == (1, 3, side, side)


@pytest.mark.slow
def test_the_settings_generator_is_the_one_that_draws(networks, mirrored):
    latent = networks.generator().sample(1, 3)[1][0]
    usual = InversionSettings(space="W", precision="single")
    other = InversionSettings(space="W", generator=mirrored, precision="single")
    mixed = other.model_copy(update={"precision": "mixed"})
    assert np.array_equal(draw(networks, latent, mixed, 128), draw(networks, latent, other, 128))
    assert np.array_equal(draw(networks, latent, other, 128), draw(networks, latent, usual, 128)[:, ::-1])
    native = draw(networks, latent, other)
    assert native.shape == (MIRRORED.resolution, MIRRORED.resolution, 3)


def test_the_networks_of_a_run_are_those_of_its_generator(mirrored):
    assert main_networks(["sface"], mirrored) == ("sface", "scrfd-500m", *MIRRORED.networks)


def test_a_latent_of_another_generator_is_no_place_to_go_on_from(mirrored):
    before, now = InversionSettings(space="W"), InversionSettings(space="W", generator=mirrored)
    with pytest.raises(ValueError, match="cannot go on from a latent of mobilestylegan-ffhq"):
        to_space(torch.zeros(512), before, now)


def test_settings_refuse_a_generator_that_is_not_there():
    with pytest.raises(ValidationError, match="no generator called 'mirrored'; there are mobilestylegan-ffhq"):
        InversionSettings(generator="mirrored")


def test_the_command_line_lists_the_generators(capsys):
    assert cli.main(["invert", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the generator that draws the face (mobilestylegan-ffhq)" in said
