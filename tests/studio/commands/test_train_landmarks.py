"""`likeness train landmarks` on a made-up corpus: what it writes, that it goes on, and what it refuses."""

import numpy as np
import pytest
import torch

from explorer.science.evaluation.leakage import landmark_errors
from explorer.science.leakage.landmark_cnn import load_landmarks
from explorer.science.training.landmark_cnn import measured_errors
from explorer.studio.app import cli
from explorer.studio.catalogue import networks
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands import _train_landmarks
from explorer.studio.corpus.frames import CorpusFrames
from explorer.studio.errors import UserError
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "made-up", faces=100)[0]


@pytest.fixture
def models(tmp_path, monkeypatch):
    for module in (networks, _train_landmarks):
        monkeypatch.setattr(module, "landmarks_file", lambda architecture: tmp_path / f"{architecture}.safetensors")
    return tmp_path


class Few(CorpusFrames):
    def __len__(self):
        return 16

    def __getitem__(self, index):
        return super().__getitem__(index % 8)


def test_frames_come_with_the_landmarks_of_their_split(corpus):
    train, test = CorpusFrames(corpus, "train"), CorpusFrames(corpus, "test", ("base",))
    shards = [corpus.read(name) for kind in ("base", "edit") for name in corpus.names(kind)]
    landmarks = np.concatenate([shard["labels/landmarks"][shard["split"] == 0].numpy() for shard in shards])
    assert len(train) == len(landmarks)
    assert (train.edits, test.edits) == (len(corpus.read(corpus.names("edit")[0])["split"]), 0)
    frame, found = train[5]
    assert frame.shape == (224, 224, 3)
    np.testing.assert_array_equal(found, landmarks[5])
    assert 0 < len(test) < len(train)


def test_an_empty_split_is_refused(corpus):
    with pytest.raises(UserError, match="is empty: make more faces"):
        CorpusFrames(corpus, "test", ("folder",))


@pytest.mark.slow
def test_the_network_is_written_tested_and_can_be_loaded(corpus, models, tmp_path, monkeypatch, capsys):
    # Pictures are blank here: what is learnt is of no matter, and few of them are enough.
    monkeypatch.setattr(_train_landmarks, "CorpusFrames", Few)
    monkeypatch.setattr(_train_landmarks, "_photographs", lambda work: Few(corpus, "test", ("base",)))
    arguments = [
        "train",
        "landmarks",
        "--corpus",
        str(corpus.folder),
        "--work",
        str(tmp_path / "work"),
        "--epochs",
        "1",
    ]
    for _ in range(2):  # the second time, the finished training is only written again
        assert cli.main(arguments) == 0
        said = capsys.readouterr().out
    card = (models / "heatmap.md").read_text()
    assert "1 epochs of batch 16" in card
    judged, loaded = Few(corpus, "test", ("base",)), Networks("cpu").landmarks()
    # What was measured is what the shipped file does, but for its half precision.
    told = float(said.split("openpeople's photographs: mean error ")[1].split(" %")[0])
    assert told == pytest.approx(float(measured_errors(loaded, judged).mean()), abs=0.3)
    assert f"| openpeople's photographs | mean error {told:.2f} %" in card
    mean = torch.from_numpy(np.stack([Few(corpus, "train")[index][1] for index in range(16)]).mean(0))
    truths = torch.from_numpy(np.stack([judged[index][1] for index in range(16)]))
    assert f"| always the mean training face | mean error {landmark_errors(mean, truths).mean():.2f} %" in card
    assert "as it ships" not in card, "the other network is not here"
    kept = torch.load(tmp_path / "work" / "landmarks-heatmap.checkpoint.pt", weights_only=True)["module"]
    whole = load_landmarks(kept)
    frame = torch.rand(1, 3, 224, 224)
    torch.testing.assert_close(loaded(frame), whole(frame), atol=1.0, rtol=0)
    assert cli.main([*arguments, "--architecture", "thesis"]) == 0
    assert "| heatmap, as it ships | mean error " in (models / "thesis.md").read_text()
    capsys.readouterr()
    assert cli.main([*arguments[:-1], "2"]) == 2
    assert "remove it to begin anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"), [(["--architecture", "transformer"], "there are heatmap, thesis"), ([], "holds no corpus")]
)
def test_what_cannot_be_trained_is_one_line(flags, said, tmp_path, capsys):
    work = tmp_path / "work"
    assert cli.main(["train", "landmarks", "--corpus", str(tmp_path), "--work", str(work), *flags]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not work.exists()


def test_a_missing_network_says_how_to_get_it(models):
    with pytest.raises(UserError, match="likeness train"):
        Networks("cpu").landmarks()
