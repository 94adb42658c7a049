"""Attacks in a small world, in which it is known what a black box would say."""

from __future__ import annotations

import pytest
import torch

from explorer.science.blackbox.evolution import Evolution, principal_directions
from explorer.science.blackbox.methods import ATTACKS, Bred, NearestFaces, evolve, nearest, through_student, translate
from explorer.science.blackbox.translation import TranslatingEncoder, fit_translation
from explorer.science.inversion.step import InversionStep
from tests.science.blackbox.world import SETTINGS, SIDE, BlackBoxOfTheWorld, SmallGenerator, World, points_in


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_the_nearest_face_is_the_nearest_and_asks_nothing(world: World) -> None:
    found, _ = world.attack(nearest)
    similar = torch.cosine_similarity(world.faces.vectors, world.target[None], dim=1)
    assert torch.equal(found.latent, world.faces.latents[similar.argmax()])
    assert world.reached(found) == pytest.approx(float(similar.max()), abs=1e-5)
    proposed = NearestFaces(world.faces, world.target, "euclidean").propose(world.target, 61, 0)
    distances = (world.faces.vectors - world.target).norm(dim=1)
    assert torch.equal(proposed[0], world.faces.latents[distances.argmin()])
    assert torch.equal(proposed[60], proposed[0])


@pytest.mark.slow
def test_a_translation_comes_nearer_than_any_face_that_was_asked_about_and_asks_nothing(world: World) -> None:
    world.box.asked = 0
    found, events = world.attack(translate)
    assert world.box.asked == 0
    assert world.reached(found) > world.reached(world.attack(nearest)[0]) + 0.1
    assert set(found.held_out) == {"one", "two", "back"}
    assert found.space == "W+"
    assert found.latent.shape == (23, 512)
    assert sum(isinstance(event, InversionStep) for event in events) == SETTINGS.steps + 1


@pytest.mark.slow
def test_evolution_keeps_to_its_questions_and_never_falls_behind_the_translation(world: World) -> None:
    translated, _ = world.attack(translate)
    world.box.asked = 0
    found, events = world.attack(evolve, questions=70)
    assert 50 < world.box.asked <= 70
    bred = [event for event in events if isinstance(event, Bred)]
    assert (bred[-1].asked, bred[-1].total) == (world.box.asked, 70)
    assert world.reached(found) > world.reached(translated)
    assert bred[-1].best == pytest.approx(world.reached(found), abs=1e-3)
    again, _ = world.attack(evolve, questions=70)
    assert torch.equal(found.latent, again.latent)
    unasked, _ = world.attack(evolve, questions=0)
    assert torch.equal(unasked.latent, translated.latent)


def test_evolution_goes_on_past_refusals(world: World) -> None:
    before, world.box = world.box, BlackBoxOfTheWorld(refused=range(0, 60, 2))
    found, _ = world.attack(evolve, questions=40)
    world.box = before
    assert world.reached(found) > 0


def test_a_translating_encoder_sees_the_target_in_the_face_that_it_is_of(world: World) -> None:
    translation = fit_translation(world.faces.vectors, world.faces.embeddings)
    encoder = TranslatingEncoder(translation, world.whites)
    image = world.generator.image(world.generator.styles(world.wanted, "W"), SIDE)
    target = encoder.target(world.target)
    own = torch.cosine_similarity(encoder.embed(image, points_in(1)), target[None])
    others = world.generator.image(world.generator.styles(world.faces.latents, "W"), SIDE)
    assert own > torch.cosine_similarity(encoder.embed(others, points_in(60)), target[None]).max()
    torch.testing.assert_close(target.norm(), torch.tensor(1.0))
    assert target.shape == (encoder.spec.dimension,)
    longer = TranslatingEncoder(fit_translation(3 * world.faces.vectors, world.faces.embeddings), world.whites)
    torch.testing.assert_close(longer.target(world.target), target, rtol=0, atol=1e-4)
    for wrong in (torch.ones(15), torch.zeros(16), torch.full((16,), torch.inf)):
        with pytest.raises(ValueError, match="16 finite numbers"):
            encoder.target(wrong)
    with pytest.raises(ValueError, match="white box"):
        fit_translation(world.faces.vectors, {})


def test_principal_directions_are_the_longest_first_and_as_long_as_faces_differ() -> None:
    generator = SmallGenerator()
    generator.sample = lambda count, seed, truncation=1.0: (  # type: ignore[method-assign]
        torch.empty(0),
        torch.randn(count, 3, generator=torch.Generator().manual_seed(seed)) * torch.tensor([1.0, 5.0, 2.0]),
    )
    found = principal_directions(generator, 2)  # type: ignore[arg-type]
    torch.testing.assert_close(found.norm(dim=1), torch.tensor([5.0, 2.0]), rtol=0.05, atol=0)
    torch.testing.assert_close(found.abs().argmax(1), torch.tensor([1, 2]))


def test_evolution_finds_the_top_of_a_hill_along_its_directions_alone() -> None:
    search = Evolution(torch.zeros(2, 6), torch.eye(6)[:4], seed=3)
    for _ in range(60):
        latents = search.ask()
        assert latents.shape == (search.size, 2, 6)
        search.tell([-float((one - 1).square()[:, :4].sum()) for one in latents])
    torch.testing.assert_close(search.best[:, :4], torch.ones(2, 4), rtol=0, atol=0.05)
    assert bool((search.best[:, 4:] == 0).all())
    with pytest.raises(ValueError, match="do not fit"):
        Evolution(torch.zeros(6), torch.eye(5), seed=0)


def test_a_search_through_a_student_that_answers_alike_comes_nearer_than_the_nearest_face() -> None:
    world = World(30)
    world.whites = {"student": world.box.encoder}
    found, _ = world.attack(through_student)
    assert world.box.asked == 0
    assert world.reached(found) > world.reached(world.attack(nearest)[0]) + 0.1


def test_every_attack_says_what_it_follows() -> None:
    assert list(ATTACKS) == ["nearest", "translation", "evolution", "student"]
    assert all(spec.explanation and spec.source and 0 <= spec.share < 1 for spec in ATTACKS.values())
