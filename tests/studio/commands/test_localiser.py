"""`likeness train localiser` and `evaluate localiser`, of a few small people: what they write, and what they refuse."""

import json

import pytest

from explorer.studio.app import cli
from explorer.studio.catalogue import localisers
from explorer.studio.catalogue.localisers import load_localiser, localiser_file
from explorer.studio.commands import _evaluate_localiser, _train_localiser

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
    assert "| yaw-30 |" in file.with_suffix(".md").read_text()
    assert "6 pictures of 2 people" in said
    code, said, _ = run(
        capsys, *("evaluate", "localiser", "people", "--work", work, "--file", file, "--people", "1", "--json"),
        *("--figure", "5.12", "--figure", "5.18", "--out", tmp_path),
    )  # fmt: skip
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure-5-12.png", "figure-5-18.png"]
    table = json.loads(said[said.index("[") if said.lstrip().startswith("[") else said.index("{") :])
    row = (table[0] if isinstance(table, list) else table["sets"][0])["rows"][0]
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
