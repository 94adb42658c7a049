"""`likeness train impostors`: what ships are counts of photographs' strangers, and a card."""

import pytest
import torch

from explorer.science.evaluation.score import GENERATED
from explorer.science.evaluation.strangers import impostor_rates
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.impostors import known_impostors
from explorer.studio.commands import _train_impostors
from explorer.studio.evaluation.strangers import MeasuredSet


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder of the project's own weights that holds what the gallery needs, and sets that are made up."""
    (tmp_path / "models").mkdir()
    for file in places.models().iterdir():
        if file.name.startswith("gallery") or file.name == "catalogue.toml":
            (tmp_path / "models" / file.name).symlink_to(file)
    monkeypatch.setattr(places, "models", lambda: tmp_path / "models")
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))

    def measured(name, encoders, networks):
        people = torch.arange(10).repeat_interleave(2)
        rates = {}
        for encoder in encoders:
            spec = encoder_spec(encoder)
            embeddings = torch.randn(20, spec.dimension, generator=torch.Generator().manual_seed(len(name)))
            rates[encoder] = impostor_rates(embeddings, people, spec.measure)
        return MeasuredSet(name, rates)

    monkeypatch.setattr(_train_impostors, "measured_set", measured)
    return tmp_path / "models"


def test_counts_of_all_encoders_lie_in_one_file_beside_their_card(models, capsys):
    assert cli.main(["train", "impostors"]) == 0
    assert capsys.readouterr().out.endswith(f"{models / 'impostors.safetensors'}\n")
    for encoder in ENCODERS.names():
        known = known_impostors(encoder)
        assert list(known) == ["orl", "openpeople"]
        assert all(rates.pairs == 180 for rates in known.values())
    card = (models / "impostors.md").read_text()
    assert card.startswith("# impostors: ")
    assert "## generated faces" in card
    assert GENERATED.encode() + b"/" not in (models / "impostors.safetensors").read_bytes()


def test_an_encoder_may_have_a_file_of_its_own_which_goes_before_the_common_one(models):
    assert cli.main(["train", "impostors", "--encoder", "sface"]) == 0
    assert not (models / "impostors.safetensors").exists()
    assert list(known_impostors("sface")) == ["orl", "openpeople"]
    assert known_impostors("dlib-resnet") == {}
    assert "`likeness train impostors --encoder sface`" in (models / "impostors-sface.md").read_text()
