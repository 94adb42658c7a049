"""`likeness train localiser` and `evaluate localiser`, of a few small people: what they write, and what they refuse."""

import json

import numpy as np
import pytest
import torch

from explorer.science.geometry.projection import project
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue import localisers
from explorer.studio.catalogue.localisers import load_localiser, localiser_file
from explorer.studio.commands import _evaluate_localiser, _train_localiser
from explorer.studio.errors import UserError
from explorer.studio.geometry import recognition
from explorer.studio.geometry.fitting import fit_frame, load_morphable_model
from tests.studio.reproducing.again_kit import P002, made_again

TINY = (
    *("--people", "2", "--pictures", "3", "--unseen", "1", "--side", "32", "--seen", "32", "--visibility", "16"),
    *("--components", "2", "--width", "4", "--batch", "2", "--pretraining", "2", "--warm-up", "1", "--steps", "3"),
)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("localiser") / "work"


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Two pictures of each person who judges; heads that are hardly turned, so that every phase has some."""
    for command in (_train_localiser, _evaluate_localiser):
        monkeypatch.setattr(command, "UNSEEN_PICTURES" if command is _train_localiser else "PICTURES", 2)
    monkeypatch.setattr("explorer.studio.corpus.posed_material.YAW", 8.0)


def run(capsys, *words):
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


@pytest.fixture
def trained(work, capsys):
    """A localiser of three steps, and what was said of it; trained once, and then given back from its checkpoints."""
    file = work.parent / "tiny.safetensors"
    code, said, complaints = run(capsys, "train", "localiser", "--work", work, "--out", file, *TINY)
    assert (code, complaints) == (0, "")
    return file, said


def test_it_is_trained_measured_and_drawn(trained, work, capsys, tmp_path):
    file, said = trained
    _, record = load_localiser(file)
    assert [one.stage for one in record.stages] == ["fixed-pose", "warm-up", "yaw-10", "yaw-20", "yaw-30"]
    assert (record.people, record.pictures, record.settings.components) == (2, 6, 2)
    assert record.stages[0].unseen.landmarks < 100
    for stage in record.stages:
        assert stage.course[-1].steps == stage.steps
        assert stage.course[-1].unseen == stage.unseen
        assert (stage.course[-1].accuracy is None) == (stage.stage == "fixed-pose")
    assert "| yaw-30 |" in file.with_suffix(".md").read_text()
    assert "6 pictures of 2 people" in said
    code, said, _ = run(
        capsys, *("evaluate", "localiser", "people", "--work", work, "--file", file, "--people", "1", "--json"),
        *("--figure", "5.12", "--figure", "5.15", "--figure", "5.18", "--out", tmp_path),
    )  # fmt: skip
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure-5-12.png", "figure-5-15.png", "figure-5-18.png"]
    (table,) = json.loads(said)
    row = table["rows"][0]
    assert row["before"]["faces"] == row["after"]["faces"] == 2
    assert row["after"]["pose"] >= 0


def test_the_same_command_goes_on_from_its_checkpoints_and_measures_nothing_again(trained, work, capsys, monkeypatch):
    monkeypatch.setattr(_train_localiser, "aligned", None)
    file, _ = trained
    before = file.read_bytes()
    code, said, complaints = run(capsys, "train", "localiser", "--work", work, "--out", file, *TINY)
    assert (code, complaints, "landmarks" in said) == (0, "", False)
    assert file.read_bytes() == before


def test_what_cannot_be_is_refused_in_one_line(trained, work, capsys, tmp_path, monkeypatch):
    file, _ = trained
    monkeypatch.setattr(localisers.places, "models", lambda: tmp_path)
    assert localiser_file().parent == tmp_path
    spoilt = tmp_path / "spoilt.safetensors"
    spoilt.write_bytes(file.read_bytes()[:100])
    for words, complaint in (
        (("train", "localiser", "--work", work, "--seen", "50"), "no multiple of 16"),
        (("evaluate", "localiser", "people", "--work", work), "train one with `likeness train localiser"),
        (("evaluate", "localiser", "people", "--work", work, "--file", spoilt), "damaged"),
        (("evaluate", "localiser", "people", "--work", work, "--figure", "9.9"), "there are 5.7"),
        (("evaluate", "localiser", "people", "--work", work, "--figure", "5.9"), "name it by --out"),
    ):
        code, _, complaints = run(capsys, *words)
        assert code == 2, words
        assert complaint in complaints
        assert len(complaints.strip().splitlines()) == 1


def test_a_photograph_is_fitted_by_recognition_only_where_there_is_a_localiser(trained, tmp_path, monkeypatch):
    model = load_morphable_model()
    frame = np.full((64, 64, 3), 90, np.uint8)
    landmarks = np.random.default_rng(1).uniform(0, 64, (68, 2)).astype(np.float32)
    monkeypatch.setattr(recognition, "load_localiser", lambda file=None: load_localiser(file or trained[0]))
    fitted = fit_frame(frame, model, lambda _: landmarks, by="recognition")
    fit = fitted.fit
    assert fitted.by == "recognition"
    assert fit.identity.shape == (80,)
    assert not fit.identity[2:].any()
    torch.testing.assert_close(fit.projected, project(fitted.vertices()[fit.landmarks], fit.pose), atol=1e-3, rtol=1e-4)
    monkeypatch.setattr(recognition, "load_localiser", load_localiser)
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    with pytest.raises(UserError, match="or fit by landmarks"):
        fit_frame(frame, model, lambda _: landmarks, by="recognition")


def test_a_photograph_goes_its_way_by_the_localiser_and_once_more(trained, capsys, tmp_path):
    file, out = trained[0], tmp_path / "pipeline.png"
    code, said, _ = run(capsys, "figure", "pipeline", P002, "--file", file, "--out", out, "--json")
    assert (code, json.loads(said)["fitted_by"]) == (0, "recognition")
    code, _, complaints = run(capsys, "reproduce", out, "--source", P002)
    assert (code, "tiny.safetensors" in complaints) == (2, True)
    assert made_again(out, P002, file).same
    code, said, _ = run(capsys, "figure", "pipeline", P002, "--out", out, "--json")
    told = json.loads(said)
    assert (code, told["fitted_by"]) == (0, "landmarks")
    assert 0 < told["numbers"]["seen"] <= told["numbers"]["known"] <= 1
    assert made_again(out, P002).same
