"""Latents in a session file have the shapes that the program's own generator states, or may be a brought one's."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS, GeneratorEntry
from explorer.science.generation.spec import MOBILESTYLEGAN
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError
from explorer.studio.inversion.codec import read_latents
from explorer.studio.inversion.running import draw
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


@pytest.mark.parametrize("shape", [(3, 5, 8), (3, 8), (3, 23, 511), (512,), (3, 23, 512, 1)])
def test_latents_of_another_shape_than_the_programs_own_are_refused(shape):
    with pytest.raises(DamagedSessionError, match="has the shape"):
        read_latents({"latents": np.zeros(shape, np.float32)}, "latents", InversionSettings())


@pytest.mark.parametrize("shape", [(8,), (3, 5, 8, 1)])
def test_what_can_be_no_latents_is_refused(small, shape):
    with pytest.raises(DamagedSessionError, match="has the shape"):
        read_latents({"latents": np.zeros(shape, np.float32)}, "latents", small)


def test_another_generator_may_have_the_name_by_now_and_it_is_drawing_that_is_refused(small):
    (latent,) = read_latents({"latents": np.zeros((1, 4, 8), np.float32)}, "latents", small)
    assert latent.shape == (4, 8)
    with pytest.raises(UserError, match="made by another generator called small"):
        draw(_Drawn(SMALL), latent, small)


class _Drawn:
    """Networks of which only the generator's description is asked for."""

    def __init__(self, spec):
        self._spec = spec

    def generator(self, name):
        return SimpleNamespace(spec=self._spec)
