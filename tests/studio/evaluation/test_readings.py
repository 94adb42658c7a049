"""Readings of made-up people: kept and not made again, judged beside chance and by person, calibrated, and drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.probes import PROBES
from explorer.studio.evaluation import readings_made
from explorer.studio.evaluation.readings_calibrated import picture_calibrations
from explorer.studio.evaluation.readings_figures import draw_read
from explorer.studio.evaluation.readings_judged import ReadingsRecord, judged_readings
from explorer.studio.evaluation.readings_made import read_photograph
from explorer.studio.evaluation.readings_text import answer_rows, as_text, rows_of
from explorer.studio.leakage.reconstructing import settings_of_runs
from tests.science.leakage_kit import untrained
from tests.studio.evaluation.people_kit import finished
from tests.studio.evaluation.readings_kit import MadeUpReader, made_up_readings, without_networks

SETTINGS = InversionSettings(encoder="sface")
PROBED = {name: untrained(PROBES[name], 128) for name in ("smiling", "gender", "age")}


def read_all(networks, chosen, out, runs=1):
    settings = settings_of_runs(SETTINGS, runs)
    return [
        (known, read_photograph(networks, known.photograph, settings, out, finished)) for known in chosen.photographs
    ]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> MadeUpReader:
    return without_networks(monkeypatch)


def test_what_was_made_is_not_made_again(reader, tmp_path):
    chosen = made_up_readings(2)
    first = read_all(reader, chosen, tmp_path)
    assert (len(reader.made), reader.labelled) == (4, 8)
    again = read_all(reader, chosen, tmp_path)
    assert (len(reader.made), reader.labelled) == (4, 8)
    assert [one.before for _, one in first + again] == [False] * 4 + [True] * 4
    for (_, one), (_, other) in zip(first, again, strict=True):
        assert torch.equal(one.vector, other.vector)
        assert all(np.array_equal(one.made[name], other.made[name]) for name in one.made)
        assert one.runs == other.runs
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, "biometric data is its owner's"
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".png", ".jpg")], "no picture is kept"


def test_more_runs_keep_those_that_are_there(reader, tmp_path):
    chosen = made_up_readings(1, 1)
    read_all(reader, chosen, tmp_path, runs=3)
    assert len(reader.made) == 3
    ((_, one),) = read_all(reader, chosen, tmp_path, runs=4)
    assert len(reader.made) == 4
    assert [run.settings.seed for run in one.runs] == [one.settings.seed for one in one.runs]
    assert one.made["male"].shape == (4,)


def test_a_run_that_was_cut_off_is_made_again(reader, tmp_path):
    chosen = made_up_readings(1, 1)
    read_all(reader, chosen, tmp_path)
    (file,) = tmp_path.rglob("run-1.json")
    file.unlink()
    read_all(reader, chosen, tmp_path)
    assert len(reader.made) == 2
    (file,) = tmp_path.rglob("run-1.safetensors")
    file.write_bytes(b"half")
    read_all(reader, chosen, tmp_path)
    assert len(reader.made) == 3


def test_other_labellers_look_again_and_nothing_is_inverted_again(reader, tmp_path, monkeypatch):
    chosen = made_up_readings(1, 1)
    read_all(reader, chosen, tmp_path)
    monkeypatch.setattr(readings_made.catalogue, "sha256", lambda id_: f"another hash of {id_}")
    read_all(reader, chosen, tmp_path)
    assert (len(reader.made), reader.labelled) == (1, 4)


def test_other_settings_are_inverted_again(reader, tmp_path):
    one = made_up_readings(1, 1).photographs[0].photograph
    for steps in (7, 8):
        read_photograph(reader, one, [SETTINGS.model_copy(update={"steps": steps})], tmp_path, finished)
    assert len(reader.made) == 2


@pytest.mark.slow
def test_attributes_are_judged_three_ways_beside_chance(reader, tmp_path):
    chosen = made_up_readings()
    judged, answers = judged_readings(chosen, read_all(reader, chosen, tmp_path), PROBED, 1)
    by_name = {one.probe: one for one in judged.attributes}
    assert list(by_name) == ["smiling", "gender", "age"]
    assert by_name["gender"].reconstruction.value == 1.0
    assert by_name["smiling"].reconstruction.value == 0.5, "nobody smiles in what is made"
    assert by_name["smiling"].photograph.value == 1.0
    assert by_name["age"].reconstruction.value == pytest.approx(5)
    assert by_name["age"].photograph.value == pytest.approx(1)
    assert {one.truth_by for one in judged.attributes} == {"hand"}
    assert (judged.people, judged.photographs, by_name["gender"].vector.people) == (6, 12, 6)
    rows = answer_rows("made-up", answers)
    assert len(rows) == 36
    smiles = [row for row in rows if row["probe"] == "smiling"]
    assert [row["reconstruction_right"] for row in smiles] == [False, True] * 6
    assert all(row["vector_right"] is None for row in rows if row["probe"] == "age")


@pytest.mark.slow
def test_results_without_a_face_are_left_out_and_counted(monkeypatch, tmp_path):
    faceless = without_networks(monkeypatch, faceless=("p1/0",))
    chosen = made_up_readings()
    judged, _ = judged_readings(chosen, read_all(faceless, chosen, tmp_path), PROBED, 1)
    gender = next(one for one in judged.attributes if one.probe == "gender")
    assert judged.without_face == 1
    assert (gender.reconstruction.faces, gender.photograph.faces) == (11, 12)


@pytest.mark.slow
def test_without_hand_labels_the_labellers_word_is_the_truth(reader, tmp_path):
    chosen = made_up_readings(by_hand=False)
    judged, _ = judged_readings(chosen, read_all(reader, chosen, tmp_path), PROBED, 1)
    gender = next(one for one in judged.attributes if one.probe == "gender")
    assert (gender.truth_by, gender.photograph) == ("dlib", None)
    assert gender.reconstruction.value == 1.0
    said = as_text(_record(judged))
    assert "not labelled by hand: held against what" in said


def _record(judged):
    return ReadingsRecord(encoder="sface", settings=SETTINGS, sets=(judged,), device="CPU", versions={}, networks={})


@pytest.mark.slow
def test_text_and_table_say_the_same(reader, tmp_path):
    chosen = made_up_readings()
    judged, _ = judged_readings(chosen, read_all(reader, chosen, tmp_path), PROBED, 1)
    record = _record(judged)
    said, rows = as_text(record), rows_of(record)
    assert "made-up: 12 photographs of 6 people, 1 run a vector" in said
    assert "Made up by nobody" in said
    (gender,) = [row for row in rows if row["probe"] == "gender"]
    assert (gender["reconstruction"], gender["reconstruction_low"], gender["chance"]) == (1.0, 1.0, 0.5)
    assert "1.00 [1.00, 1.00]" in said
    assert ReadingsRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.slow
def test_reconstructions_are_calibrated_by_person(reader, tmp_path):
    chosen = made_up_readings(12)
    found = picture_calibrations([(chosen, read_all(reader, chosen, tmp_path))])
    assert list(found) == ["smiling", "gender"], "all are of one age, and no line can be drawn"
    gender = found["gender"]
    assert gender.skill.beats_chance
    assert gender.portraits.value == 1.0
    assert "24 photographs of 12 people (made-up), labelled by hand" in gender.calibrated_on
    assert not found["smiling"].skill.beats_chance
    assert picture_calibrations([(made_up_readings(by_hand=False), [])]) == {}


@pytest.mark.slow
def test_figures_show_what_was_read_rightly_and_wrongly(reader, tmp_path):
    chosen = made_up_readings()
    _, answers = judged_readings(chosen, read_all(reader, chosen, tmp_path), PROBED, 1)
    shown = []

    def frame_of(one):
        shown.append((one.person, one.name))
        return np.zeros((8, 8, 3), np.uint8)

    rightly = draw_read("3.2", "reconstruction", answers, frame_of, ["Made up by nobody"])
    assert rightly is not None
    assert len(shown) == 6 + 3 + 3, "who does not smile, and men and women"
    shown.clear()
    wrongly = draw_read("3.3", "reconstruction", answers, frame_of, [])
    assert wrongly is not None
    assert shown == [(f"p{person}", "0") for person in range(6)], "who smiles, and was read not to"
    gender = [one for one in answers if one.probe == "gender"]
    assert draw_read("3.3", "reconstruction", gender, frame_of, []) is None
