"""The record of people judged: who was counted, what is lowest, and what text and tables say of it."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.evaluation.people_inverted import embed_people, make_face
from explorer.studio.evaluation.people_judged import PeopleRecord, judge_people
from explorer.studio.evaluation.people_text import as_text, pair_rows, rows_of
from tests.studio.evaluation.people_kit import MadeUpNetworks, finished, made_up_set, without_networks

SETTINGS = InversionSettings(steps=7)


def in_a_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def judged(monkeypatch, tmp_path):
    """Judge a made-up set; the names of encoders without impostor statistics, and photographs that lose their face."""

    def judge(chosen, *unknown, each=1, faceless=()):
        without_networks(monkeypatch, faceless)
        networks = MadeUpNetworks(*unknown)
        people = embed_people(networks, chosen, "arcface-mbf", each, nullcontext)
        made = {
            row: make_face(networks, people.photographs[row].target, SETTINGS, tmp_path / str(row), finished)
            for row in people.rows()
        }
        return judge_people(networks, chosen, people, made, SETTINGS, each)

    return judge


def test_faces_that_equal_their_photographs_succeed_under_every_encoder(judged):
    record, pairs = judged(made_up_set(4, 3), each=2)
    assert (record.people, record.photographs, record.made, record.with_others) == (4, 12, 8, 4)
    assert [one.encoder for one in record.encoders] == ["arcface-mbf", "sface", "dlib-resnet"]
    assert [one.encoder for one in record.held_out] == ["sface", "dlib-resnet"]
    for one in record.encoders:
        assert (one.generated.type_1.value, one.generated.type_2.value, one.generated.false_matches.value) == (1, 1, 0)
        assert one.own is None, "54 pairs tell no rate"
    # Of each face one photograph that it came from, two others, and the same two for the photograph itself.
    assert len(pairs) == 3 * 8 * 5
    assert all(one.source != one.other for one in pairs if one.kind != "type I")
    assert PeopleRecord.model_validate_json(record.model_dump_json()) == record


def test_the_headline_is_of_held_out_encoders_alone_and_the_lowest_of_them(judged):
    record, _ = judged(made_up_set(4, 3), faceless=("p0/0",))
    assert record.without_face == 1
    assert record.lowest()["type_1"] == (0.75, "dlib-resnet")
    changed = record.model_copy(update={"encoders": record.encoders[:1]})
    assert changed.lowest() == {}, "what was attacked says nothing"


def test_the_text_says_shares_intervals_and_whom_they_are_of(judged):
    record, _ = judged(made_up_set(4, 3, twice=("p3/2",)), "sface", faceless=("p0/0",))
    said = in_a_line(as_text(record))
    assert said.startswith("made-up: 4 faces made from embeddings of arcface-mbf, 4 people, 11 photographs")
    for words in (
        "in 1 of the faces none is found again",
        "same picture of the same person is there already: p3/2",
        "Made up by nobody",
        "no impostor statistics for sface",
        "0.750 (dlib-resnet)",
        "arcface-mbf (attacked)",
        "threshold at FMR 1e-3 (generated impostors)",
        "by chance",
    ):
        assert words in said
    assert "of this set" not in said


def test_people_without_another_photograph_are_said_to_have_no_type_2(judged):
    record, _ = judged(made_up_set(3, 1))
    said = in_a_line(as_text(record))
    assert "type II is of 0 people" in said
    assert "Rank 1" not in said
    assert record.lowest() == {"type_1": (1.0, "dlib-resnet")}


def test_a_large_set_gives_a_threshold_of_its_own(judged):
    record, _ = judged(made_up_set(13, 7))
    assert record.different_pairs == 3822
    for one in record.encoders:
        assert one.own_rate == 1e-2, "a thousandth is fewer than the thirty pairs by which a rate is told"
        assert one.own.false_matches.value <= 1e-2
    assert "At the threshold at FMR 1 % of this set itself (3,822 pairs of strangers)" in in_a_line(as_text(record))
    assert [(row["encoder"], row["impostors"]) for row in rows_of(record)][:2] == [
        ("arcface-mbf", "generated"), ("arcface-mbf", "this set"),
    ]  # fmt: skip


def test_tables_hold_every_number_and_what_is_unknown_stays_empty(judged):
    record, pairs = judged(made_up_set(4, 3), "sface")
    rows = {row["encoder"]: row for row in rows_of(record)}
    assert rows["arcface-mbf"]["role"] == "attacked"
    assert rows["dlib-resnet"]["type_2"] == record.encoders[2].generated.type_2.value
    assert rows["dlib-resnet"]["rank_1_by_chance"] == pytest.approx(2 / 11)
    assert rows["sface"]["threshold"] is rows["sface"]["type_2"] is None
    assert rows["sface"]["score_type_2"] is not None
    listed = pair_rows(pairs)
    assert {row["kind"] for row in listed} == {"type I", "type II", "original"}
    assert all(row["passes"] is None for row in listed if row["encoder"] == "sface")


@pytest.mark.parametrize("width", [80, 100, 140])
def test_every_line_of_the_text_fits_and_every_number_is_there(judged, width):
    record, _ = judged(made_up_set(13, 7, twice=("p3/2",)), "sface", faceless=("p0/0",))
    long = {"dlib-resnet": "mobilefacenet-192"}
    encoders = [one.model_copy(update={"encoder": long.get(one.encoder, one.encoder)}) for one in record.encoders]
    record = record.model_copy(update={"encoders": encoders, "guided_by_photograph": True})
    said, whole = as_text(record, width), as_text(record, 1000)
    assert max(map(len, said.splitlines())) <= width
    assert max(map(len, whole.splitlines())) > 140, "it would be wider"
    cells = [cell for line in whole.splitlines()[2:] for cell in line.split("  ") if cell.strip()]
    assert "mobilefacenet-192" in said
    narrow = in_a_line(said)
    assert all(in_a_line(cell) in narrow for cell in cells if "[" in cell or "(" in cell)
    for table in said.split("\n\n")[1:]:
        assert table.count("arcface-mbf (attacked)") >= 1


def test_the_columns_that_go_on_below_stand_under_their_encoders_again(judged):
    record, _ = judged(made_up_set(13, 7))
    (table,) = [part for part in as_text(record, 80).split("\n\n") if part.startswith("At the threshold at FMR 1e-3")]
    heads = [line for line in table.splitlines() if line.startswith("   ")]
    named = {word.strip() for head in heads for word in head.split("  ") if word.strip()}
    shown = {"threshold", "type I", "type II", "photograph", "II of photograph", "strangers", "made, strangers"}
    assert named == shown
    assert table.count("arcface-mbf (attacked)") == len(heads) > 1, "each group of columns has its encoders"
    assert table.count("lowest of held out") < len(heads), "what says nothing is left out"
