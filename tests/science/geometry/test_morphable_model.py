"""The morphable model that ships: complete, symmetric, a face; and the class, whatever model it holds."""

from dataclasses import replace

import pytest
import torch

from explorer.science.geometry.morphable_model import (
    MorphableModel,
    MorphableModelError,
    from_tensors,
    to_tensors,
)

MIRRORED = torch.tensor([-1.0, 1.0, 1.0])
# Partners of the iBUG landmarks under a mirror.
PARTNERS = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
]


def test_it_has_what_was_promised(morphable):
    assert len(morphable.identity) == 80
    assert len(morphable.expression) == len(morphable.expression_names) == 52
    assert {"jawOpen", "mouthSmileLeft", "eyeBlinkRight"} <= set(morphable.expression_names)
    assert len(morphable.landmarks) == 68
    deviations = morphable.identity_deviations
    assert (deviations[1:] <= deviations[:-1] * 1.001).all()
    assert deviations[-1] > 0


def test_it_has_the_size_of_a_human_head(morphable):
    width, height, depth = (morphable.mean.amax(0) - morphable.mean.amin(0)).tolist()
    assert 150 < width < 210
    assert 200 < height < 280
    assert 180 < depth < 260
    eyes = morphable.mean[morphable.landmarks[[36, 45]]]
    assert 80 < (eyes[0] - eyes[1]).norm() < 105


def test_the_mean_is_its_own_mirror_image(morphable):
    torch.testing.assert_close(morphable.mean[morphable.mirror], morphable.mean * MIRRORED, atol=1e-3, rtol=0)
    assert torch.equal(morphable.mirror[morphable.mirror], torch.arange(len(morphable.mean)))
    assert torch.equal(morphable.landmarks[PARTNERS], morphable.mirror[morphable.landmarks])


def test_every_component_is_symmetric_or_its_own_negative_image(morphable):
    images = morphable.identity[:, morphable.mirror] * MIRRORED
    length = morphable.identity_deviations
    symmetric = (images - morphable.identity).flatten(1).norm(dim=1) / length
    negative = (images + morphable.identity).flatten(1).norm(dim=1) / length
    assert (torch.minimum(symmetric, negative) < 0.02).all()
    assert (symmetric < 0.02).sum() > 40


def test_left_and_right_units_are_mirror_images(morphable):
    names = morphable.expression_names
    for name in ("mouthSmile", "eyeBlink", "browOuterUp"):
        left, right = (morphable.expression[names.index(f"{name}{side}")] for side in ("Left", "Right"))
        assert (left[morphable.mirror] * MIRRORED - right).norm() < 0.1 * left.norm()
        # The person's left is at positive x.
        assert (left.norm(dim=1) * morphable.mean[:, 0]).sum() > 0


def test_an_open_jaw_lowers_the_chin_and_a_blink_the_upper_lid(morphable):
    for unit, landmark in (("jawOpen", 8), ("eyeBlinkLeft", 43), ("eyeBlinkLeft", 44)):
        moved = morphable.expression[morphable.expression_names.index(unit), morphable.landmarks[landmark]]
        assert moved[1] < -3


def test_landmarks_are_where_their_names_say(morphable):
    place = morphable.mean[morphable.landmarks]
    assert place[30, 2] == place[:, 2].max()  # the nose tip
    assert place[8, 1] == place[:17, 1].min()  # the chin
    assert (place[17:27, 1] > place[36:48, 1].max()).all()  # brows above eyes
    assert (place[36:42, 0] < 0).all()  # the eye on the image's left
    assert (place[[62, 66], 1][0] - place[[62, 66], 1][1]).abs() < 4  # the mouth is closed


def test_shapes_are_linear_in_their_coefficients(morphable):
    random = torch.Generator().manual_seed(0)
    one, other = torch.randn(2, 3, 80, generator=random)
    smile = torch.rand(3, 52, generator=random)
    together = morphable.shape(one + other, smile)
    torch.testing.assert_close(
        together, morphable.shape(one, smile) + morphable.shape(other) - morphable.mean, atol=1e-3, rtol=0
    )
    torch.testing.assert_close(morphable.shape(one[:, :10]), morphable.trimmed(10).shape(one[:, :10]))


