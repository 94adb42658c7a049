"""Counts of strangers: kept as they are, passed over where they do not fit, and shipped for every shipped encoder."""

import pytest
import torch

from explorer.science.evaluation.strangers import impostor_rates
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.science.remarks import remarks_heard_by
from explorer.studio import catalogue, places
from explorer.studio.catalogue import impostors
from explorer.studio.catalogue.impostors import checked_name, keep_impostors, known_impostors
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


def rates_of(encoder, people=8, each=3):
    spec = encoder_spec(encoder)
    embeddings = torch.randn(people * each, spec.dimension, generator=torch.Generator().manual_seed(0))
    return impostor_rates(embeddings, torch.arange(people).repeat_interleave(each), spec.measure)


@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_photographs_stand_beside_every_shipped_encoder(state, encoder):
    known = known_impostors(encoder)
    assert list(known) == ["orl", "openpeople"]
    assert (known["orl"].people, known["orl"].photographs, known["orl"].pairs) == (40, 400, 78_000)
    assert (known["openpeople"].people, known["openpeople"].photographs, known["openpeople"].pairs) == (10, 200, 18_000)
    threshold = Networks().calibration(encoder).threshold
    # Forty people of a laboratory are told apart; the synthetic ten look alike.
    assert known["orl"].at(threshold).value < 1e-3
    assert 0.01 < known["openpeople"].at(threshold).value < 0.15
    assert known["orl"].threshold(1e-3) is not None
    assert known["openpeople"].threshold(1e-3) is None


def test_what_was_measured_is_kept_and_stands_behind_what_ships(state):
    measured = {encoder: rates_of(encoder) for encoder in ("sface", "dlib-resnet")}
    file = keep_impostors("lab", measured)
    assert file.stat().st_mode & 0o077 == 0
    for encoder, rates in measured.items():
        known = known_impostors(encoder)
        assert list(known) == ["orl", "openpeople", "lab"]
        again = known["lab"]
        assert (again.measure, again.people, again.photographs, again.pairs) == (rates.measure, 8, 24, rates.pairs)
        assert torch.equal(again.passing, rates.passing)
        assert again.lowest == rates.lowest
        assert torch.allclose(again.high, rates.high, rtol=1e-3, atol=1e-6)
    assert list(known_impostors("edgeface-s")) == ["orl", "openpeople"]
    file.unlink()
    assert list(known_impostors("sface")) == ["orl", "openpeople"]


def test_rates_of_other_weights_say_nothing_of_these(state, monkeypatch):
    keep_impostors("lab", {"sface": rates_of("sface")})
    monkeypatch.setattr(catalogue, "sha256", lambda id: "0" * 64)
    assert known_impostors("sface") == {}


@pytest.mark.parametrize("content", [b"", b"no file of counts", impostors.encode_impostors({})[:-40]])
def test_a_damaged_file_is_passed_over_and_named(state, content):
    file = keep_impostors("lab", {"sface": rates_of("sface")})
    file.write_bytes(content)
    heard = []
    with remarks_heard_by(heard.append):
        assert list(known_impostors("sface")) == ["orl", "openpeople"]
    (line,) = heard
    assert line.startswith(f"{file} is damaged or of another version and passed over: remove it, or measure it again")


def test_a_user_without_a_home_has_kept_none(monkeypatch):
    def nowhere():
        raise places.NoHomeError("none")

    monkeypatch.setattr(places, "state", nowhere)
    assert list(known_impostors("sface")) == ["orl", "openpeople"]


@pytest.mark.parametrize("name", ["", "../lab", "a b", "orl", "Generated", "x" * 41, ".hidden"])
def test_a_name_that_cannot_be_one_is_refused(name):
    with pytest.raises(UserError, match="a name of at most 40 letters"):
        checked_name(name)


def test_calibration_brings_them_and_verdicts_do_not_go_by_them(state):
    calibration = Networks().calibration("sface")
    assert list(calibration.photographs) == ["orl", "openpeople"]
    assert calibration.fmr(calibration.threshold) == pytest.approx(1e-3, abs=2e-5)
