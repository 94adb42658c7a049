"""From the common frame into a localiser's pictures and back."""

import numpy as np
import pytest
import torch

from explorer.science.alignment.faces import Placement
from explorer.science.alignment.framing import (
    Window,
    cut,
    into_frame,
    into_window,
    mean_placement,
    placement_in_frame,
    window_of,
)
from explorer.science.faces.alignment import frame_matrix, transform
from explorer.science.geometry.projection import project


def test_the_mean_face_lies_in_a_window_as_in_the_pictures_that_were_learnt_from(morphable):
    in_frame, wanted = placement_in_frame(morphable), Placement((0.49, 0.6), 290.0)
    window = window_of(wanted, in_frame)
    found = into_frame(wanted.fixed(3)[None], window)
    assert found.translation[0].tolist() == pytest.approx(in_frame.place, abs=1e-6)
    assert 1 / found.scale.item() == pytest.approx(in_frame.millimetres, rel=1e-6)
    # The frame is FFHQ's: the mean face's own five points, projected so, are put where they are already.
    points = project(morphable.mean[morphable.landmarks], in_frame.fixed(0).pose(512.0))
    five = torch.stack([points[36:42].mean(0), points[42:48].mean(0), points[30], points[48], points[54]])
    again = transform(frame_matrix(five[None], 512)[0], five)
    torch.testing.assert_close(again, five, atol=1e-2, rtol=0)


def test_what_is_cut_out_lies_where_points_are_said_to():
    window = Window(left=0.1, top=-0.05, side=0.8)
    frame = np.zeros((200, 200, 3), np.uint8)
    frame[60:64, 100:104] = 255
    picture = cut(frame, window, 160)[0]
    rows, columns = torch.meshgrid(torch.arange(160) + 0.5, torch.arange(160) + 0.5, indexing="ij")
    centre = torch.stack([(columns * picture).sum(), (rows * picture).sum()]) / picture.sum() / 160
    wanted = into_window(torch.tensor([[102.0, 62.0]]) / 200, window)[0]
    torch.testing.assert_close(centre, wanted, atol=1e-3, rtol=0)


def test_the_mean_placement_is_the_mean_of_places_and_the_geometric_one_of_scales():
    placement = mean_placement(torch.tensor([[0.4, 0.5], [0.6, 0.7]]), 1 / torch.tensor([200.0, 450.0]))
    assert placement == Placement((0.5, 0.6), 300.0)