@pytest.mark.slow
def test_finer_levels_are_the_same_faces(morphable):
    counts = []
    alpha = torch.randn(80, generator=torch.Generator().manual_seed(0))
    for level in range(3):
        finer = morphable.at_level(level)
        counts.append((len(finer.mean), len(finer.triangles)))
        assert torch.equal(finer.landmarks, morphable.landmarks)
        shape = finer.shape(alpha)
        torch.testing.assert_close(shape[: len(morphable.mean)], morphable.shape(alpha), atol=1e-3, rtol=0)
        torch.testing.assert_close(finer.mean[finer.mirror], finer.mean * MIRRORED, atol=1e-3, rtol=0)
        assert len(finer.uv_triangles) == len(finer.triangles)
    assert [faces for _, faces in counts] == [6326, 4 * 6326, 16 * 6326]
    with pytest.raises(MorphableModelError, match="level of detail 3"):
        morphable.at_level(3)


def test_texture_points_of_a_triangle_belong_to_its_vertices(morphable):
    """Mirror images in space are mirror images in the texture, and no triangle of the texture is turned over."""
    flat = morphable.uv[morphable.uv_triangles]
    one, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    assert (area < 0).all()
    assert morphable.uv.min() >= 0
    assert morphable.uv.max() <= 1
    place = torch.zeros(len(morphable.mean), 2)
    place[morphable.triangles.flatten()] = morphable.uv[morphable.uv_triangles.flatten()]
    one_point = torch.zeros(len(morphable.mean)).index_add(
        0, morphable.triangles.flatten(), torch.ones(morphable.triangles.numel())
    )
    front = (morphable.mean[:, 2] > 0) & (one_point > 0)  # the seam runs along the back
    torch.testing.assert_close(
        place[morphable.mirror][front], (place * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0]))[front]
    )


def test_a_model_survives_its_file(morphable):
    back = from_tensors(*to_tensors(morphable))
    assert back.expression_names == morphable.expression_names
    for name in ("mean", "identity", "albedo", "triangles", "uv_triangles", "landmarks", "mirror"):
        assert torch.equal(getattr(back, name), getattr(morphable, name))


def test_precision_and_indices_survive_a_move(morphable):
    double = morphable.to(torch.float64)
    assert double.shape(torch.zeros(3, dtype=torch.float64)).dtype == torch.float64
    assert double.triangles.dtype == torch.int64


def test_gradients_flow_to_the_coefficients(morphable):
    alpha = torch.zeros(2, 80, requires_grad=True)
    morphable.shape(alpha).square().sum().backward()
    assert (alpha.grad.abs().sum(0) > 0).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"triangles": torch.tensor([[0, 1, 99]])}, "triangles points at vertices"),
        ({"identity": torch.zeros(2, 4, 3)}, "identity does not give"),
        ({"mean": torch.full((3, 3), torch.nan)}, "mean does not give"),
        ({"landmarks": torch.tensor([0, 1])}, "2 landmarks instead of 68"),
        ({"expression_names": ("one", "two")}, "names and expressions"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, told):
    whole = MorphableModel(
        "tiny", torch.zeros(3, 3), torch.zeros(1, 3, 3), torch.zeros(1, 3, 3), torch.tensor([[0, 1, 2]])
    )
    with pytest.raises(MorphableModelError, match=told):
        replace(whole, **change)


def test_what_a_model_does_not_have_is_said():
    tiny = MorphableModel(
        "tiny", torch.zeros(3, 3), torch.zeros(1, 3, 3), torch.zeros(1, 3, 3), torch.tensor([[0, 1, 2]])
    )
    with pytest.raises(MorphableModelError, match="tiny has no albedo"):
        tiny.colours()
    with pytest.raises(MorphableModelError, match="2 coefficients are given, but there are only 1"):
        tiny.shape(torch.zeros(2))
    with pytest.raises(MorphableModelError, match="of this version"):
        from_tensors({}, {})
    with pytest.raises(MorphableModelError, match="damaged"):
        from_tensors({}, {"version": "1", "name": "x", "expression_names": "[]"})
