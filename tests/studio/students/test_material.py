"""What a student learns from: each question counted, none repeated, and an interrupted call goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.science.blackbox.methods import ATTACKS
from explorer.science.distillation.record import StudentRecord
from explorer.science.distillation.settings import StudentSettings
from explorer.science.faces.reading import photograph_of
from explorer.science.iteration import Steps
from explorer.science.recognition.base import Encoder
from explorer.studio import places
from explorer.studio.blackbox import attacking
from explorer.studio.blackbox.account import Account
from explorer.studio.blackbox.answers import Answers, key_of
from explorer.studio.blackbox.asked_faces import FaceSupply
from explorer.studio.blackbox.attacking import checked, run_attack
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.students.material import AnsweredFaces, answered_faces
from explorer.studio.students.sources import GeneratedFrames, PhotographFrames
from explorer.studio.students.teachers import BlackBoxTeacher
from tests.science.blackbox.world import encoder
from tests.studio.blackbox.small_networks import Detecting, SmallBox, SmallNetworks, photographed, settings


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    with Answers(tmp_path / "answers") as opened:
        yield opened


def teacher(box: SmallBox, answers: Answers, budget: int = 100) -> BlackBoxTeacher:
    return BlackBoxTeacher(Account(box, answers, budget), box.name, box.key, "cosine")


def asked(box: SmallBox, answers: Answers, work: Path, count: int = 30, budget: int = 100) -> AnsweredFaces:
    networks: Any = SmallNetworks()
    source = GeneratedFrames(FaceSupply(networks, "small", ()), count)
    return answered_faces([source], teacher(box, answers, budget), networks, work, lambda done, total: None)


def test_each_face_is_asked_about_once_and_kept_answers_count(answers: Answers, tmp_path: Path) -> None:
    box = SmallBox(2)
    first = asked(box, answers, tmp_path / "work")
    assert (box.sent, first.queries, len(first.faces), first.generated) == (30, 30, 29, 30)
    again = asked(box, answers, tmp_path / "work")
    assert (box.sent, again.queries) == (30, 30)
    assert torch.equal(again.faces, first.faces)
    assert torch.equal(again.answers, first.answers)
    more = asked(box, answers, tmp_path / "work", 60)
    assert (box.sent, more.queries) == (60, 60)
    assert torch.equal(more.answers[:29], first.answers)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "work").rglob("*.safetensors"))


def test_what_is_forgotten_is_asked_again_and_a_budget_is_kept(answers: Answers, tmp_path: Path) -> None:
    box = SmallBox()
    asked(box, answers, tmp_path / "work")
    answers.clear()
    asked(box, answers, tmp_path / "work")
    assert box.sent == 60
    with pytest.raises(UserError, match="found a face in none"):
        asked(box, answers, tmp_path / "other", 40, budget=10)
    assert box.sent == 60  # the first ten had been answered


def test_photographs_are_filed_under_their_hash_by_person(answers: Answers, tmp_path: Path) -> None:
    pictures = [np.random.default_rng(number).integers(0, 256, (128, 128, 3), np.uint8) for number in range(4)]
    photographs = [
        SetPhotograph("ab"[at // 2], str(at), lambda at=at, one=one: photograph_of(one, f"{at}.png"))  # type: ignore[misc]
        for at, one in enumerate(pictures)
    ]
    page = PhotographFrames("two", photographs, Detecting()).page(0)  # type: ignore[arg-type]
    assert page.people == (0, 0, 1, 1)
    assert None not in page.photographs
    box = SmallBox()
    networks: Any = SmallNetworks()
    source = PhotographFrames("two", photographs, Detecting())  # type: ignore[arg-type]
    found = answered_faces([source], teacher(box, answers), networks, tmp_path / "work", lambda done, total: None)
    assert (found.people.tolist(), box.sent) == ([0, 0, 1, 1], 4)
    assert {one.photograph for one in answers.values()} == set(page.photographs)


def record(**more: Any) -> StudentRecord:
    about = StudentRecord(
        teacher="small", teacher_key=key_of("small"), measure="cosine", settings=StudentSettings(), faces=50,
        learnt_from="50 generated faces", queries=50, generated=50, digest="none",
    )  # fmt: skip
    return about.model_copy(update=more)


class WithStudent(SmallNetworks):
    """The student answers as the small black box does."""

    def recogniser(self, name: str) -> Encoder:
        return encoder(name, 16, 9) if name == "edgeface-s" else super().recogniser(name)


def test_the_attack_through_a_student_costs_what_others_cost(
    answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(attacking, "record_of_encoder", lambda encoder: record())
    box, target = SmallBox(), photographed()
    asked(box, answers, tmp_path / "work", 50)
    target = replace(target, judged_by={"sface": target.judged_by["sface"]})
    wanted = settings(60, attack="student", whites=("edgeface-s",))
    networks: Any = WithStudent()
    finished = Steps(run_attack(networks, box, answers, target, wanted)).result
    assert finished is not None
    run = finished.run
    # Fifty had been answered for the student; eight more faces, the photograph and the result are asked about.
    assert (run.queries.used, run.queries.sent, box.sent, run.faces) == (60, 10, 60, 58)
    assert run.nearness is not None
    assert run.nearness > run.nearest


def test_a_student_of_another_or_of_more_is_refused(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = settings(60, attack="student", whites=("edgeface-s",))
    for about, words in (
        (record(queries=59, generated=59), r"--queries 61"),
        (record(generated=0, learnt_from="photographs"), "drawn faces alone"),
    ):
        monkeypatch.setattr(attacking, "record_of_encoder", lambda encoder, about=about: about)
        with pytest.raises(UserError, match=words):
            checked(wanted, asks_target=True)
    with pytest.raises(UserError, match="by --white"):
        checked(settings(60, attack="student"), asks_target=True)
    monkeypatch.setattr(attacking, "record_of_encoder", lambda encoder: record(teacher_key="0" * 16))
    networks: Any = WithStudent()
    with pytest.raises(UserError, match="another than small"):
        Steps(run_attack(networks, SmallBox(), answers, photographed(), wanted)).result  # noqa: B018 - it runs
    assert ATTACKS["student"].student
