"""Other crops of a drawn face: a template shows what was asked for, and a search takes them in turn."""

import pytest
import torch

from explorer.science.faces.alignment import ARCFACE_112, align, invert, transform, warp
from explorer.science.faces.square_box import SquareBox
from explorer.science.inversion.framings import FRAMINGS, Framing, framed
from explorer.science.inversion.objective import usual_points
from tests.science.inversion import small_world
from tests.science.inversion.small_world import run, settings, world  # noqa: F401

POINTS = usual_points(64)[None] + torch.tensor([[1.5, -2.0]])
IMAGE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("template", [ARCFACE_112, SquareBox(48, 1.2)])
@pytest.mark.parametrize("framing", [one for one in FRAMINGS if not one.mirrored])
def test_a_template_shows_the_face_larger_shifted_and_turned_as_asked(template, framing):
    image, moved = framed(IMAGE, POINTS, template, framing)
    assert image is IMAGE
    # The same by moving the aligned crop itself.
    outer, inner = framing.matrix(template.size), template.matrix(POINTS)
    expected = torch.cat([outer[:, :2] @ inner[..., :2], outer[:, :2] @ inner[..., 2:] + outer[:, 2:]], -1)
    assert torch.allclose(template.matrix(moved), expected, atol=1e-4)
    assert torch.allclose(align(image, moved, template), warp(IMAGE, expected, template.size), atol=1e-3)


def test_a_mirrored_face_is_the_mirror_image_of_the_aligned_one():
    template = SquareBox(48, 1.2)
    mirrored = align(*framed(IMAGE, POINTS, template, Framing(mirrored=True)), template)
    assert torch.allclose(mirrored, align(IMAGE, POINTS, template).flip(-1), atol=1e-4)
    twice = framed(*framed(IMAGE, POINTS, template, Framing(mirrored=True)), template, Framing(mirrored=True))
    assert torch.allclose(twice[0], IMAGE)
    assert torch.allclose(twice[1], POINTS, atol=1e-4)


def test_the_first_is_the_face_as_it_is_aligned_and_the_centre_stays():
    image, points = framed(IMAGE, POINTS, ARCFACE_112, FRAMINGS[0])
    assert image is IMAGE
    assert points is POINTS
    turned = Framing(scale=1.3, turned=20).matrix(112)
    centre = torch.tensor([[56.0, 56.0]])
    assert torch.allclose(transform(turned, centre), centre, atol=1e-4)
    assert torch.allclose(transform(invert(turned), transform(turned, centre + 9)), centre + 9, atol=1e-4)


@pytest.mark.parametrize("framing", FRAMINGS[1:])
def test_gradients_reach_the_picture(framing):
    template = SquareBox(48, 1.2)
    way, weight = (
        torch.rand(shape, generator=torch.Generator().manual_seed(2)) for shape in ((3, 64, 64), (3, 48, 48))
    )

    def seen(image):
        return (align(*framed(image, POINTS.double(), template, framing), template) ** 2 * weight).sum()

    image = IMAGE.double().requires_grad_()
    (slope,) = torch.autograd.grad(seen(image), image)
    numeric = (seen(IMAGE.double() + 1e-4 * way) - seen(IMAGE.double() - 1e-4 * way)) / 2e-4
    assert float((slope * way).sum()) == pytest.approx(float(numeric), rel=1e-6)


class Points(small_world.Detector):
    """Finds the points where they mostly are."""

    def points_in_frame(self, image):
        found = usual_points(8).expand(len(image), -1, -1)
        return found, torch.ones(len(image), dtype=torch.bool)


class Shifted(small_world.TinyRecogniser):
    """Sees where the points lie, too."""

    def embed(self, image, points):
        return self(image) + 0.05 * points.mean((1, 2))[:, None]


def test_a_search_takes_them_in_turn_and_ends_with_the_face_as_it_is_aligned(world):  # noqa: F811
    networks, target = world
    networks |= {"detector": Points()}
    given = {"starts": 1, "contest": 0, "steps": 9, "finish": 3, "coarse": 0}
    plain, first, _ = run((networks, target), settings(**given))
    # An encoder that sees the whole image, wherever the points are, sees the same in all that are not mirrored.
    same, second, _ = run((networks, target), settings(**given, framings=3))
    assert [one.total for one in same] == [one.total for one in plain]
    assert torch.equal(first.latent, second.latent)
    networks |= {"recogniser": Shifted(networks["recogniser"].spec, small_world.WholeImage())}
    steps, _, _ = run((networks, target), settings(**given, framings=3))
    as_aligned = [one.losses["identity"] == pytest.approx(1 - one.cosine, abs=1e-6) for one in steps]
    assert as_aligned == [True, False, False, True, False, False, True, True, True, True]
