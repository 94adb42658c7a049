"""Whole attacks in a small world: what they cost, that they go on where they were stopped, and who judges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.science.iteration import Steps
from explorer.studio import places
from explorer.studio.blackbox.answer import BlackBoxError
from explorer.studio.blackbox.answers import Answers
from explorer.studio.blackbox.asked_faces import PAGE, FacesAsked
from explorer.studio.blackbox.attacking import FinishedAttack, checked, run_attack
from explorer.studio.blackbox.record import AttackedTarget, BlackBoxRun
from explorer.studio.blackbox.targets import BlackBoxTarget
from explorer.studio.errors import UserError
from tests.studio.blackbox.small_networks import SmallBox, SmallNetworks, photographed, settings


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    with Answers(tmp_path / "answers") as opened:
        yield opened


def attack(box: SmallBox, answers: Answers, *, networks: Any = None, target: Any = None, **more: Any) -> FinishedAttack:
    running = run_attack(networks or SmallNetworks(), box, answers, target or photographed(), settings(**more))
    result = Steps(running).result
    assert result is not None
    return result


def test_an_attack_spends_its_budget_and_comes_nearer_than_the_nearest_face(answers: Answers) -> None:
    box = SmallBox()
    run = attack(box, answers).run
    assert (run.queries.used, run.queries.sent, box.sent, run.faces) == (60, 60, 60, 58)
    assert run.nearness is not None
    assert run.nearness > run.nearest + 0.1
    assert {score.encoder for score in run.judges()} == {"sface"}
    assert {score.encoder for score in run.scores} == set(run.nearest_scores) == {"arcface-mbf", "edgeface-s", "sface"}
    assert BlackBoxRun.model_validate_json(run.model_dump_json()) == run


def test_the_same_attack_again_asks_nothing_draws_no_face_of_its_queries_and_makes_the_same(
    answers: Answers, cache: Path
) -> None:
    drawing = SmallNetworks()
    first = attack(SmallBox(), answers, networks=drawing)
    box, networks = SmallBox(), SmallNetworks()
    again = attack(box, answers, networks=networks)
    assert box.sent == 0
    assert (again.run.queries.used, again.run.queries.sent) == (60, 0)
    assert torch.equal(first.latent, again.latent)
    assert np.array_equal(first.native, again.native)
    searching = SmallNetworks()
    attack(SmallBox(), answers, networks=searching, queries=40)
    assert searching.drawn == networks.drawn  # of both, the search alone
    pages = list((cache / "blackbox").glob("faces-*/*.safetensors"))
    assert len(pages) == -(-58 // PAGE)
    assert drawing.drawn - networks.drawn == len(pages) * PAGE  # each face of a page once
    assert all(page.stat().st_mode & 0o077 == 0 for page in pages)


def test_an_attack_that_was_stopped_in_its_questions_goes_on_with_what_was_answered(answers: Answers) -> None:
    box = SmallBox()
    running = run_attack(SmallNetworks(), box, answers, photographed(), settings())
    assert isinstance(next(running), FacesAsked)
    running.close()
    asked = box.sent
    assert asked == PAGE + 1
    run = attack(box, answers).run
    assert (run.queries.used, box.sent) == (60, 60)


def test_refused_faces_count_and_are_left_out_of_what_is_learnt(answers: Answers) -> None:
    run = attack(SmallBox(3, 4, 5), answers).run
    assert (run.queries.used, run.queries.refused, run.faces) == (60, 3, 55)


def test_a_vector_of_the_black_box_needs_no_question_of_its_own_and_no_photograph(answers: Answers) -> None:
    attack(SmallBox(), answers)
    vector = SmallBox()._box(photographed().shown[None])[0]  # type: ignore[index]
    record = AttackedTarget(kind="vector", name="somebody.npy", sha256="cd" * 32)
    run = attack(SmallBox(), answers, target=BlackBoxTarget(record, vector)).run
    assert (run.queries.used, run.faces, run.scores, run.result_face_found) == (60, 59, [], True)
    with pytest.raises(BlackBoxError, match="not of this black box"):
        attack(SmallBox(), answers, target=BlackBoxTarget(record, torch.ones(7)))


def test_a_photograph_without_a_face_for_the_black_box_and_a_black_box_that_sees_none_are_said(
    answers: Answers,
) -> None:
    with pytest.raises(BlackBoxError, match=r"no face in somebody\.jpg"):
        attack(SmallBox(0), answers)
    with pytest.raises(BlackBoxError, match="none of 58"):
        attack(SmallBox(*range(1, 100)), answers, target=photographed(5))


def test_the_face_of_a_photograph_is_filed_under_it(answers: Answers) -> None:
    attack(SmallBox(), answers)
    assert [one.photograph for one in answers.values()].count("ab" * 32) == 1


def test_euclidean_black_boxes_are_nearer_with_less(answers: Answers) -> None:
    run = attack(SmallBox(), answers, measure="euclidean").run
    target, *faces = (one.vector for one in answers.values())
    distances = [float(np.linalg.norm(face - target)) for face in faces[:58] if face is not None and target is not None]
    assert run.nearest == pytest.approx(min(distances), rel=1e-5)
    assert run.nearness is not None
    assert run.nearness > 0


def test_evolution_asks_its_own_part_of_the_budget(answers: Answers) -> None:
    run = attack(SmallBox(), answers, queries=120, attack="evolution").run
    assert run.faces == 120 - 2 - 24
    assert 118 - 16 <= run.queries.used <= 120
    assert run.nearness is not None


def test_what_cannot_be_attacked_is_refused_before_anything_is_asked() -> None:
    for given, words in (
        ({"attack": "force"}, "no attack called 'force'; there are nearest, translation, evolution"),
        ({"queries": 21}, "at least 22"),
        ({"whites": ("nobody",)}, "no encoder called 'nobody'"),
    ):
        with pytest.raises(UserError, match=words):
            checked(settings(**given), asks_target=True)  # type: ignore[arg-type]
    assert checked(settings(22), asks_target=True)[1] == 20
    with pytest.raises(ValueError, match="each once"):
        settings(whites=("sface", "sface"))
