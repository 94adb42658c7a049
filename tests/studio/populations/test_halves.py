"""Identity halves of listed people: who is learnt from and who judges, what tells people, and the two commands."""

import json
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from explorer.science.evaluation.separation import separation
from explorer.science.training.halves import IdentifiedStyles
from explorer.science.translation.network import Translator
from explorer.studio.app import cli
from explorer.studio.commands import _evaluate_halves, _train_halves
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.populations.halves_scores import (
    embedded,
    halves_scores,
    levelled,
    nearer,
    pairs_of,
    told_once_learnt,
)
from explorer.studio.populations.identified_styles import listed_styles
from explorer.studio.populations.list_file import write_people_list
from tests.science.training.photoreal_kit import CannedGenerator, canned_people
from tests.studio.populations.list_kit import made_up_list


class Drawing(CannedGenerator):
    mean_w, spread_w = torch.zeros(512), torch.ones(512)
    spec = SimpleNamespace(id="mobilestylegan")


def test_nobody_both_is_learnt_from_and_judges():
    listed = made_up_list(people=20)
    learnt, judged = (listed_styles(listed, Drawing(), unseen=unseen) for unseen in (False, True))
    assert (learnt.count, judged.count) <= (16, 4)
    assert not set(learnt.styles[:, 20, 400].tolist()) & set(judged.styles[:, 20, 400].tolist())
    few = listed_styles(listed, Drawing(), unseen=False, people=3, pictures=2)
    assert few.count == 3
    assert torch.bincount(few.people).tolist() == [2, 2, 2]
    with pytest.raises(UserError, match="fewer than two such people"):
        listed_styles(made_up_list(people=4), Drawing(), unseen=True)


def test_what_differs_within_people_is_levelled_and_who_it_is_found():
    random = torch.Generator().manual_seed(0)
    people = torch.arange(60).repeat_interleave(4)
    who = torch.randn(60, 4, generator=random)[people]
    loud = 6 * torch.randn(240, 12, generator=random)
    vectors = torch.cat([who + 0.1 * torch.randn(240, 4, generator=random), loud], 1)
    assert separation(vectors, people, "cosine", interval=False).auc < 0.65
    assert told_once_learnt(vectors, people).auc > 0.8
    assert told_once_learnt(loud, people).auc < 0.6
    assert levelled(vectors, people, vectors[:3]).norm(dim=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)


def test_a_mixed_face_is_whose_it_is_nearer_to():
    random = torch.Generator().manual_seed(0)
    one, other = (F.normalize(torch.randn(50, 64, generator=random), dim=1) for _ in range(2))
    whose = torch.arange(50) // 5
    found = nearer(F.normalize(one + 0.2 * other, dim=1), one, other, whose)
    assert found.auc > 0.99
    assert nearer(F.normalize(one + other, dim=1), one, other, whose).auc == pytest.approx(0.5, abs=0.1)
    assert nearer(torch.full((50, 64), float("nan")), one, other, whose) is None


def test_pairs_are_of_two_people():
    identity, rest = pairs_of(torch.arange(30) // 10, 40)
    assert len(identity) == 40
    assert bool((identity // 10 != rest // 10).all())


def test_faces_without_a_face_are_left_out():
    styles = torch.randn(4, 23, 512, generator=torch.Generator().manual_seed(0))
    found = embedded(canned_people(blind={1}), styles)
    assert all(rows.isfinite().all(1).tolist() == [True, False, True, True] for rows in found.values())


def test_a_translator_that_changes_nothing_tells_people_as_its_coordinates_do():
    listed = made_up_list(people=60)
    judged = listed_styles(listed, Drawing(), unseen=True)
    plain = Translator(torch.zeros(512), torch.ones(512), 23, couplings=1, hidden=4)
    scores = halves_scores("made up", plain, judged, canned_people(), pairs=8)
    assert scores.identity.auc > 0.9  # edits move few coordinates: one person's w is one w
    assert scores.other.auc > 0.9
    assert scores.pairs == 8
    one = IdentifiedStyles(judged.styles[:2], judged.people[:2])
    with pytest.raises(UserError, match="made up: all pictures show one person"):
        halves_scores("made up", plain, one, canned_people())


def test_the_commands_train_judge_and_draw(tmp_path, monkeypatch, capsys):
    models = canned_people()
    networks = SimpleNamespace(generator=Drawing, detector=lambda: models.detector, recogniser=models.checkers.get)
    for module in (_train_halves, _evaluate_halves):
        monkeypatch.setattr(module, "Networks", lambda device: networks)
    monkeypatch.setattr(_evaluate_halves, "present_encoders", lambda: list(models.checkers))
    monkeypatch.setattr(_evaluate_halves, "SIDE", 16)
    listed = str(write_people_list(made_up_list(people=40), tmp_path / "list.safetensors"))
    small = ["--couplings", "1", "--hidden", "4", "--people", "4", "--pictures", "2", "--steps", "2"]
    arguments = ["--work", str(tmp_path), "--list", listed]
    assert cli.main(["train", "halves", *arguments, *small]) == 0
    assert "contrast 1 at a margin of 0.2" in (tmp_path / "halves.md").read_text()
    assert cli.main(["evaluate", "halves", "people", *arguments, "--pairs", "4", "--figure", "--json"]) == 0
    (scores,) = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert set(scores["mixed"]) == set(models.checkers)
    record = read_provenance(tmp_path / "mixed-people.png")
    assert record["kind"] == "mixing grid of identity halves"
    assert cli.main(["train", "halves", *arguments, "--photographs", str(tmp_path)]) == 2
    assert cli.main(["evaluate", "halves", "people", "--work", str(tmp_path / "none")]) == 2
    assert "likeness train halves" in capsys.readouterr().err
