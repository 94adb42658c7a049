"""What a training by identity asks for: in which directions, of whom, and that it repeats."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from explorer.science.training.identity_targets import Asking, IdentityTargets, Photographed

ALL_SPREAD = Asking(plain=0.0)


def random(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def generated():
    """300 faces of 32 numbers that share a direction and differ in few."""
    scales = 0.9 ** torch.arange(32)
    return torch.eye(32)[31] * 0.2 + scales * torch.randn(300, 32, generator=random(1))


def share(vectors, directions):
    centred = vectors - vectors.mean(0)
    return float((centred @ directions).square().sum() / centred.square().sum())


def test_targets_have_length_one_and_repeat_by_their_seed(generated):
    targets = IdentityTargets(generated, Asking())
    drawn = targets.draw(50, random(3))
    torch.testing.assert_close(drawn.norm(dim=1), torch.ones(50))
    assert torch.equal(drawn, targets.draw(50, random(3)))
    assert not torch.equal(drawn, targets.draw(50, random(4)))


def test_targets_spread_into_directions_in_which_generated_faces_hardly_differ(generated):
    faces = F.normalize(generated, dim=-1)
    leading = torch.linalg.svd(faces - faces.mean(0), full_matrices=False)[2][:4].T
    aimed = replace(ALL_SPREAD, aimless=0.0)
    by_power = [
        share(IdentityTargets(generated, replace(aimed, power=(power, power))).draw(2000, random()), leading)
        for power in (0.0, 0.5, 1.0)
    ]
    assert by_power[0] == pytest.approx(share(faces, leading), abs=0.05)
    assert by_power[0] > by_power[1] > by_power[2]
    assert by_power[2] < 0.5 * by_power[0]
    aimless = IdentityTargets(generated, replace(aimed, power=(0.0, 0.0), aimless=1.0)).draw(2000, random())
    assert share(aimless, leading) < by_power[0] - 0.1


def test_what_generated_faces_share_is_asked_for_less_and_what_the_encoder_gives_to_all_as_it_is():
    spread = torch.randn(200, 32, generator=random(2)) / 32**0.5
    mean = torch.eye(32)[0]
    for length, least, most in ((0.3, 0.0, 0.8), (3.0, 0.97, 1.03)):
        targets = IdentityTargets(spread + length * mean, ALL_SPREAD)
        drawn = targets.draw(1000, random()).mean(0) @ mean
        assert least < drawn / (targets.generated.mean(0) @ mean) < most


def test_faces_that_judge_are_never_learnt_from(generated):
    targets = IdentityTargets(generated, Asking())
    assert (len(targets.generated), len(targets.unseen_generated)) == (270, 30)
    learnt = {tuple(row) for row in targets.generated.tolist()}
    assert not learnt & {tuple(row) for row in targets.unseen_generated.tolist()}
    unseen = targets.unseen(20, seed=7)
    assert list(unseen) == ["unseen generated faces", "unseen targets"]
    assert {name: tuple(rows.shape) for name, rows in unseen.items()} == dict.fromkeys(unseen, (20, 32))
    assert torch.equal(unseen["unseen targets"], targets.unseen(20, seed=7)["unseen targets"])


def test_every_tenth_person_judges_with_all_photographs(generated):
    people = torch.arange(25).repeat_interleave(3)
    real = torch.randn(75, 32, generator=random(5))
    targets = IdentityTargets(generated, Asking(real=1.0), Photographed(real, people))
    assert torch.equal(targets.unseen_photographs, F.normalize(real[(people == 9) | (people == 19)], dim=-1))
    assert len(targets.photographs) == 69
    assert "unseen photographs" in targets.unseen(6, seed=0)


def test_photographs_are_mixed_as_they_are(generated):
    """Of two people every mixture and every difference lies in the plane of both."""
    real = torch.eye(32)[:2].repeat(2, 1)
    targets = IdentityTargets(generated, Asking(real=1.0), Photographed(real, torch.tensor([0, 1, 0, 1])))
    drawn = targets.draw(200, random())
    assert bool(drawn.isfinite().all())
    torch.testing.assert_close(drawn[:, :2].norm(dim=1), torch.ones(200))
    assert (drawn[:, :2] < 0).any()
    assert targets.unseen_photographs is None


def test_too_few_faces_are_refused(generated):
    with pytest.raises(ValueError, match="too few"):
        IdentityTargets(generated[:19], Asking())
