"""Where starts come from: a proposal lies in all layers of W+ alike, unless it says itself where each lies."""

from types import SimpleNamespace

import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import draw_starts


class MadeUpGenerator:
    """Draws zeros in W and ones in Z."""

    spec = SimpleNamespace(style_layers=23)

    def sample(self, count, seed, truncation):
        return torch.ones(count, 512), torch.zeros(count, 512)


class Proposing:
    """Proposes latents of its own."""

    def __init__(self, *layers):
        self.layers = layers

    def propose(self, embedding, count, seed):
        return torch.randn(count, *self.layers, 512, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("space", "layers", "shape"),
    [("Z", (), (9, 512)), ("W", (), (9, 512)), ("W+", (), (9, 23, 512)), ("W+", (23,), (9, 23, 512))],
)
def test_proposals_come_first_in_the_space_of_the_search(space, layers, shape):
    settings, proposer = InversionSettings(space=space, starts=8, seed=3), Proposing(*layers)
    latents, origins = draw_starts(MadeUpGenerator(), settings, torch.ones(512), proposer)
    assert latents.shape == shape
    assert origins == ("regressor", *["random"] * 8)
    proposal = proposer.propose(None, 1, 3)[0]
    if space == "W+" and not layers:
        proposal = proposal.expand(23, -1)
    assert torch.equal(latents[0], proposal)
    assert bool((latents[1:] == (1.0 if space == "Z" else 0.0)).all())
