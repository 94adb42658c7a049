"""One attack: what is saved is what is judged, and what is recorded is so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.faces.reading import read_file
from explorer.science.laboratory.attack_settings import AttackError, AttackSettings
from explorer.science.laboratory.defences import Blurred
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.laboratory.attack_export import CHANGE, PICTURE, RECORD, TABLE, write_attack
from explorer.studio.laboratory.attack_running import Aim, run_attack
from explorer.studio.laboratory.attack_text import as_text, rows_of
from explorer.studio.laboratory.attack_values import AttackRecord
from tests.studio.laboratory.attack_kit import ENCODERS, FACE, SmallNetworks, attacked, finished

ENCODER = "arcface-mbf"


@pytest.fixture
def networks():
    return SmallNetworks()


def aim_at(networks, folder, person=1):
    source = attacked(networks, folder, person)
    record = TargetRecord.of_face(source.photograph, FACE, ENCODER, source.embeddings[ENCODER].numpy())
    return Aim(record, source.embeddings)


def made_by(networks, folder, aim=None, **settings):
    return finished(run_attack(networks, attacked(networks, folder), aim or Aim(), AttackSettings(**settings)))


@pytest.mark.parametrize("method", ["fgsm", "bim", "cw", "cw-full"])
@pytest.mark.parametrize("towards", [True, False])
def test_encoders_judge_the_very_picture_that_is_saved(networks, tmp_path, method, towards):
    source = attacked(networks, tmp_path)
    aim = aim_at(networks, tmp_path) if towards else Aim()
    made = finished(run_attack(networks, source, aim, AttackSettings(method=method, budget=20, steps=6)))
    write_attack(tmp_path, made)
    saved = read_file(tmp_path / PICTURE)
    seen = embed({name: networks.recogniser(name) for name in ENCODERS}, saved, FACE)
    assert [view.encoder for view in made.record.encoders] == [ENCODER, "sface", "dlib-resnet"]
    for view in made.record.encoders:
        measure = encoder_spec(view.encoder).measure
        own = similarity_or_distance(seen[view.encoder], source.embeddings[view.encoder], measure).item()
        assert view.own == pytest.approx(own, abs=1e-6)
        assert view.attacked == (view.encoder == ENCODER)
        if towards:
            score = similarity_or_distance(seen[view.encoder], aim.embeddings[view.encoder], measure).item()
            assert view.aim == pytest.approx(score, abs=1e-6)
            assert view.success == ((score >= 0.5) if measure == "cosine" else (score <= 1))
        else:
            assert view.aim is view.aim_before is None
            assert view.success == ((own < 0.5) if measure == "cosine" else (own > 1))


def test_the_files_say_what_was_done_and_how(networks, tmp_path):
    made = made_by(networks, tmp_path, aim_at(networks, tmp_path), budget=8)
    files = write_attack(tmp_path, made)
    assert [file.name for file in files] == [PICTURE, CHANGE, TABLE, f"{TABLE}.json", RECORD]
    before, after = read_file(tmp_path / "p0-0.png").pixels.astype(int), np.array(Image.open(tmp_path / PICTURE))
    assert np.abs(after - before).max() == made.record.largest == 8
    shown = np.array(Image.open(tmp_path / CHANGE)).astype(int)
    assert np.array_equal(shown - 128, made.record.amplification * (after - before))
    assert AttackRecord.model_validate_json((tmp_path / RECORD).read_bytes()) == made.record
    for name, part in ((PICTURE, "picture"), (CHANGE, "perturbation"), (TABLE, "table")):
        about = read_provenance(tmp_path / name)
        assert (about["kind"], about["part"], about["attack"]["budget"]) == ("attack", part, 8)
        assert (about["source"]["name"], about["aim"]["name"]) == ("p0-0.png", "p1-0.png")
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert [row["role"] for row in rows_of(made.record)] == ["attacked", "held out", "held out"]
    assert "within 8/255, on arcface-mbf, towards p1-0.png" in as_text(made.record)


def test_without_a_budget_the_picture_is_the_photograph(networks, tmp_path):
    made = made_by(networks, tmp_path, aim_at(networks, tmp_path), budget=0)
    assert np.array_equal(made.perturbation.after, read_file(tmp_path / "p0-0.png").pixels)
    assert (made.record.largest, made.record.length, made.record.psnr) == (0, 0, None)
    for view in made.record.encoders:
        assert view.aim == pytest.approx(view.aim_before, abs=1e-6)


def test_more_budget_comes_nearer_to_the_aim_and_further_from_oneself(networks, tmp_path):
    aim = aim_at(networks, tmp_path)
    scores = [made_by(networks, tmp_path, aim, method="bim", budget=budget).record for budget in (0, 8, 64)]
    aims = [record.encoders[0].aim for record in scores]
    assert aims == sorted(aims)
    assert aims[-1] > 0.5
    owns = [made_by(networks, tmp_path, method="bim", budget=budget).record.encoders[0].own for budget in (0, 8, 64)]
    assert owns == sorted(owns, reverse=True)


def test_a_face_that_is_not_found_again_passes_for_nobody(networks, tmp_path):
    blind = SmallNetworks(blind=True)
    towards = made_by(blind, tmp_path, aim_at(networks, tmp_path)).record
    away = made_by(blind, tmp_path).record
    assert not towards.found
    assert [view.success for view in towards.encoders] == [False] * 3
    assert [view.success for view in away.encoders] == [True] * 3
    assert "no face is found" in as_text(away)


def test_without_a_threshold_nobody_says_whether_it_succeeded(tmp_path):
    record = made_by(SmallNetworks(unknown=("dlib-resnet", "arcface-mbf")), tmp_path).record
    assert record.encoders[0].success is None
    # The makers of dlib's have published one.
    assert record.encoders[2].threshold == 0.6
    with pytest.raises(AttackError, match="threshold"):
        made_by(SmallNetworks(unknown=("arcface-mbf",)), tmp_path, method="cw")


def test_a_vector_of_one_encoder_is_judged_by_that_one_alone(networks, tmp_path):
    vector = torch.randn(512, generator=torch.Generator().manual_seed(0))
    aim = Aim(TargetRecord.of_vector("v.npy", "0" * 64, ENCODER, vector.numpy()), {ENCODER: vector})
    record = made_by(networks, tmp_path, aim, budget=64, method="bim").record
    assert record.encoders[0].aim > record.encoders[0].aim_before + 0.05
    assert [view.success for view in record.encoders[1:]] == [None, None]


def test_a_softmax_goes_over_the_face_its_aim_and_everybody_else_who_is_loaded(networks, tmp_path):
    others = {"2: p2.png": attacked(networks, tmp_path, 2).embeddings[ENCODER]}
    towards = aim_at(networks, tmp_path)
    aim = Aim(towards.record, towards.embeddings, others)
    record = made_by(networks, tmp_path, aim, objective="softmax", method="bim", budget=64).record
    assert record.people == ("2: p2.png",)
    assert record.scores[-1] > 0.9 > record.scores[0]
    assert record.reached
    away = made_by(networks, tmp_path, Aim(people=others), objective="softmax", method="bim", budget=64).record
    assert away.scores[0] > away.scores[-1]
    with pytest.raises(AttackError, match="two people"):
        made_by(networks, tmp_path, objective="softmax")


def test_an_attack_that_knows_a_defence_says_so(networks, tmp_path):
    source = attacked(networks, tmp_path)
    made = finished(run_attack(networks, source, aim_at(networks, tmp_path), AttackSettings(), Blurred(5.0)))
    assert made.record.knows == "blur"
    assert "knowing of blur" in made.record.title
    plain = made_by(networks, tmp_path, aim_at(networks, tmp_path))
    assert not np.array_equal(made.perturbation.after, plain.perturbation.after)


def test_the_same_attack_is_the_same_to_the_last_bit(networks, tmp_path):
    one, other = (made_by(networks, tmp_path, random_start=True, seed=4) for _ in range(2))
    assert np.array_equal(one.perturbation.after, other.perturbation.after)
    assert one.record.encoders == other.record.encoders
