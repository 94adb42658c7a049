"""The figure of a metric's idea: a plane keeps what it can of distances, and the way between latents begins and ends
at the pictures themselves."""

from __future__ import annotations

import pytest
import torch

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.settings import MetricSettings
from explorer.science.training.metric import LabelledPictures
from explorer.studio.corpus.metric_idea import STEPS, chosen, idea_figure, plane_of, way_between
from explorer.studio.errors import UserError


def pictures(*classes: int) -> LabelledPictures:
    random = torch.Generator().manual_seed(1)
    shown = torch.randint(0, 256, (len(classes), 1, 8, 8), generator=random, dtype=torch.uint8)
    return LabelledPictures(shown, torch.tensor(classes), "noise")


def test_points_of_a_plane_keep_their_distances() -> None:
    flat = torch.randn(6, 2, generator=torch.Generator().manual_seed(2)) @ torch.linalg.qr(torch.randn(9, 2))[0].T
    found = torch.from_numpy(plane_of(flat)).float()
    assert torch.allclose(torch.cdist(found, found), torch.cdist(flat, flat), atol=1e-4)


def test_the_way_leads_from_picture_to_picture() -> None:
    bijection = Bijection(MetricSettings(side=8, channels=1, mappings=1, width=2)).eval()
    both = pictures(0, 1).floats
    with torch.no_grad():
        way = way_between(bijection, *bijection.latents(both))
    assert way.shape == (STEPS, 1, 8, 8)
    assert torch.allclose(way[[0, -1]], both, atol=1e-4)
    assert idea_figure("noise", bijection, pictures(0, 0, 1, 1, 1)).axes


def test_classes_with_one_picture_are_left_out() -> None:
    assert chosen(pictures(0, 1, 2, 1, 2)).classes.tolist() == [1, 1, 2, 2]
    with pytest.raises(UserError, match="two classes"):
        chosen(pictures(0, 0, 1))
