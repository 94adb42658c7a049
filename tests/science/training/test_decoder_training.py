"""The recipe of the decoder: that it learns what embeddings tell, resumes, ends in time, and draws its own faces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.decoding.losses import DecoderLoss
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.faces.face import Face
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.decoder import DecoderFaces, train_decoder
from explorer.science.training.decoder_faces import CHUNK, FaceMaking, by_camera, drawn_faces
from explorer.science.training.loop import TrainingError

SETTINGS = DecoderSettings(
    side=64,
    width=4,
    hidden=8,
    dropout=0.1,
    batch=10,
    epochs=3,
    precision="single",
    weights={"perceptual": 0, "local_perceptual": 0},
)


def faces(count=40, side=64):
    """Pictures of one grey each, which the first number of the embedding tells."""
    random = torch.Generator().manual_seed(0)
    embeddings = torch.randn(count, 4, generator=random)
    grey = (128 + 60 * torch.nn.functional.normalize(embeddings, dim=1)[:, 0]).to(torch.uint8)
    pictures = grey[:, None, None, None].expand(count, side, side, 3).contiguous()
    rows = torch.arange(count)
    return DecoderFaces(embeddings, pictures, rows[count // 4 :], rows[: count // 4])


def losing(settings, known):
    return DecoderLoss(settings, None, known.unit_faces())


def train(tmp_path, settings=SETTINGS, name="decoder.pt", **more):
    known = faces()
    return train_decoder(known, settings, losing(settings, known), tmp_path / name, **more)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_a_training_of_the_same_seed_is_the_same(tmp_path):
    *_, one = train(tmp_path, name="one.pt")
    *_, other = train(tmp_path, name="other.pt")
    *_, third = train(tmp_path, SETTINGS.model_copy(update={"seed": 2}), "third.pt")
    assert one.held_out == other.held_out != third.held_out
    assert len(one.held_out) == one.epochs == 3
    assert same(one.decoder, other.decoder)


@pytest.mark.parametrize("after", [1, 2])
def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path, after):
    *_, whole = train(tmp_path, name="whole.pt")
    running = train(tmp_path, name="parts.pt")
    for _ in range(after):
        next(running)
    running.close()
    first, *_, resumed = train(tmp_path, name="parts.pt")
    assert first.epochs == after
    assert resumed.held_out == whole.held_out
    assert same(resumed.decoder, whole.decoder)
    assert [state.epochs for state in train(tmp_path, name="parts.pt")] == [3]


def test_one_that_lost_its_best_judges_anew_and_one_of_other_settings_is_refused(tmp_path):
    *_, whole = train(tmp_path)
    (tmp_path / "decoder.best.safetensors").write_bytes(b"nothing")
    *_, again = train(tmp_path)
    assert again.held_out == whole.held_out[-1:]
    with pytest.raises(TrainingError, match="another recipe"):
        next(train(tmp_path, SETTINGS.model_copy(update={"rate": 0.5})))


@pytest.mark.slow
def test_what_embeddings_tell_is_learnt(tmp_path):
    changes = {"epochs": 20, "rate": 1e-2, "dropout": 0.0, "patience": 20, "hidden": 32, "width": 16}
    first, *_, last = train(tmp_path, SETTINGS.model_copy(update=changes))
    assert min(last.held_out) < 0.9 * first.held_out[0]
    known = faces()
    decoded = last.decoder.pictures(known.embeddings[known.held_out])
    error = (decoded - known.seen(known.held_out)).square().mean()
    mean = (known.mean_face() - known.seen(known.held_out)).square().mean()
    assert error < 0.9 * mean


def test_it_ends_where_three_epochs_bring_nothing_and_keeps_the_best(tmp_path):
    # A rate at which everything is lost at once.
    settings = SETTINGS.model_copy(update={"epochs": 50, "rate": 1.0, "schedule": "constant"})
    *_, last = train(tmp_path, settings)
    best = last.held_out.index(min(last.held_out))
    assert last.epochs == len(last.held_out) == best + 4 < 50
    known = faces()
    decoded = last.decoder(known.embeddings[known.held_out])
    loss = losing(settings, known)(known.seen(known.held_out), decoded)["loss"]
    assert float(loss) == pytest.approx(min(last.held_out), rel=1e-4)


def test_it_ends_when_time_is_over_and_what_there_is_is_judged(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.science.training.decoder._STEPS", 2)
    *_, whole = train(tmp_path, name="whole.pt")
    *_, left = train(tmp_path, name="left.pt", out_of_time=lambda: True)
    assert left.epochs == 0.5
    assert len(left.held_out) == 1
    assert left.decoder is not None
    # Nothing of the early end is left in what goes on from it.
    *_, resumed = train(tmp_path, name="left.pt")
    assert resumed.held_out == whole.held_out
    assert same(resumed.decoder, whole.decoder)


def test_too_few_faces_are_refused():
    known = faces()
    with pytest.raises(ValueError, match="too few faces"):
        replace(known, held_out=torch.tensor([3]))


class Frames:
    """Finds the face of a picture in its middle, and none in dark ones."""

    device = torch.device("cpu")

    def detect_in_frames(self, pictures):
        found = []
        for picture in pictures:
            side = picture.shape[0]
            points = side * np.array([[0.38, 0.45], [0.62, 0.45], [0.5, 0.6], [0.4, 0.7], [0.6, 0.7]])
            found.append(Face(points, (0, 0, side, side), 0.9) if picture.mean() > 20 else None)
        return found


class Greys:
    """Draws a grey for each seed; seed 3's is black."""

    def sample(self, count, seed, truncation=1.0):
        shade = 0.0 if seed % 100 == 3 else 0.3 + (seed % 100) / 200
        return torch.zeros(count, 512), torch.full((count, 512), shade)

    def styles(self, latent, space):
        return latent[:, None]


