"""A described scene: read back as it was written, refused where it cannot be, drawn alike in any order."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from explorer.science.geometry.lighting import harmonics
from explorer.science.synthetic.population import draw_person, draw_scene, lamp
from explorer.science.synthetic.scene import Background, Camera, Eyes, Glasses, Hair, Person, Scene

PICTURES = [draw_scene(draw_person(seed), seed % 3) for seed in range(200)]


def test_a_scene_is_read_back_as_it_was_written():
    for scene in PICTURES:
        assert Scene.model_validate_json(scene.model_dump_json()) == scene


def test_the_order_in_which_people_are_drawn_changes_nothing():
    assert [draw_scene(draw_person(seed), seed % 3) for seed in reversed(range(200))] == PICTURES[::-1]


def test_pictures_of_a_person_show_the_same_person_differently():
    person = draw_person(11)
    pictures = [draw_scene(person, seed) for seed in range(20)]
    assert all(scene.person == person for scene in pictures)
    assert len({scene.light for scene in pictures}) == len({scene.yaw for scene in pictures}) == 20
    glasses = {scene.glasses for scene in (draw_scene(draw_person(seed), k) for seed in [5, 6] for k in range(20))}
    assert len(glasses - {None}) <= 2  # of each person, one pair


def test_pictures_of_different_people_differ_with_the_same_seed():
    assert draw_scene(draw_person(1), 0).light != draw_scene(draw_person(2), 0).light


def test_heads_turn_no_further_than_asked():
    yaws = [draw_scene(draw_person(1), seed, yaw=45).yaw for seed in range(300)]
    assert 30 < max(yaws) <= 45
    assert -45 <= min(yaws) < -30


def test_nothing_is_missing_among_people():
    people = [scene.person for scene in PICTURES]
    assert {person.hair.style for person in people} == {"none", "cropped", "short", "medium", "long"}
    assert {person.beard.style for person in people} == {"none", "stubble", "moustache", "goatee", "full"}
    assert {scene.background.kind for scene in PICTURES} == {"plain", "gradient", "blurred"}
    assert any(scene.hat for scene in PICTURES)
    assert any(person.skin.freckles for person in people)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Scene(yaw=181),
        lambda: Scene(pitch=float("nan")),
        lambda: Scene(gaze=(60, 0)),
        lambda: Scene(light=((1.0, 1.0, 1.0),)),
        lambda: Scene(light=((float("inf"),) * 3,) * 9),
        lambda: Scene(expression=(("jawOpen", 1.5),)),
        lambda: Scene(expression=(("jawOpen", 0.5), ("jawOpen", 0.2))),
        lambda: Scene(hairdo="short"),
        lambda: Person(identity=(5.0,)),
        lambda: Person(identity=(0.0,) * 81),
        lambda: Person(seed=-1),
        lambda: Hair(style="mohawk"),
        lambda: Eyes(melanin=-0.1),
        lambda: Glasses(colour=(2, 0, 0)),
        lambda: Camera(distance=10),
        lambda: Camera(shift=(0.9, 0)),
        lambda: Background(colours=()),
    ],
)
def test_what_is_out_of_range_is_refused(made):
    with pytest.raises(ValidationError):
        made()


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="seeds go from 0"):
        draw_person(seed)
    with pytest.raises(ValueError, match="seeds go from 0"):
        draw_scene(Person(), seed)


def test_a_scene_never_changes():
    with pytest.raises(ValidationError):
        Scene().yaw = 3.0


def test_a_lamp_is_the_best_second_order_light_of_its_direction():
    random = np.random.default_rng(0)
    normals = random.normal(size=(20_000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    direction = np.array([0.3, 0.5, 0.8]) / np.linalg.norm([0.3, 0.5, 0.8])
    basis = harmonics(torch.from_numpy(normals)).numpy()
    fitted = np.linalg.lstsq(basis, np.maximum(normals @ direction, 0), rcond=None)[0]
    np.testing.assert_allclose(lamp(3 * direction, (1, 1, 1))[:, 0], fitted, atol=0.01)
