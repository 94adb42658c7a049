"""Every way from a vector back to a face, judged alike: the nearest known face is that one, and means are by person."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from explorer.science.evaluation.score import EncoderScore
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.registry import Registry, UnknownNameError
from explorer.studio.app import cli
from explorer.studio.commands import compare_methods as command
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.inversion.targets import bare_target
from explorer.studio.methods import comparing, made_faces
from explorer.studio.methods.comparing import ComparedFaces, MethodRow, MethodsCompared, WayDone, compare_methods
from explorer.studio.methods.figure import ComparedVector, facts, methods_figure
from explorer.studio.methods.made_faces import WAYS, MadeFace, Way
from explorer.studio.methods.summary import summarised, summary_text
from tests.studio.reproducing.again_kit import two_faces

SETTINGS = InversionSettings(encoder="sface")
TARGET = bare_target(torch.randn(128, generator=torch.Generator().manual_seed(0)).numpy(), "sface")


def way(name, lacking="", stops=False):
    def make(networks, target, settings, should_stop):
        yield name
        return None if stops else MadeFace(np.full((8, 8, 3), len(name), np.uint8), 0.5, queries=3)

    return Way(name, name.title(), "made up", make, lambda networks, settings: lacking)


def score(value, encoder="sface", attacked=True):
    return EncoderScore(
        encoder=encoder, measure="cosine", attacked=attacked, score=value, threshold=0.4, passes=value > 0.4, fmr=0.0,
        fmr_resolution=1e-5, rank=1 if value > 0.4 else 7, gallery=500,
    )  # fmt: skip


@pytest.fixture
def ways(monkeypatch):
    def chosen(*some):
        made = Registry("inversion way", some, lambda one: one.name)
        for module in (comparing, command):
            monkeypatch.setattr(module, "WAYS", made)
        monkeypatch.setattr(comparing, "score_result", lambda networks, target, settings, picture: [score(0.5)])

    return chosen


def compared(**more) -> tuple[ComparedFaces | None, list]:
    steps = Steps(compare_methods(None, TARGET, SETTINGS, **more))
    events = list(steps)
    return steps.result, events


def test_every_way_is_gone_and_what_lacks_something_says_so(ways):
    ways(way("one"), way("three", lacking="no weights: train them"), way("seven"))
    faces, events = compared()
    assert [row.way for row in faces.compared.rows] == ["one", "three", "seven"]
    assert [row.lacking for row in faces.compared.rows] == ["", "no weights: train them", ""]
    assert faces.picture("three") is None
    assert int(faces.picture("seven").max()) == 5
    assert [event for event in events if isinstance(event, str)] == ["one", "seven"]
    assert sum(isinstance(event, WayDone) for event in events) == 3
    assert [row.way for row in compared(ways=["seven"])[0].compared.rows] == ["seven"]


def test_a_stop_leaves_nothing_and_an_unknown_way_is_refused(ways):
    ways(way("one"), way("two", stops=True))
    assert compared()[0] is None
    with pytest.raises(UnknownNameError, match="inversion way"):
        compared(ways=["four"])


def test_a_judge_is_not_attacked(ways):
    ways(way("one"))
    with pytest.raises(UserError, match="mobilefacenet-192"):
        next(compare_methods(None, TARGET, SETTINGS.model_copy(update={"encoder": "mobilefacenet-192"})))


def row(value, name="one", face=True):
    scores = [score(value), score(value / 2, "edgeface-s", attacked=False)] if face else []
    return MethodRow(way=name, title=name, source="made up", seconds=1.0, face_found=face, scores=scores)


def test_means_are_of_pictures_with_a_face_and_shares_of_all():
    target = TARGET.record
    rows = [[row(0.6)], [row(0.2)], [row(0.0, face=False)], [MethodRow(way="one", title="", source="", lacking="x")]]
    (summary,) = summarised([MethodsCompared(target=target, settings=SETTINGS, rows=one) for one in rows])
    assert (summary.vectors, summary.without_face) == (3, 1)
    first = summary.encoders[0]
    assert first.mean.value == pytest.approx(0.4)
    assert (first.mean.low, first.mean.high) == pytest.approx((0.2, 0.6))
    assert first.passing == pytest.approx(1 / 3)
    assert first.rank_1 == pytest.approx(1 / 3)
    text = summary_text([summary])
    assert "sface*" in text
    assert "0.400 (0.20, 0.60) 33%" in text
    assert "one: 1 without a face" in text


def test_above_a_face_stands_what_the_encoders_say():
    assert facts(row(0.6)) == "0.60 | 0.30"
    assert facts(row(0.6, face=False)) == "no face"
    nobody = ComparedFaces(MethodsCompared(target=TARGET.record, settings=SETTINGS, rows=[]), {})
    with pytest.raises(ValueError, match="no way made a face"):
        methods_figure([ComparedVector(nobody, None)])


def test_the_command_writes_a_figure_and_a_table(ways, tmp_path, monkeypatch, capsys):
    ways(way("one"), way("three", lacking="no weights: train them"))
    monkeypatch.setattr(command, "Networks", lambda device: None)
    monkeypatch.setattr(command, "_labellers", lambda networks: None)
    vector = tmp_path / "mine.npy"
    np.save(vector, TARGET.embedding.numpy())
    arguments = ["compare-methods", str(vector), "--encoder", "sface", "--out", str(tmp_path / "out")]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "no weights: train them" in said
    table = json.loads((tmp_path / "out" / "methods.json").read_text())
    assert table["summary"][0]["queries"] == 3
    assert read_provenance(tmp_path / "out" / "methods.png")["kind"] == "ways of inversion side by side"
    assert cli.main([*arguments, "--way", "four"]) == 2
    assert "--way four: there are one, three" in capsys.readouterr().err


@pytest.mark.slow
def test_a_known_vector_leads_to_its_own_face_and_instant_ways_end_at_once(networks):
    known = networks.calibration("sface")
    target = InversionTarget(TARGET.record, known.gallery[17].float())
    steps = Steps(compare_methods(networks, target, SETTINGS, ways=["nearest", "decode"]))
    list(steps)
    nearest, decoded = steps.result.compared.rows
    assert nearest.scores[0].score > 0.99
    assert nearest.scores[0].rank == 1
    assert nearest.side == 1024
    assert decoded.side == 112
    assert list(WAYS) == ["nearest", "decode", "vec2face", "regress", "refine", "answer", "optimise"]
    assert made_faces.WAYS["refine"].lacks(networks, SETTINGS).startswith("no refiner for sface")


def test_a_face_is_chosen_of_photographs_and_of_no_set(tmp_path, capsys):
    photograph = two_faces(tmp_path)
    given = ["compare-methods", str(photograph), "--way", "nearest", "--encoder", "sface", "--json"]
    assert cli.main([*given, "--face", "3", "--out", str(tmp_path / "out")]) == 2
    assert "3" in capsys.readouterr().err
    assert cli.main(["compare-methods", str(tmp_path), "--face", "1", "--out", str(tmp_path / "out")]) == 2
    assert "--face is of single photographs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
