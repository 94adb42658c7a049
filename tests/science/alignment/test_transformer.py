"""The chain from a picture to a flat texture: true poses give true textures, and gradients are those of numbers."""

from dataclasses import replace

import pytest
import torch

from explorer.science.alignment.faces import Placement
from explorer.science.alignment.localiser import Alignment, Localiser, alignment_of, numbers_of
from explorer.science.alignment.losses import identity_loss, shape_penalty
from explorer.science.alignment.recogniser import UvRecogniser
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.geometry.rendering import render
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import complete, uv_map
from explorer.science.geometry.visibility import vertex_visibility
from explorer.science.synthetic.population import draw_person
from explorer.science.synthetic.rendered import render_scenes
from explorer.science.synthetic.scene import Camera, Scene

SIDE = 160


@pytest.fixture(scope="module")
def transformer(morphable, field):
    return SpatialTransformer(morphable, field, components=10)


def posed(yaw=25.0, pitch=-8.0, roll=5.0, place=(0.48, 0.57), millimetres=270.0, identity=None):
    """One face, known."""
    rotation = rotation_from_angles(*torch.tensor([yaw, pitch, roll]).deg2rad())
    identity = torch.zeros(10) if identity is None else identity
    return Alignment(rotation, torch.tensor(place), torch.tensor(1 / millimetres), identity)[None]


@pytest.fixture(scope="module")
def drawn(morphable):
    """A face whose colour says where on the head a point is, under light from everywhere; its vertices and pose."""
    face = posed(identity=torch.tensor([1.0, -1.5, 0.5, 1.0, -0.5, 0.0, 1.0, -1.0, 0.5, 1.5]))
    shape = morphable.shape(face.identity[0])
    low, high = morphable.mean.amin(0), morphable.mean.amax(0)
    colours = 0.1 + 0.8 * (morphable.mean - low) / (high - low)
    even = torch.zeros(9, 3)
    even[0] = 1.0
    pose = face[0].pose(SIDE)
    return face, shape, colours, render(shape, morphable.triangles, pose, (SIDE, SIDE), colours, even)


def seen_texels(morphable, shape, face):
    """Which texels are seen and lie well within what is, (S, S), by rays."""
    seen = vertex_visibility(shape, morphable.triangles, face.rotation[0])
    return uv_map(morphable, 64).spread(seen.float()[:, None])[0] > 0.999


def test_a_rendered_face_sampled_at_its_true_pose_has_its_own_colours_where_it_is_seen(morphable, transformer, drawn):
    face, shape, colours, picture = drawn
    seen = seen_texels(morphable, shape, face)
    wanted = uv_map(morphable, 64).spread(colours)
    off = (transformer(picture[None], face).sampled[0] - wanted).abs().amax(0)[seen]
    assert seen.sum() > 1000
    assert off.median() < 0.004
    assert off.quantile(0.9) < 0.02
    mirrored = Alignment(face.rotation.mT, face.translation, face.scale, face.identity)
    wrong = (transformer(picture[None], mirrored).sampled[0] - wanted).abs().amax(0)[seen]
    assert wrong.median() > 10 * off.median()


def test_the_visibility_is_the_exact_one_but_for_its_soft_edges(morphable, transformer, drawn):
    face, shape, _, _ = drawn
    seen = seen_texels(morphable, shape, face)
    soft = transformer.visibility(face)[0, 0]
    both, either = ((soft > 0.5) & seen).sum(), ((soft > 0.5) | seen).sum()
    assert both / either > 0.85
    # The nose points to the image's right: the person's right side, low u, is the one that is seen.
    assert soft[:, :32].sum() > 1.2 * soft[:, 32:].sum()


def test_completion_is_that_of_the_library(transformer, drawn):
    face, _, _, picture = drawn
    found = transformer(picture[None], face)
    completed, known = complete(found.sampled, found.visibility)
    torch.testing.assert_close(found.completed, completed)
    torch.testing.assert_close(found.known, known)


def test_landmarks_of_a_drawn_person_are_where_the_known_pose_puts_them(morphable, field):
    whole = SpatialTransformer(morphable, field, components=80, visibility=16)
    person = draw_person(3)
    scene = Scene(person=person, yaw=12.0, pitch=-5.0, roll=4.0, camera=Camera(height=250.0, shift=(0.02, -0.08)))
    (rendered,) = render_scenes([scene], morphable, size=32, oversampling=1)
    identity = torch.nn.functional.pad(torch.tensor(person.identity), (0, 80 - len(person.identity)))
    face = posed(scene.yaw, scene.pitch, scene.roll, (0.52, 0.58), 250.0, identity)
    fourteen = torch.from_numpy(rendered.landmarks().points).float()[
        [8, 17, 21, 22, 26, 30, 31, 35, 36, 39, 42, 45, 48, 54]
    ]
    apart = (32 * whole.landmarks(face)[0] - fourteen).norm(dim=1)
    # Brows and the nose of drawn people have their points where annotators put them, between the model's vertices.
    placed = [1, 2, 3, 4, 5]
    vertices = [place for place in range(14) if place not in placed]
    assert apart[vertices].max() < 0.02
    assert apart[placed].max() < 0.8


