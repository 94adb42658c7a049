"""The laboratory's benchmark of trained networks: gains are the table's, and what is missing is refused in a line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from benchmarks import laboratory_trained
from benchmarks.laboratory_kit import Plan
from benchmarks.laboratory_trained import decode_times, measure_decoder, measure_modification
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.modifier import FreshProbes, Verified
from explorer.science.leakage.readout import MetricValue
from explorer.science.training import fresh_probes as probing
from explorer.science.training.fresh_probes import SETTINGS
from explorer.studio.catalogue.decoders import save_decoder
from explorer.studio.commands import _evaluate_decoder
from explorer.studio.corpus.decoder_table import KnownFaces
from explorer.studio.errors import UserError
from explorer.studio.evaluation.strangers import EmbeddedSet
from explorer.studio.laboratory import modifier_judged
from tests.studio.catalogue.test_decoders import decoder, record, shipped  # noqa: F401 - a fixture
from tests.studio.commands.test_lab_modify import made_up
from tests.studio.corpus.corpus_kit import write_corpus
from tests.studio.corpus.test_decoder_table import World, faces


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, shipped, tmp_path: Path) -> Plan:  # noqa: F811
    """A small world in which one decoder was trained, and every set is of three faces."""

    def seen(name: str):
        made = faces()
        made.embeddings.resize_(3, 128).copy_(torch.randn(3, 128, generator=torch.Generator().manual_seed(0)))
        return replace(made, name=name)

    def known(*given: object) -> KnownFaces:
        return KnownFaces(seen("known").embeddings.flip(0), torch.from_numpy(faces().frames))

    monkeypatch.setattr(_evaluate_decoder, "Networks", lambda device: World())
    monkeypatch.setattr(_evaluate_decoder, "_faces", lambda networks, one, name, *more: seen(name))
    monkeypatch.setattr(_evaluate_decoder, "_known", known)
    for module in (_evaluate_decoder, laboratory_trained):
        monkeypatch.setattr(module, "decoder_file", shipped)
    save_decoder(decoder(), record(), "a card")
    return Plan(tmp_path, tmp_path / "corpus", encoders=("sface",))


def test_the_decoders_gains_are_those_of_the_table_on_the_corpus(
    small: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = measure_decoder(small)
    assert set(part.headline) == {"decoder_psnr_gain_db", "decoder_lpips_gain", "decode_ms"}
    beside = part.details["decoder"]["figures"]["decoder_psnr_gain_db"]
    tables = part.details["decoder"]["encoders"]["sface"]["sets"]
    assert list(tables) == ["corpus", "orl", "openpeople"]
    first = tables["corpus"]["rows"][0]
    assert first["name"] == "decoder"
    assert {key: beside[key] for key in ("value", "low", "high")} == first["gains"]["psnr"]
    assert (beside["set"], beside["encoder"]) == ("corpus", "sface")
    assert (
        beside["command"] == "likeness evaluate decoder corpus orl openpeople --encoder sface --cosines 200 --work DIR"
    )
    assert set(first["over_nearest"]) == {"psnr", "ssim", "lpips", "face_psnr", "face_ssim", "face_lpips"}
    assert "than the nearest" in capsys.readouterr().out
    monkeypatch.setattr(laboratory_trained, "run", lambda words: pytest.fail("judged again"))
    again = measure_decoder(small)
    assert again.details["decoder"]["encoders"]["sface"]["sets"] == tables


def test_a_decode_is_timed_with_what_95_percent_of_them_take() -> None:
    took = decode_times(decoder())
    assert took.low is not None
    assert took.high is not None
    assert 0 < took.low <= took.value <= took.high


def test_an_encoder_without_a_decoder_is_refused_in_one_line_with_the_recipe(small: Plan) -> None:
    with pytest.raises(SystemExit) as failed:
        measure_decoder(replace(small, encoders=("edgeface-s",)))
    assert str(failed.value) == (
        "no decoder for edgeface-s: train one with `likeness train decoder --encoder edgeface-s --work DIR`"
    )


@pytest.mark.parametrize("measure", [measure_decoder, measure_modification])
def test_without_a_corpus_it_says_how_to_make_one(measure, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"needs a corpus: give its folder by --corpus; `likeness train corpus`"):
        measure(Plan(tmp_path))


def test_nothing_trained_is_refused_with_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*given: object) -> None:
        raise UserError("it is missing: make it with `likeness train modification`")

    monkeypatch.setattr(laboratory_trained, "load_modifier", missing)
    with pytest.raises(SystemExit, match="make it with"):
        measure_modification(Plan(tmp_path, tmp_path))


def test_gender_is_what_the_best_fresh_probe_tells_and_tar_is_the_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quality(value: float) -> MetricValue:
        ends = {"low": value - 0.1, "high": value + 0.1}
        return MetricValue(measure="balanced accuracy", unit="", value=value, chance=0.5, faces=9, **ends)

    modified = FreshProbes(linear=quality(0.6), mlp=quality(0.7), neighbours=quality(0.65))
    rates = {"before": Estimate(value=0.9), "network": Estimate(value=0.87, low=0.8, high=0.9)}
    sets = tuple(
        Verified(set=name, people=9, linear=Estimate(value=0.8), passing=1e-3, **rates)
        for name in ("openpeople", "orl")
    )
    judged = made_up().record.model_copy(update={"network": modified, "verified": sets})
    file = tmp_path / "modifier.safetensors"
    file.write_bytes(b"weights")
    monkeypatch.setattr(laboratory_trained, "load_modifier", lambda *given: made_up())
    monkeypatch.setattr(laboratory_trained, "modifier_file", lambda *given: file)
    monkeypatch.setattr(laboratory_trained, "read_dataset", lambda corpus: None)
    monkeypatch.setattr(laboratory_trained, "CorpusFolder", lambda folder: None)
    monkeypatch.setattr(laboratory_trained, "faces_by_part", lambda *given: None)
    monkeypatch.setattr(laboratory_trained, "judged_modifier", lambda *given: judged)
    part = measure_modification(Plan(tmp_path, tmp_path))
    assert part.headline == {"gender_after_modification": 0.7, "tar_after_modification": 0.87}
    figures = part.details["modification"]["figures"]
    assert "(mlp)" in figures["gender_after_modification"]["of"]
    after = figures["tar_after_modification"]
    assert (after["set"], after["low"], after["false_match_rate"]) == ("orl", 0.8, {"value": 1e-3})
    monkeypatch.setattr(laboratory_trained, "judged_modifier", lambda *given: pytest.fail("judged again"))
    assert measure_modification(Plan(tmp_path, tmp_path)) == part


@pytest.mark.slow
def test_a_modifier_is_judged_on_a_corpus_and_on_photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: replace(one, epochs=1) for name, one in SETTINGS.items()}
    monkeypatch.setattr(probing, "SETTINGS", few)
    seen = torch.randn(6, 128, generator=torch.Generator().manual_seed(0))
    photographs = EmbeddedSet((), torch.tensor([0, 0, 1, 1, 2, 2]), {"sface": seen}, ())
    monkeypatch.setattr(modifier_judged, "photograph_set", lambda name: name)
    monkeypatch.setattr(modifier_judged, "embed_set", lambda chosen, encoders, networks: photographs)
    monkeypatch.setattr(laboratory_trained, "Networks", lambda device: SimpleNamespace())
    monkeypatch.setattr(laboratory_trained, "load_modifier", lambda *given: made_up())
    (tmp_path / "modifier.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(laboratory_trained, "modifier_file", lambda *given: tmp_path / "modifier.safetensors")
    corpus, _ = write_corpus(tmp_path / "corpus")
    part = measure_modification(Plan(tmp_path, corpus.folder, sets=("orl",), encoders=("sface",)))
    told = part.details["modification"]["record"]
    best = max(told["network"][name]["value"] for name in ("linear", "mlp", "neighbours"))
    assert part.headline["gender_after_modification"] == pytest.approx(best, abs=1e-4)
    (verified,) = told["verified"]
    assert part.headline["tar_after_modification"] == pytest.approx(verified["network"]["value"], abs=1e-4)
