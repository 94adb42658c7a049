"""Decoders beside their baselines on a small world: what each row is, and who judges."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import SPLITS, CorpusRecipe
from explorer.studio.corpus import decoder_table as tables
from explorer.studio.corpus.decoder_faces import DecodedFaces, faces_of_corpus, faces_of_set, sized
from explorer.studio.corpus.decoder_table import KnownFaces, decoder_table, judges_of
from explorer.studio.corpus.shards import ShardName, begin
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import people_in
from tests.science.decoding.test_judging import lpips
from tests.studio.corpus.test_decoder_material import Finds

TINY = DecoderSettings(encoder="sface", side=64, width=2, hidden=2)
RECORD = DecoderRecord(settings=TINY, dimension=4, network="ab" * 32, trained_on=9, epochs=1.0)


class World:
    """Networks of a small world: every encoder sees mean colours."""

    device = torch.device("cpu")

    def recogniser(self, name):
        return Encoder(encoder_spec(name), torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten()))

    def detector(self):
        return Finds()

    def lpips(self, backbone):
        return lpips


class Exact(FaceDecoder):
    """Decodes the grey that the first number of an embedding is; its mean face is a half."""

    def __init__(self):
        super().__init__(4, TINY)
        self.eval()

    def forward(self, embeddings):
        return embeddings[:, :1, None, None].expand(-1, 3, 64, 64)


def faces():
    greys = torch.tensor([0.203, 0.403, 0.803])
    frames = (greys * 255).round().to(torch.uint8)[:, None, None, None].expand(3, 224, 224, 3).numpy()
    vectors = torch.cat([greys[:, None], torch.eye(3)], dim=1)
    return DecodedFaces("made up", vectors, frames, torch.arange(3), {"dlib-resnet": torch.ones(3, 12)})


def test_a_decoder_stands_beside_the_mean_face_and_the_nearest_known_face():
    seen = faces()
    known = KnownFaces(seen.embeddings.flip(0), torch.from_numpy(seen.frames[::-1].copy()))
    told = []
    table = decoder_table(World(), Exact(), RECORD, seen, known, None, lambda done, total: told.append((done, total)))
    assert [row.name for row in table.rows] == ["decoder", "nearest known face", "mean face"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    decoded, nearest, mean = table.rows
    # The known faces are the very same, and so is the nearest.
    assert nearest.measures["ssim"].value == pytest.approx(1, abs=1e-4)
    assert decoded.measures["psnr"].value > 40
    assert mean.measures["psnr"].value == pytest.approx(-10 * np.log10([0.0877, 0.0092, 0.0923]).mean(), abs=0.1)
    assert decoded.gains["psnr"].value == pytest.approx(
        decoded.measures["psnr"].value - mean.measures["psnr"].value, abs=1e-3
    )
    assert mean.gains == {}
    assert decoded.cosines["dlib-resnet"].value == pytest.approx(1, abs=1e-5)
    assert (table.set, table.encoder, table.trained_on) == ("made up", "sface", 9)
    assert type(table).model_validate_json(table.model_dump_json()) == table


def test_pictures_without_a_face_are_counted_and_judged_by_nobody():
    black = faces()
    black.embeddings[0, 0] = 0.0
    decoded = decoder_table(World(), Exact(), RECORD, black, None, None, lambda done, total: None).rows[0]
    assert decoded.without_face == 1
    assert decoded.cosines["dlib-resnet"].value == pytest.approx(1, abs=1e-5)


def test_inversions_are_made_of_some_faces_alone(monkeypatch):
    asked = []

    def run(networks, target, settings):
        asked.append((target.embedding[0].item(), settings.encoder))
        return target

    monkeypatch.setattr(tables, "run_inversion", run)
    monkeypatch.setattr(tables, "bare_target", lambda values, *others: SimpleNamespace(embedding=torch.tensor(values)))

    def consume(target):
        grey = round(255 * target.embedding[0].item())
        return SimpleNamespace(native=np.full((256, 256, 3), grey, np.uint8))

    monkeypatch.setattr(Finds, "detect_in_frame", lambda finds, pixels: finds.detect(pixels)[0], raising=False)
    table = decoder_table(World(), Exact(), RECORD, faces(), None, (2, consume), lambda done, total: None)
    assert [encoder for _, encoder in asked] == ["sface", "sface"]
    inverted = table.rows[-1]
    assert (inverted.name, inverted.faces) == ("inversion", 2)
    assert inverted.measures["ssim"].value > 0.99
    layered = RECORD.model_copy(update={"settings": TINY.model_copy(update={"layer": "conv"})})
    with pytest.raises(UserError, match="leave --inversions out"):
        decoder_table(World(), Exact(), layered, faces(), None, (2, consume), lambda done, total: None)


def test_whoever_took_part_does_not_judge():
    judges = judges_of(RECORD)
    assert "sface" not in judges
    assert "dlib-resnet" in judges
    black_box = RECORD.model_copy(update={"settings": TINY.model_copy(update={"perceptual": "dlib-resnet"})})
    assert not {"sface", "dlib-resnet"} & set(judges_of(black_box))


def test_of_a_corpus_the_test_split_is_judged(tmp_path):
    made = begin(tmp_path / "corpus", CorpusRecipe(faces=4, edits=0))
    tensors = {
        "base": torch.arange(4),
        "split": torch.tensor([SPLITS.index(split) for split in ("train", "test") * 2]).to(torch.uint8),
        "first/sface": torch.arange(4.0)[:, None].repeat(1, 4),
        "first/dlib-resnet": torch.ones(4, 4),
    }
    made.write(ShardName("base", 0), tensors, [np.full((224, 224, 3), 60 * n, np.uint8) for n in range(4)], {})
    found = faces_of_corpus(made, "sface", ["dlib-resnet", "edgeface-s"], lambda done, total: None)
    assert found.people.tolist() == [1, 3]
    assert list(found.held_out) == ["dlib-resnet"]
    assert found.pictures(64).mean((1, 2, 3)).mul(255).round().tolist() == [60, 180]
    with pytest.raises(UserError, match="no embeddings of arcface-mbf"):
        faces_of_corpus(made, "arcface-mbf", [], lambda done, total: None)


def test_of_a_set_the_faces_of_people_are_judged_spread_over_it(tmp_path):
    import cv2

    for person in range(4):
        (tmp_path / f"p{person}").mkdir()
        cv2.imwrite(str(tmp_path / f"p{person}" / "1.png"), np.full((200, 200, 3), 40 * person, np.uint8))
    world = World()
    encoder = world.recogniser("sface")
    found = faces_of_set(people_in(tmp_path), encoder, ["dlib-resnet"], world, 9, lambda done, total: None)
    assert found.people.tolist() == [1, 2, 3]  # the black one shows no face
    assert found.embeddings.shape == (3, 12)
    assert found.held_out["dlib-resnet"].shape == (3, 12)
    fewer = found.first(2)
    assert fewer.people.tolist() == [1, 2]
    assert found.first(9).people.tolist() == [1, 2, 3]
    assert sized(np.zeros((224, 224, 3), np.uint8), 64).shape == (3, 64, 64)