def test_numbers_and_alignments_are_two_ways_to_say_the_same():
    face = posed(identity=torch.linspace(-1, 1, 10))
    again = alignment_of(numbers_of(face))
    for name in ("rotation", "translation", "scale", "identity"):
        torch.testing.assert_close(getattr(again, name), getattr(face, name))
    assert numbers_of(Placement((0.5, 0.5), 276.0).fixed(2)).tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_reflections_and_nothing_at_all_become_rotations_with_finite_gradients():
    numbers = torch.zeros(2, 14)
    numbers[1, [0, 4, 8]] = torch.tensor([1.0, 1.0, -1.0])
    numbers.requires_grad_(True)
    rotation = alignment_of(numbers).rotation
    torch.testing.assert_close(torch.linalg.det(rotation), torch.ones(2))
    (rotation * torch.randn(2, 3, 3)).sum().backward()
    assert numbers.grad.isfinite().all()


def smooth_pictures():
    coarse = torch.rand(2, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    return torch.nn.functional.interpolate(coarse, (48, 48), mode="bicubic").clamp(0, 1)


def test_gradients_of_the_whole_chain_are_the_numeric_ones_in_double_precision(morphable, field):
    torch.manual_seed(2)
    settings = LocaliserSettings(side=48, seen=32, components=3)
    localiser, recogniser = Localiser(settings).double().eval(), UvRecogniser(4, 6).double().eval()
    transformer = SpatialTransformer(morphable, field, components=3, visibility=16).double()
    pictures, people = smooth_pictures(), torch.tensor([0, 2])
    # Near where a training begins, and away from poses at which nothing is seen.
    start = numbers_of(posed(18.0, 6.0, -4.0, identity=torch.tensor([0.5, -0.5, 1.0]))).double()
    weights = [*localiser.layers[0].parameters(), *localiser.layers[-1].parameters(), *recogniser.parameters()]

    def loss(numbers):
        found = alignment_of(numbers)
        logits = recogniser(transformer(pictures, found).completed)
        return identity_loss(logits, people) + 0.01 * shape_penalty(found.identity)

    def whole():
        return loss(start + 0.05 * localiser.numbers(pictures))

    numbers = start.repeat(2, 1).requires_grad_(True)
    (slope,) = torch.autograd.grad(loss(numbers), numbers)
    for place in range(numbers.shape[1]):
        step = torch.zeros_like(numbers)
        step[:, place] = 1e-6
        with torch.no_grad():
            numeric = (loss(numbers + step) - loss(numbers - step)) / 2e-6
        assert numeric.item() == pytest.approx(slope[:, place].sum().item(), rel=2e-3, abs=1e-6)
    slopes = torch.autograd.grad(whole(), weights)
    assert any(bool(slope.abs().max() > 0) for slope in slopes[:1])
    steps = [torch.randn_like(weight) for weight in weights]
    along = sum((slope * step).sum() for slope, step in zip(slopes, steps, strict=True))
    ends = []
    with torch.no_grad():
        for sign in (1, -2):
            for weight, step in zip(weights, steps, strict=True):
                weight.add_(sign * 1e-7 * step)
            ends.append(whole())
    assert ((ends[0] - ends[1]) / 2e-7).item() == pytest.approx(along.item(), rel=2e-3)


def test_nothing_of_the_transformer_is_trained_and_the_given_field_stays_as_it_is(morphable, field):
    transformer = SpatialTransformer(morphable, field, components=0, visibility=16).double()
    assert not any(parameter.requires_grad for parameter in transformer.parameters())
    assert (transformer.field.last.weight.dtype, field.last.weight.dtype) == (torch.float64, torch.float32)


def test_a_model_of_others_is_refused(morphable, field):
    with pytest.raises(MorphableModelError, match="is that of"):
        SpatialTransformer(replace(morphable, name="another"), field, components=10)
    with pytest.raises(MorphableModelError, match="fewer than 81"):
        SpatialTransformer(morphable, field, components=81)
