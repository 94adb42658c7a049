"""`likeness train calibrations`: the same files each time, of the probes that are there; and those that ship."""

from __future__ import annotations

import json

import pytest
import torch

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.probes import load_bare_probes, load_probes, save_probes, with_probes
from explorer.studio.commands import _train_calibrations
from explorer.studio.errors import UserError
from tests.science.leakage_kit import untrained


def made_up(name: str, people: int, each: int, by_hand: tuple[str, ...]) -> JudgedSet:
    """Photographs whose vectors say nothing."""
    random = torch.Generator().manual_seed(people)
    count = people * each
    rows, whose = torch.arange(count), torch.arange(people).repeat_interleave(each)
    truths = {
        "gender": Truth(rows, (whose % 2).float()),
        "age": Truth(rows, 20.0 + whose),
        "yaw": Truth(rows, torch.randn(count, generator=random)),
    }
    return JudgedSet(name, {"sface": torch.randn(count, 128, generator=random)}, truths, {}, whose, by_hand=by_hand)


@pytest.fixture
def models(monkeypatch, tmp_path):
    """A folder with probes of one encoder in place of those that ship."""
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    monkeypatch.setattr(
        _train_calibrations,
        "labelled_sets",
        lambda networks, step: [
            made_up("openpeople", 6, 4, ("gender", "age")),
            made_up("orl", 8, 2, ("gender",)),
        ],
    )
    save_probes("sface", {name: untrained(PROBES[name], 128) for name in ("gender", "age", "yaw")})
    return tmp_path


@pytest.mark.slow
def test_calibrations_are_written_with_their_card_and_the_same_each_time(models, capsys):
    assert cli.main(["train", "calibrations"]) == 0
    said = capsys.readouterr().out
    assert "calibration-photographs-sface.json" in said
    assert "cannot tell" in said
    first = (models / "calibration-photographs-sface.json").read_bytes()
    probes = json.loads(first)["probes"]
    assert probes["gender"]["calibrated_on"] == "40 photographs of 14 people (openpeople and ORL), labelled by hand"
    assert probes["age"]["calibrated_on"] == "24 photographs of 6 people (openpeople), labelled by hand"
    assert probes["yaw"]["calibrated_on"].endswith("14 people (openpeople and ORL), labelled by MediaPipe")
    card = (models / "calibration-photographs.md").read_text()
    assert "| sface | Gender | 40 photographs of 14 people (openpeople and ORL) |" in card
    assert cli.main(["train", "calibrations"]) == 0
    assert (models / "calibration-photographs-sface.json").read_bytes() == first


@pytest.mark.slow
def test_other_probes_are_not_read_by_them(models, capsys):
    assert cli.main(["train", "calibrations", "--encoder", "sface"]) == 0
    assert set(load_probes("sface").photographs) == {"gender", "age", "yaw"}
    assert load_bare_probes("sface").photographs == {}
    save_probes("sface", {"gender": untrained(PROBES["gender"], 128)})
    assert load_probes("sface").photographs == {}, "they were fitted to others"
    (models / "calibration-photographs-sface.json").write_bytes(b"half")
    with pytest.raises(UserError, match=r"calibration-photographs-sface\.json.*train calibrations --encoder sface"):
        load_probes("sface")
    assert cli.main(["train", "calibrations"]) == 0, "it is made again"
    capsys.readouterr()


def test_without_probes_there_is_nothing_to_calibrate(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(places, "models", lambda: tmp_path)
    assert cli.main(["train", "calibrations"]) == 2
    assert "train probes" in capsys.readouterr().err


def test_those_that_ship_are_of_the_probes_that_ship():
    for encoder in with_probes(ENCODERS.names()):
        found = load_probes(encoder).photographs
        assert {"smiling", "eyeglasses", "gender", "expression", "age", "yaw", "pitch"} == set(found), encoder
        assert "hat" not in found, "nobody wears one there"
        for name in ("smiling", "eyeglasses", "gender"):
            assert "openpeople and ORL" in found[name].calibrated_on
        for name in ("age", "expression"):
            assert "(openpeople)" in found[name].calibrated_on


def test_whatever_ships_as_a_probability_holds():
    for encoder in with_probes(ENCODERS.names()):
        for name, one in load_probes(encoder).photographs.items():
            if one.tells and one.excess is not None:
                assert one.excess <= 0.03, (encoder, name)
    dlib = load_probes("dlib-resnet").photographs
    assert all(dlib[name].tells for name in ("smiling", "eyeglasses", "gender"))
