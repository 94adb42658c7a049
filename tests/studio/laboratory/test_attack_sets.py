"""Attacks on a set: who is attacked towards whom, what is kept, when it is made again, and what it amounts to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.inversion.objective import usual_points
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.defences import Blurred, Compressed, Decoded
from explorer.studio.catalogue import decoders
from explorer.studio.catalogue.decoders import save_decoder
from explorer.studio.catalogue.networks import network_sha256
from explorer.studio.errors import UserError
from explorer.studio.evaluation.people_inverted import embed_people
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory import attack_figure
from explorer.studio.laboratory.attack_export import PICTURE, RECORD
from explorer.studio.laboratory.attack_figure import draw_roc
from explorer.studio.laboratory.attack_sets import SEEN, aim_of, attack_row, planned_attacks
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, judge_attacks
from explorer.studio.laboratory.attack_sets_text import as_text, curve_rows, rows_of
from explorer.studio.laboratory.decoding_hook import decoder_of
from explorer.studio.laboratory.defences_by_name import decoder_defence, defence_of
from tests.studio.laboratory.attack_kit import (
    ENCODERS,
    SmallNetworks,
    finished,
    in_small_world,
    small_set,
    without_guard,
)

SETTINGS = AttackSettings(method="bim", budget=64)
COMMAND = ["lab", "attack", "--set", "small", "--out", "DIR"]


@pytest.fixture
def networks(monkeypatch):
    in_small_world(monkeypatch)
    return SmallNetworks()


def embedded(networks, chosen, each=1):
    return embed_people(networks, chosen, "arcface-mbf", each, without_guard)


def attack_all(networks, chosen, people, out, settings=SETTINGS, away=False, defences=(), knowing=False):
    photographs = {(one.person, one.name): one for one in chosen.photographs}
    made, rows = [], []

    def consume(running):
        made.append(running)
        return finished(running)

    for planned in planned_attacks(people, away, settings.seed):
        one = people.photographs[planned.row]
        place = photographs[one.person, one.name]
        rows.append(attack_row(networks, people, planned, place, settings, out, consume, COMMAND, defences, knowing))
    return rows, len(made)


def test_everybody_is_attacked_towards_somebody_else_whom_the_seed_draws(networks):
    people = embedded(networks, small_set(5, 2), 2)
    planned = planned_attacks(people, away=False, seed=3)
    assert [one.row for one in planned] == people.rows() == list(range(10))
    for one in planned:
        assert people.photographs[one.aim].name == "0"
        assert people.photographs[one.aim].person != people.photographs[one.row].person
    assert planned == planned_attacks(people, away=False, seed=3) != planned_attacks(people, away=False, seed=4)
    assert [one.aim for one in planned_attacks(people, away=True, seed=3)] == [None] * 10


def test_one_person_has_nobody_to_go_towards(networks):
    people = embedded(networks, small_set(1, 2))
    with pytest.raises(UserError, match="--away"):
        planned_attacks(people, away=False, seed=0)


def test_a_softmax_of_a_set_knows_everybody_in_it(networks):
    people = embedded(networks, small_set(4, 2))
    (planned, *_) = planned_attacks(people, away=False, seed=0)
    aim = aim_of(people, planned, AttackSettings(objective="softmax"))
    own, other = (people.photographs[row].person for row in (planned.row, planned.aim))
    assert {own, other, *aim.people} == {"p0", "p1", "p2", "p3"}
    assert len(aim.people) == 2
    assert aim_of(people, planned, SETTINGS).people == {}


def test_what_lies_there_is_not_made_again_and_says_the_same(networks, tmp_path):
    chosen = small_set()
    people, defences = embedded(networks, chosen), (Compressed(), Blurred())
    rows, made = attack_all(networks, chosen, people, tmp_path, defences=defences, knowing=True)
    assert made == 3 * 3
    looked = networks.looked
    again, made = attack_all(networks, chosen, people, tmp_path, defences=defences, knowing=True)
    assert made == 0
    assert networks.looked == looked
    assert [row.before for row in again] == [True] * 3
    for one, other in zip(rows, again, strict=True):
        assert one.record == other.record
        assert list(one.views) == ["", "JPEG", "blur"]
        for name, view in one.views.items():
            for kind in ("clean", "attacked", "knowing"):
                before, after = getattr(view, kind), getattr(other.views[name], kind)
                assert (before is None) == (after is None) == (kind == "knowing" and not name)
                assert all(torch.equal(vector, after[encoder]) for encoder, vector in (before or {}).items())


@pytest.mark.parametrize(
    "changed", [{"settings": AttackSettings(budget=3)}, {"away": True}, {"settings": AttackSettings(seed=9)}]
)
def test_another_attack_is_made_anew(networks, tmp_path, changed):
    chosen = small_set(4, 2)
    people = embedded(networks, chosen)
    before, _ = attack_all(networks, chosen, people, tmp_path)
    after, made = attack_all(networks, chosen, people, tmp_path, **changed)
    assert made == 4
    assert not any(row.before for row in after)
    assert all(
        one.record.settings != other.record.settings or changed.get("away")
        for one, other in zip(before, after, strict=True)
    )


def test_a_lost_or_damaged_file_is_made_again(networks, tmp_path):
    chosen = small_set()
    people = embedded(networks, chosen)
    attack_all(networks, chosen, people, tmp_path)
    records, pictures, seen = (sorted(tmp_path.rglob(name)) for name in (RECORD, PICTURE, SEEN))
    records[0].write_text("{")
    pictures[1].unlink()
    seen[2].write_bytes(b"")
    rows, made = attack_all(networks, chosen, people, tmp_path)
    assert made == 2
    assert [row.before for row in rows] == [False, False, True]
    assert all(set(row.views[""].attacked) == set(ENCODERS) for row in rows)


def test_the_files_of_a_set_say_by_which_command_they_are_made_again(networks, tmp_path):
    chosen = small_set()
    attack_all(networks, chosen, embedded(networks, chosen), tmp_path)
    about = read_provenance(next(tmp_path.rglob(PICTURE)))
    assert (about["kind"], about["command"]) == ("attack on a set", COMMAND)
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def judged(networks, out, away=False, defences=(), knowing=False, people=4, **settings):
    chosen = small_set(people, 3)
    embedding, wanted = embedded(networks, chosen, 2), AttackSettings(**settings)
    rows, _ = attack_all(networks, chosen, embedding, out, wanted, away, defences, knowing)
    return judge_attacks(networks, chosen, embedding, rows, wanted, 2)


def test_a_large_budget_succeeds_and_none_does_not(networks, tmp_path):
    strong = judged(networks, tmp_path / "strong", method="bim", budget=64, steps=40)
    none = judged(networks, tmp_path / "none", budget=0)
    at_strong, at_none = (record.encoders[0].views[0].generated for record in (strong, none))
    assert at_strong.attacked.aimed.value == 1
    assert at_none.attacked.aimed.value == at_none.clean.aimed.value == 0
    assert at_strong.clean == at_none.clean
    assert at_strong.false_matches == at_none.false_matches
    assert (none.largest, none.length.value, none.psnr) == (0, 0, None)
    assert [one.encoder for one in strong.encoders] == list(ENCODERS)
    assert [one.attacked for one in strong.encoders] == [True, False, False]
    assert AttackSetRecord.model_validate_json(strong.model_dump_json()) == strong


def test_defences_stand_beside_each_other_and_beside_the_attack_that_knows_them(networks, tmp_path):
    record = judged(networks, tmp_path, defences=(Compressed(), Blurred()), knowing=True, budget=32)
    views = [(view.defence, view.knowing) for view in record.encoders[0].views]
    assert views == [("", False), ("JPEG", False), ("JPEG", True), ("blur", False), ("blur", True)]
    text, rows = as_text(record), rows_of(record)
    assert "arcface-mbf, JPEG known" in text
    assert "sface*, blur" in text
    assert "Drawn by nobody" in text
    assert max(map(len, text.splitlines())) <= 100
    assert {row["defence"] for row in rows} == {None, "JPEG", "blur"}
    assert all(row["attacked_aimed_low"] <= row["attacked_aimed"] <= row["attacked_aimed_high"] for row in rows)


def test_figure_13_is_drawn_of_as_many_curves_as_there_are(networks, tmp_path):
    record = judged(networks, tmp_path, away=True, people=8, defences=(Blurred(),))
    figure = draw_roc(record)
    panels = [axes for axes in figure.axes if axes.get_xlabel()]
    assert len(panels) == 3
    assert all(len(axes.lines) == 4 for axes in panels)
    assert {row["curve"] for row in curve_rows(record)} == {"clean", "attacked", "clean, blur", "attacked, blur"}
    assert draw_roc(judged(networks, tmp_path / "few", people=2)) is None


def test_no_two_curves_of_figure_13_look_alike():
    kinds, behind = ("clean", "attacked", "accepted as the aim"), ("", "JPEG", "blur", "decoder")
    names = [f"{kind}, {one}{known}" if one else kind for kind in kinds for one in behind for known in ("", ", known")]
    drawn = [name for name in dict.fromkeys(names) if attack_figure._drawn(name)]
    looks = [attack_figure._look(name, drawn) for name in drawn]
    assert len(drawn) == 18 == len(set(looks))


def test_defences_have_names():
    networks = SmallNetworks()
    for name, title, wanted in (("jpeg", "JPEG", Compressed()), ("blur", "blur", Blurred())):
        assert defence_of(networks, name, "sface") == defence_of(networks, title, "sface") == wanted
    with pytest.raises(UserError, match="no defence called 'prayer'"):
        defence_of(networks, "prayer", "sface")


def test_a_face_is_found_in_what_a_decoder_draws_or_else_supposed_where_faces_are():
    found = torch.tensor([True, False])
    points = torch.full((2, 5, 2), 3.0)
    networks = SmallNetworks()
    networks.detector = lambda: SimpleNamespace(points_in_frame=lambda drawn: (points, found))
    defence = decoder_defence(networks, "sface", lambda embedding: torch.zeros(len(embedding), 3, 32, 32))
    located = defence.locate(torch.zeros(2, 3, 32, 32))
    assert torch.equal(located[0], points[0])
    assert torch.equal(located[1], usual_points(32))
    eyes, mouth = usual_points(32)[:2], usual_points(32)[3:]
    assert (eyes[:, 1] < mouth[:, 1]).all()
    assert 10 < float(eyes[0, 0]) < float(eyes[1, 0]) < 22
    assert np.isclose(float((eyes[0, 0] + eyes[1, 0]) / 2), 16, atol=0.2)


def test_the_decoder_of_an_encoder_defends_and_is_missed_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(decoders, "decoder_file", lambda encoder, layer=None: tmp_path / f"{encoder}.safetensors")
    networks = SmallNetworks()
    with pytest.raises(UserError, match="no decoder for sface: train one with"):
        defence_of(networks, "decoder", "sface")
    settings = DecoderSettings(encoder="sface", side=64, width=4, hidden=4)
    known = {"dimension": 128, "network": network_sha256("sface"), "trained_on": 7, "epochs": 1}
    save_decoder(FaceDecoder(128, settings), DecoderRecord(settings=settings, **known), "a card")
    defence = defence_of(networks, "decoder", "sface")
    assert isinstance(defence, Decoded)
    assert defence.decode(torch.randn(2, 128)).shape == (2, 3, 64, 64)
    picture = decoder_of(networks, "sface")(torch.randn(128))
    assert (picture.shape, picture.dtype) == ((64, 64, 3), np.uint8)