def making(**changes):
    def draw(styles, resolution):
        return styles[:, 0, :1, None, None].expand(-1, 3, resolution, resolution)

    spec = replace(encoder_spec("sface"), dimension=3 * 112 * 112)
    given = {"resolution": 128, "side": 64, "camera": 0.5} | changes
    return FaceMaking(Greys(), draw, Frames(), Encoder(spec, torch.nn.Flatten()), **given)


def whole(made):
    parts = list(made)
    return torch.cat([part.embeddings for part in parts]), torch.cat([part.pictures for part in parts])


def test_faces_are_drawn_embedded_and_cut_out_and_those_without_a_face_left_out():
    embeddings, pictures = whole(drawn_faces(making(camera=0.0), 0, 12))
    assert pictures.shape == (11, 64, 64, 3)
    assert pictures.dtype == torch.uint8
    assert embeddings.shape == (11, 3 * 112 * 112)
    # What is embedded is what is shown.
    torch.testing.assert_close(embeddings.mean(1), pictures.float().mean((1, 2, 3)) / 255, atol=0.01, rtol=0)


def test_a_face_follows_from_its_number_wherever_the_making_begins():
    embeddings, pictures = whole(drawn_faces(making(), 0, 20))
    later = whole(drawn_faces(making(), CHUNK, 20))
    assert torch.equal(embeddings[-len(later[0]) :], later[0])
    assert torch.equal(pictures[-len(later[1]) :], later[1])


def test_a_share_of_the_faces_is_taken_by_a_camera():
    assert [by_camera(number, 0.5) for number in range(4)] == [False, True, False, True]
    assert sum(by_camera(number, 0.3) for number in range(1000)) == 300
    assert not any(by_camera(number, 0.0) for number in range(9))
    assert all(by_camera(number, 1.0) for number in range(9))
    plain, taken = (whole(drawn_faces(making(camera=share), 0, 3))[1] for share in (0.0, 1.0))
    assert not torch.equal(plain, taken)
