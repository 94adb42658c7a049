"""The person's own pixels: by classes, by a silhouette, and laid flat."""

import numpy as np
import torch

from explorer.science.geometry.foreground import FOREIGN, laid_flat, own_by_fit, own_by_parsing
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.uv import uv_map
from explorer.science.leakage.labels.parsing import CLASSES


def test_background_and_clothes_are_not_the_persons_own_and_hair_is():
    classes = np.zeros((400, 400), np.int64)
    for number, name in enumerate(("skin", "hair", "clothes", "hat")):
        classes[:, 100 * number : 100 * number + 100] = CLASSES.index(name)
    own = own_by_parsing(classes)
    assert "hair" not in FOREIGN
    assert own[200, [50, 150, 250, 350]].tolist() == [True, True, False, True]
    # What lies next to the border shows both, but the edge of the frame is no border.
    assert not own[200, 198:302].any()
    assert own[0, 0]
    assert own[200, 399]


def test_the_silhouette_of_a_square_is_trusted_within_its_border():
    corners = torch.tensor([[-50.0, -50, 0], [50, -50, 0], [50, 50, 0], [-50, 50, 0]])
    pose = Pose(torch.eye(3), torch.tensor([512.0, 512.0]), torch.tensor(4.0))
    own = own_by_fit(corners, torch.tensor([[0, 1, 2], [0, 2, 3]]), pose, 1024)
    covered = np.argwhere(own)
    # 400 of 1024 pixels across, of 256: 100, less seven at either side.
    assert own.shape == (256, 256)
    assert abs(own.sum() - 86**2) < 2 * 86
    assert abs(covered.mean(0) - 127.5).max() < 0.6


def test_a_texel_is_kept_where_its_pixel_is(morphable):
    uv, side = uv_map(morphable, 64), 160
    pose = Pose(torch.eye(3), torch.tensor([80.0, 80.0]), torch.tensor(0.5))
    vertices = morphable.mean
    left = np.zeros((40, 40), bool)
    left[:, :20] = True
    kept = laid_flat(left, vertices, pose, side, uv)
    across = uv.spread(project(vertices, pose))[0]
    sure = uv.covered & ((across - 80).abs() > 4)
    assert torch.equal(kept[sure], (across < 80)[sure])
    assert not (kept & ~uv.covered).any()
    # Off the frame there is nothing to keep.
    far = Pose(pose.rotation, pose.translation + 1000, pose.scale)
    assert not laid_flat(np.ones((40, 40), bool), vertices, far, side, uv).any()
