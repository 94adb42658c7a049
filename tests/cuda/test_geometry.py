"""The rasteriser, and the localiser with all that follows it, give on a GPU what they give on the CPU."""

from __future__ import annotations

import pytest
import torch

from explorer.science.alignment.faces import PosedFaces
from explorer.science.alignment.scoring import aligned
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.rasterising import rasterise
from explorer.science.training.localiser import AlignmentNetworks
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.geometry.fitting import load_morphable_model
from tests.cuda.devices import DEVICES


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_triangles_are_seen(device: str) -> None:
    random = torch.Generator().manual_seed(2)
    points, triangles = torch.rand(90, 3, generator=random, dtype=torch.float64) * 30, torch.arange(90).view(30, 3)
    here = rasterise(points, triangles, 30, 30)
    there = rasterise(points.to(device), triangles.to(device), 30, 30)
    assert (here.triangle == there.triangle.cpu()).double().mean() > 0.999
    same = here.triangle == there.triangle.cpu()
    torch.testing.assert_close(here.weights[same], there.weights.cpu()[same], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("device", DEVICES)
def test_a_face_is_found_and_laid_flat_alike(device: str) -> None:
    random = torch.Generator().manual_seed(4)
    pictures = torch.randint(0, 256, (3, 32, 32, 3), generator=random, dtype=torch.uint8)
    faces = PosedFaces.without_truth(pictures, torch.arange(3))
    model, field, found = load_morphable_model(), load_visibility_field(), []
    for place in ("cpu", device):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            networks = AlignmentNetworks(LocaliserSettings(side=32, seen=32, components=2, visibility=16, width=4), 3)
        transformer = SpatialTransformer(model, field, 2, visibility=16).to(place)
        with torch.no_grad():
            found.append(aligned(networks.localiser.to(place), transformer, faces))
    here, there = found
    torch.testing.assert_close(here.found.rotation, there.found.rotation, atol=1e-2, rtol=1e-2)
    torch.testing.assert_close(here.found.identity, there.found.identity, atol=1e-2, rtol=1e-2)
    assert (here.textures.float() - there.textures.float()).abs().mean() < 0.01
