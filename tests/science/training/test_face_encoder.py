"""Training an encoder of faces: it learns who is who, goes on as if never stopped, sees all pictures alike often."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer.science.training import face_encoder
from explorer.science.training.face_encoder import (
    FaceEncoderRecipe,
    TrainingFaces,
    embed_faces,
    rows_of_step,
    train_face_encoder,
)
from explorer.science.training.loop import TrainingError

# Without a margin: few steps are to show something.
RECIPE = FaceEncoderRecipe(steps=6, batch=6, every=2, dimension=8, margin=0.0, scale=16.0)


class Small(nn.Sequential):
    """Two layers in place of MobileNetV2's, whose own tests say what it is."""

    def __init__(self, dimension, width):
        super().__init__(
            nn.Conv2d(3, 16, 5, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(16, dimension), nn.BatchNorm1d(dimension, affine=False),
        )  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(face_encoder, "MobileNetV2", Small)


@pytest.fixture(scope="module")
def faces():
    """Three people who are stripes of three widths, four pictures each."""
    across = np.arange(32)
    stripes = [np.tile(128 + 100 * np.sin(across * speed), (32, 1)) for speed in (0.4, 0.9, 2.0)]
    random = np.random.default_rng(0)
    pictures = [stripe + random.normal(0, 8, (32, 32)) for stripe in stripes for _ in range(4)]
    return TrainingFaces(np.stack(pictures).clip(0, 255).astype(np.uint8), np.repeat(np.arange(3), 4))


def weights(encoder):
    return torch.cat([one.detach().flatten().float() for one in encoder.state_dict().values()])


def test_a_training_that_was_stopped_ends_as_if_it_never_had(faces, tmp_path):
    *_, whole = train_face_encoder(faces, RECIPE)
    checkpoint = tmp_path / "training.pt"
    begun = train_face_encoder(faces, RECIPE, checkpoint)
    assert next(begun).steps == 2
    begun.close()
    states = list(train_face_encoder(faces, RECIPE, checkpoint))
    assert [one.steps for one in states] == [4, 6]
    assert torch.equal(weights(states[-1].encoder), weights(whole.encoder))
    (finished,) = train_face_encoder(faces, RECIPE, checkpoint)
    assert np.array_equal(*(embed_faces(one.encoder, faces.pictures) for one in (finished, whole)))
    other = replace(faces, people=faces.people[::-1].copy())
    with pytest.raises(TrainingError, match="by another recipe"):
        list(train_face_encoder(other, RECIPE, checkpoint))


def test_it_learns_who_is_who(faces):
    *_, last = train_face_encoder(faces, replace(RECIPE, steps=60, rate=1e-2))
    embeddings = embed_faces(last.encoder, faces.pictures)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    cosines, alike = embeddings @ embeddings.T, faces.people[:, None] == faces.people
    assert cosines[alike].min() > cosines[~alike].max()


def test_every_picture_is_seen_once_before_any_is_seen_again():
    seen = torch.cat([rows_of_step(10, step, 4, seed=3) for step in range(5)])
    assert seen[:10].sort().values.tolist() == seen[10:].sort().values.tolist() == list(range(10))
    assert not torch.equal(seen[:10], seen[10:])
    assert len(rows_of_step(3, 0, 8, seed=0)) == 8


@pytest.mark.parametrize(
    ("shape", "people"), [((4, 30, 30), (0, 0, 1, 1)), ((4, 32, 32), (0, 0, 0)), ((4, 32, 32), (0, 0, 2, 2))]
)
def test_faces_that_do_not_fit_are_refused_in_a_line(shape, people):
    with pytest.raises(TrainingError, match=r"multiple of 32|say of each|numbered from 0"):
        TrainingFaces(np.zeros(shape, np.uint8), np.array(people))
