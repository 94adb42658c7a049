"""A generator learns against its critic, goes on from its checkpoint, and is kept in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.settings import MetricSettings
from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.science.recognition.tapping import BlockFeatures, FeatureMap, LayerError
from explorer.science.training.loop import TrainingError
from explorer.science.training.vec2face import (
    Rivals,
    Teaching,
    Vec2FaceProgress,
    VectorFaces,
    faded_pictures,
    rival_losses,
    train_vec2face,
)
from explorer.science.training.vec2face import _Sampling as Sampling
from explorer.science.vec2face.record import Vec2FaceFileError, Vec2FaceRecord, decode_vec2face, encode_vec2face
from explorer.science.vec2face.settings import Vec2FaceSettings

TINY = Vec2FaceSettings(resolution=8, width=1 / 64, steps=10, batch=8, seen=2)


def encoder() -> Encoder:
    """A small encoder in place of SFace: two convolutions, then numbers."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        body = nn.Sequential(
            nn.Conv2d(3, 4, 8, stride=8), nn.ReLU(), nn.Conv2d(4, 4, 2, stride=2), nn.Flatten(), nn.Linear(196, 128)
        )
    return Encoder(encoder_spec("sface"), body)


def teaching() -> Teaching:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        bijection = Bijection(MetricSettings(side=8, mappings=2, width=2)).requires_grad_(False)
    return Teaching(BlockFeatures(encoder(), ("0", "2")), bijection, "tiny")


def faces(count: int = 12) -> VectorFaces:
    """Faces of one colour each, which their vectors tell; three of each person."""
    random = torch.Generator().manual_seed(0)
    colours = torch.randint(0, 256, (count, 3), generator=random)
    pictures = colours[:, None, None, :].expand(-1, 8, 8, -1).byte().contiguous()
    vectors = (colours.float() / 255) @ torch.randn(3, 6, generator=random)
    return VectorFaces(vectors, pictures, usual_points(1).expand(count, 5, 2), torch.arange(count) // 3)


def trained(
    settings: Vec2FaceSettings = TINY, checkpoint: Path | None = None, stop: int = 99
) -> list[Vec2FaceProgress]:
    made = []
    for one in train_vec2face(faces(), settings, teaching(), checkpoint):
        made.append(one)
        if one.steps >= stop:
            break
    return made


def test_it_goes_on_to_the_same_weights_and_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.science.training.vec2face._KEPT", 1)
    whole = trained()
    assert [one.steps for one in whole] == [0, 10, 20]
    assert set(whole[-1].losses) == {"loss", "adversarial", "reconstruction", "distill", "biject"}
    assert trained(checkpoint=tmp_path / "kept.pt", stop=10)[-1].steps == 10
    resumed = trained(checkpoint=tmp_path / "kept.pt")
    assert [one.steps for one in resumed] == [10, 20]
    expected = whole[-1].generator.state_dict()
    for name, value in resumed[-1].generator.state_dict().items():
        assert torch.equal(value, expected[name]), name
    with pytest.raises(TrainingError, match="another recipe"):
        trained(TINY.model_copy(update={"seed": 2}), tmp_path / "kept.pt")
    record = Vec2FaceRecord(
        settings=TINY, encoder="sface", dimension=6, network="0", learnt_from="colours", faces=12, people=4, digest="0"
    )
    data = encode_vec2face(whole[-1].generator, record)
    read, known = decode_vec2face(data)
    assert known == record
    vectors = faces().vectors
    torch.testing.assert_close(read.pictures(vectors), whole[-1].generator.eval().pictures(vectors))
    for damaged in (data[:-4], b"", data.replace(b"vec2face/1", b"vec2face/2")):
        with pytest.raises(Vec2FaceFileError, match="again"):
            decode_vec2face(damaged)


def test_without_its_rival_a_generator_learns_what_its_vectors_tell() -> None:
    settings = TINY.model_copy(update={"distill": False, "biject": False, "beta": 0.0, "steps": 50, "rate": 1e-2})
    made = list(train_vec2face(faces(), settings, Teaching()))
    wanted = faces().seen(torch.arange(12))
    reached = made[-1].generator.eval().pictures(faces().vectors)
    assert float((reached - wanted).abs().mean()) < 0.7 * float((wanted - wanted.mean(0)).abs().mean())


def test_who_is_not_at_turn_gets_no_slope() -> None:
    rivals, sampling = Rivals(6, TINY), Sampling(faces(), TINY)
    batch = sampling.batch(12)
    rival_losses(rivals, batch, TINY, teaching())["loss"].backward()
    assert all(one.grad is None for one in rivals.critic.parameters())
    assert any(one.grad is not None for one in rivals.generator.parameters())
    rivals.zero_grad()
    rival_losses(rivals, batch._replace(critics=True), TINY, teaching())["loss"].backward()
    assert all(one.grad is None for one in rivals.generator.parameters())
    assert any(one.grad is not None for one in rivals.critic.parameters())


def test_the_mean_of_weights_is_the_running_one() -> None:
    rivals = Rivals(6, TINY)
    own, mean = rivals.generator.synthesis.begin.bias, rivals.mean.synthesis.begin.bias
    expected = own.detach().clone()
    for step in range(1, 31):
        own.data.fill_(float(step))
        kept = min(0.6, step / (step + 10))
        expected = kept * expected + (1 - kept) * step
        rivals.fold(0.6)
        torch.testing.assert_close(mean.detach(), expected)


def test_every_second_neighbour_is_another_picture_of_the_same_person() -> None:
    sampling = Sampling(faces(), TINY)
    with torch.random.fork_rng():
        batch = sampling.batch(0)
    assert batch.people.reshape(4, 2).diff().abs().max() == 0
    assert bool((batch.vectors.reshape(4, 2, 6)[:, 0] != batch.vectors.reshape(4, 2, 6)[:, 1]).any(1).all())
    assert (batch.pictures.shape, batch.scale, batch.faded) == ((8, 3, 4, 4), 0, 1.0)


def test_real_pictures_fade_in_with_made_ones() -> None:
    pictures = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(faded_pictures(pictures, 1.0), pictures)
    halved = faded_pictures(pictures, 0.0).unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    torch.testing.assert_close(halved.amax(4), halved.amin(4))


def test_what_is_missing_is_said() -> None:
    with pytest.raises(TrainingError, match="no network to compare"):
        next(train_vec2face(faces(), TINY, Teaching()))
    with pytest.raises(TrainingError, match="do not teach pictures of 16 px"):
        next(train_vec2face(faces(), TINY.model_copy(update={"resolution": 16}), teaching()))
    with pytest.raises(TrainingError, match="of one person"):
        VectorFaces(faces().vectors, faces().pictures, faces().points, torch.zeros(12))


def test_blocks_are_seen_in_one_run_as_one_by_one() -> None:
    whole, pictures = encoder(), torch.rand(2, 3, 112, 112)
    first, second, vector = BlockFeatures(whole, ("0", "2"))(pictures)
    torch.testing.assert_close(first, FeatureMap(whole.body, "0")(pictures))
    torch.testing.assert_close(second, FeatureMap(whole.body, "2")(pictures))
    torch.testing.assert_close(vector, whole(pictures))
    # Where a map is made anew in place, the later one of its size counts.
    assert BlockFeatures(whole).layers == ("1", "2")
    with pytest.raises(LayerError, match="no layer"):
        BlockFeatures(whole, ("9",))(pictures)
