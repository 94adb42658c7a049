"""Edits of photoreal people: directions found where they are planted, and applied where they are told to be."""

import pytest
import torch

from explorer.science.training.edits import EditKind, find_direction
from explorer.science.training.photoreal_edits import (
    AXES,
    HELD,
    Axis,
    PhotorealEdit,
    Trial,
    best_band,
    checked,
    found_directions,
    moved,
    orthogonal,
    ridge_normals,
)


def edit(first=4, last=10, normal=None, reach=2.0, name="yaw"):
    normal = torch.eye(512)[0] if normal is None else normal
    return PhotorealEdit(Axis(name, "degrees", 18.0), normal, 0.5, first, last, 9.0, reach)


def test_planted_directions_are_found_and_change_no_other_label():
    random = torch.Generator().manual_seed(0)
    w = torch.randn(1500, 64, generator=random)
    names = [axis.name for axis in AXES] + list(HELD)
    planted = torch.nn.functional.normalize(torch.randn(len(names), 64, generator=random), dim=1)
    planted[1] = torch.nn.functional.normalize(planted[1] + planted[0], dim=0)  # pitch comes with yaw
    values = {name: w @ normal for name, normal in zip(names, planted, strict=True)}
    found = found_directions(w, values)
    assert list(found) == [axis.name for axis in AXES]
    for place, axis in enumerate(AXES):
        normal, spread = found[axis.name]
        assert normal.norm() == pytest.approx(1)
        assert spread == pytest.approx(1, abs=0.2)
        effects = planted @ normal
        assert effects[place] > 0.6
        assert torch.cat([effects[:place], effects[place + 1 :]]).abs().max() < 0.1


def test_all_normals_at_once_are_those_that_are_found_one_by_one():
    random = torch.Generator().manual_seed(3)
    w = torch.randn(200, 12, generator=random) * torch.linspace(0.5, 2, 12)
    values = w @ torch.randn(12, 3, generator=random) + torch.tensor([0.1, 3.0, 40.0]) * torch.randn(
        200, 3, generator=random
    )
    one_by_one = [find_direction(EditKind("", 0.0, rare=False), w, column).normal for column in values.T]
    assert torch.allclose(ridge_normals(w, values), torch.stack(one_by_one), atol=1e-5)


def test_what_is_left_of_a_direction_is_at_right_angles_to_the_others():
    random = torch.Generator().manual_seed(1)
    direction, others = torch.randn(20, generator=random), torch.randn(5, 20, generator=random)
    alone = orthogonal(direction, others)
    assert (others @ alone).abs().max() < 1e-5
    assert direction @ alone > 0


def test_only_the_layers_of_a_band_move():
    styles = torch.randn(1, 23, 512, generator=torch.Generator().manual_seed(2))
    change = moved(styles, [edit(4, 10)], [2.0]) - styles
    assert not change[:, :4].any()
    assert not change[:, 10:].any()
    assert torch.allclose(change[:, 4:10], torch.eye(512)[0].expand(1, 6, 512), atol=1e-6)
    assert torch.equal(moved(styles, [], []), styles)


def test_the_band_is_taken_that_costs_least_identity_for_the_same_change():
    axis = Axis("yaw", "degrees", 6.0)
    strong, dear = Trial((0, 23), 6.0, 0.8), Trial((0, 4), 3.0, 0.5)
    assert best_band(axis, [dear, strong]) == (strong, 1.0)
    weak = Trial((10, 23), 0.1, 0.001)
    assert best_band(axis, [weak, strong])[0] is strong, "what cannot reach the change is not taken for being mild"
    assert best_band(axis, [weak]) == (weak, axis.longest)


@pytest.mark.parametrize(
    "wrong",
    [
        edit(first=-1), edit(last=24), edit(5, 5), edit(normal=torch.zeros(3)), edit(reach=9.0),
        edit(normal=torch.full((512,), torch.nan)), edit(reach=float("nan")),
    ],
)  # fmt: skip
def test_what_is_no_edit_is_refused(wrong):
    with pytest.raises(ValueError, match="yaw"):
        checked(wrong)
    assert checked(edit()) is not None
