"""How decoded pictures are measured: known distances, gains over the mean face, people that count alike."""

import pytest
import torch

from explorer.science.decoding.judging import MEASURES, mean_of_people, method_row, picture_measures
from explorer.science.decoding.losses import central_face, padded_face


def lpips(one, other):
    assert one.shape[-1] == other.shape[-1] == 112
    return (one - other).abs().mean((1, 2, 3))


def test_pictures_are_measured_whole_and_in_their_middle():
    wanted = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    outside = padded_face(wanted)  # the same in the middle, black around it
    found = picture_measures(wanted, outside, lpips)
    assert tuple(found) == MEASURES
    assert all(values.shape == (2,) for values in found.values())
    assert (found["face_ssim"] > 0.999).all()
    assert found["face_psnr"].isinf().all()
    assert found["face_lpips"].abs().max() < 1e-6
    assert (found["lpips"] > 0.1).all()
    error = (wanted - outside).square().mean((1, 2, 3))
    torch.testing.assert_close(found["psnr"], -10 * error.log10())
    assert central_face(wanted).shape[-1] == 38


def test_every_person_counts_alike_and_what_is_not_finite_does_not():
    values, people = torch.tensor([0.0, 2.0, 5.0, torch.nan]), torch.tensor([7, 7, 9, 11])
    mean = mean_of_people(values, people)
    assert mean.value == 3.0
    assert mean.low == 1.0
    assert mean.high == 5.0
    assert mean_of_people(torch.tensor([torch.nan]), torch.tensor([1])) is None
    assert mean_of_people(torch.tensor([4.0]), torch.tensor([1])).low is None


def test_gains_are_positive_where_a_picture_is_better():
    people = torch.arange(3)
    mean = {"psnr": torch.full((3,), 12.0), "lpips": torch.full((3,), 0.6)}
    better = {"psnr": torch.tensor([13.0, 14.0, 15.0]), "lpips": torch.full((3,), 0.5)}
    row = method_row("decoder", better, people, mean_face=mean, cosines={"sface": torch.full((3,), torch.nan)})
    assert row.gains["psnr"].value == pytest.approx(2)
    assert row.gains["lpips"].value == pytest.approx(0.1)
    assert row.cosines == {"sface": None}
    assert (row.faces, row.people) == (3, 3)
    assert method_row("mean face", mean, people).gains == {}
