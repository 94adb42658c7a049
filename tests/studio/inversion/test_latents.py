"""Latents in a session file have the shapes that their run's generator states, and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS, GeneratorEntry
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.codec import read_latents
from explorer.studio.session.saving.blobs import DamagedSessionError

SMALL = replace(MOBILESTYLEGAN, id="small", style_layers=5, width=8)


@pytest.fixture
def small():
    GENERATORS.register(SMALL.id, GeneratorEntry(SMALL, GENERATORS[DEFAULT_GENERATOR].build))
    try:
        yield InversionSettings(generator=SMALL.id)
    finally:
        GENERATORS.unregister(SMALL.id)


@pytest.mark.parametrize("spec", [MOBILESTYLEGAN, SMALL], ids=lambda spec: spec.id)
def test_latents_of_the_runs_generator_come_back(small, spec):
    settings = InversionSettings(generator=spec.id)
    for shape in (spec.latent_shape("W"), spec.latent_shape("W+")):
        stacked = np.random.default_rng(0).standard_normal((3, *shape)).astype(np.float32)
        assert np.array_equal(np.stack(read_latents({"latents": stacked}, "latents", settings)), stacked)


@pytest.mark.parametrize("shape", [(3, 23, 512), (3, 512), (3, 8, 5), (3, 4, 8), (3, 9), (8,), (3, 5, 8, 1)])
def test_latents_of_another_shape_are_refused(small, shape):
    with pytest.raises(DamagedSessionError, match="has the shape"):
        read_latents({"latents": np.zeros(shape, np.float32)}, "latents", small)
