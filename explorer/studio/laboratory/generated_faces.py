"""Generated faces as a set of photographs: each face of its own seed is a person, and belongs to nobody."""

from __future__ import annotations

from functools import partial

import torch

from explorer.science.faces.face import Photograph
from explorer.science.inversion.step import to_uint8
from explorer.science.training.corpus import RESOLUTION
from explorer.studio.catalogue.networks import Networks, network_sha256
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

NAME = "generated faces"
# Seeds that no corpus, gallery or training of this program draws from.
SEED = 70_000_000


def generated_set(networks: Networks, faces: int, seed: int = SEED) -> PhotographSet:
    """So many faces of the default generator, drawn when they are read: face i has seed + i.

    Raises:
        MissingNetwork: the generator is not in the cache.
    """
    numbers = range(seed, seed + faces)
    return PhotographSet(
        NAME, tuple(SetPhotograph(f"seed {number}", "drawn", partial(_drawn, networks, number)) for number in numbers)
    )


def told_by_seed(networks: Networks) -> str:
    """What generated faces follow from besides their seeds."""
    spec = networks.bare_generator().spec
    return " ".join([str(RESOLUTION), *(network_sha256(network) for network in spec.networks)])


@torch.no_grad()
def _drawn(networks: Networks, seed: int) -> Photograph:
    generator = networks.bare_generator()
    w = generator.sample(1, seed)[1]
    pixels = to_uint8(generator.image(generator.styles(w, "W"), RESOLUTION)[0])
    return Photograph(pixels, f"seed {seed}", "", generated=True)
