"""`likeness train modification` on a made-up corpus: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from explorer.science.training import fresh_probes as probing
from explorer.science.training.fresh_probes import SETTINGS
from explorer.science.training.modification import ModificationRecipe
from explorer.studio.app import cli
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.modifiers import load_modifier
from explorer.studio.commands import _train_modification
from explorer.studio.laboratory import modifier_judged
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "made-up")[0]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """A small network, few epochs, and no set of photographs here."""

    def nothing(name):
        raise MissingNetwork(f"{name} is not here")

    monkeypatch.setattr(_train_modification, "ModificationRecipe", lambda: ModificationRecipe(hidden=16, epochs=2))
    monkeypatch.setattr(modifier_judged, "photograph_set", nothing)
    monkeypatch.setattr(_train_modification, "ENOUGH", 1.0)
    few = {name: one.__class__(**{**vars(one), "epochs": 1}) for name, one in SETTINGS.items()}
    monkeypatch.setattr(probing, "SETTINGS", few)


@pytest.mark.slow
def test_a_modifier_and_its_card_say_what_fresh_probes_tell(corpus, tmp_path, capsys):
    out = tmp_path / "mine.safetensors"
    arguments = ["train", "modification", "--work", str(corpus.folder), "--encoder", "sface", "--out", str(out)]
    assert cli.main(arguments) == 0
    said, complaints = capsys.readouterr()
    assert "gender told afresh, network: balanced accuracy" in said
    assert "orl is left out" in complaints
    made = load_modifier("sface", "gender", out)
    assert made.record.classes == ("female", "male")
    assert made.record.before is not None
    assert made.record.directions == 1
    assert made(torch.randn(3, 128)).shape == (3, 128)
    assert "told afresh, after the linear way" in out.with_suffix(".md").read_text()
    assert cli.main(arguments) == 0  # the training has ended, and its checkpoint is there
    assert torch.equal(load_modifier("sface", "gender", out)(torch.ones(1, 128)), made(torch.ones(1, 128)))


def test_what_is_no_attribute_is_refused(corpus, tmp_path, capsys):
    assert cli.main(["train", "modification", "--work", str(corpus.folder), "--attribute", "landmarks"]) == 2
    assert "choose smiling, eyeglasses" in capsys.readouterr().err
    out = str(tmp_path / "mine.txt")
    assert cli.main(["train", "modification", "--work", str(corpus.folder), "--out", out]) == 2
    assert "written as .safetensors" in capsys.readouterr().err
