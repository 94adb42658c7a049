"""Training of landmark networks: augmentation keeps faces and landmarks together, it learns, and it resumes exactly."""

import cv2
import numpy as np
import pytest
import torch

from explorer.science.faces.reading import read_file
from explorer.science.leakage.labels.landmarks import LandmarkPredictor
from explorer.science.leakage.landmark_cnn import ARCHITECTURES
from explorer.science.training.landmark_cnn import (
    MIRRORED,
    RECIPES,
    LandmarkRecipe,
    augment,
    batch,
    finished,
    found_landmarks,
    mean_face,
    measured_errors,
    mirrored,
    steps_of,
    train,
)
from explorer.studio import catalogue, places


def discs(count: int, seed: int = 0):
    """Frames with two discs; all landmarks of a half of the face lie in the middle of one of them."""
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(count):
        places = random.uniform((60, 90), (100, 130)), random.uniform((130, 90), (170, 130))
        frame = np.full((224, 224, 3), 30, np.uint8)
        for place, colour in zip(places, ((250, 40, 40), (40, 250, 40)), strict=True):
            cv2.circle(frame, [round(8 * (one - 0.5)) for one in place], 8 * 12, colour, -1, cv2.LINE_AA, 3)
        landmarks = np.stack([places[0] if one % 2 == 0 else places[1] for one in range(68)])
        samples.append((frame, landmarks.astype(np.float32)))
    return samples


def test_mirroring_twice_changes_nothing_and_pairs_every_landmark():
    assert sorted(MIRRORED) == list(range(68))
    assert all(MIRRORED[MIRRORED[one]] == one for one in range(68))
    frame, landmarks = discs(1)[0]
    back, again = mirrored(*mirrored(frame, landmarks))
    assert np.array_equal(back, frame)
    np.testing.assert_allclose(again, landmarks, atol=1e-4)


def test_landmarks_of_a_mirrored_face_are_the_mirrored_landmarks():
    """dlib's own predictor says so, landmark by landmark."""
    predictor = LandmarkPredictor(catalogue.path("dlib-landmarks-68"))
    pixels = read_file(places.resources() / "faces" / "synthetic-p009.jpg").pixels
    side = min(pixels.shape[:2])
    frame = cv2.resize(pixels[:side, :side], (448, 448), interpolation=cv2.INTER_AREA)
    from explorer.science.leakage.labels.landmarks import points_of

    found = points_of(predictor.shape(frame))
    flipped, expected = mirrored(frame, found)
    assert np.linalg.norm(points_of(predictor.shape(flipped)) - expected, axis=1).mean() < 0.05 * 448


def test_an_augmented_picture_takes_its_landmarks_along():
    """The discs' centres of mass lie where their landmarks say, whatever was done to the picture."""
    random = np.random.default_rng(5)
    for frame, landmarks in discs(8):
        moved, placed = augment(frame, landmarks, random)
        left_is_red = moved[..., 0].astype(int) - moved[..., 1] > 90
        y, x = np.nonzero(left_is_red)
        centre = np.float32([x.mean() + 0.5, y.mean() + 0.5])
        assert np.linalg.norm(placed - centre, axis=1).min() < 1.0


@pytest.mark.slow
def test_it_learns_where_the_landmarks_lie(tmp_path):
    recipe = LandmarkRecipe(epochs=6, batch=8, rate=3e-3, augmented=False)
    whole = list(train(discs(40), recipe, tmp_path))
    assert len(whole) == steps_of(recipe, 40) == 30
    assert np.mean([state.error for state in whole[-5:]]) < 0.6 * np.mean([state.error for state in whole[:5]])


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["heatmap", "thesis"])
def test_it_goes_on_where_it_was_stopped(architecture, tmp_path):
    recipe = LandmarkRecipe(architecture, epochs=4, batch=8, rate=1e-3, checkpoint_every=5)
    samples = discs(40)
    whole = list(train(samples, recipe, tmp_path / "a"))
    interrupted = train(samples, recipe, tmp_path / "b")
    for _ in range(12):
        next(interrupted)
    interrupted.close()
    resumed = list(train(samples, recipe, tmp_path / "b"))
    assert resumed[0].step == 11
    assert resumed[-1].error == pytest.approx(whole[-1].error, rel=1e-3)
    ended = finished(samples, recipe, tmp_path / "b")
    assert torch.equal(measured_errors(ended, samples), measured_errors(resumed[-1].network.eval(), samples))
    assert list(train(samples, recipe, tmp_path / "b")) == []


def test_what_is_found_comes_in_the_order_of_the_samples_however_many_are_looked_at_at_once():
    samples = discs(7)
    network = ARCHITECTURES["thesis"](torch.full((68, 2), 112.0))
    network.output.weight.data.normal_(0, 0.1, generator=torch.Generator().manual_seed(0))
    found, wanted = found_landmarks(network, samples, size=3)
    assert found.shape == wanted.shape == (7, 68, 2)
    torch.testing.assert_close(found[5:6], network.eval()(batch([samples[5]])[0]))
    torch.testing.assert_close(wanted[5], torch.from_numpy(samples[5][1]))


def test_a_checkpoint_of_another_training_and_too_few_samples_are_refused(tmp_path):
    recipe = LandmarkRecipe(epochs=1, batch=4, augmented=False)
    list(train(discs(4), recipe, tmp_path))
    with pytest.raises(ValueError, match="remove it to begin anew"):
        next(train(discs(8), recipe, tmp_path))
    with pytest.raises(ValueError, match="do not fill a batch of 16"):
        next(train(discs(4), RECIPES["thesis"], tmp_path))


def test_the_thesis_recipe_is_the_printed_one():
    recipe = RECIPES["thesis"]
    assert (recipe.optimiser, recipe.rate, recipe.batch, recipe.epochs, recipe.unit) == ("sgd", 1e-3, 16, 150, 1)


def test_gradient_descent_takes_the_unit_into_account(tmp_path):
    """A loss in squares of a unit half as large is four times as steep: a step goes four times as far."""
    moved = []
    for unit in (2.0, 1.0):
        recipe = LandmarkRecipe("thesis", epochs=1, batch=4, optimiser="sgd", rate=1e-4, augmented=False, unit=unit)
        torch.manual_seed(recipe.seed)
        before = ARCHITECTURES["thesis"](mean_face(discs(4))).output.bias.detach().clone()
        (state,) = train(discs(4), recipe, tmp_path / str(unit))
        moved.append(state.network.output.bias.detach() - before)
    torch.testing.assert_close(moved[1], 4 * moved[0])


def test_a_batch_is_in_the_order_of_its_samples():
    samples = discs(3)
    frames, landmarks = batch(samples)
    assert frames.shape == (3, 3, 224, 224)
    assert torch.equal(landmarks[2], torch.from_numpy(samples[2][1]))
    assert frames[1, 0, 0, 0].item() == pytest.approx(30 / 255)
