"""A student of dlib's ResNet as a black box: how far it agrees, and what an attack through it comes to."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import Part
from benchmarks.own_blackbox import BLACK_BOX, JUDGE, answering_over_http, told
from explorer.science.distillation.agreeing import Agreement, agreement
from explorer.science.distillation.record import StudentRecord
from explorer.science.distillation.settings import StudentSettings
from explorer.science.inversion.settings import InversionSettings
from explorer.science.training.student import train_student
from explorer.studio import catalogue
from explorer.studio.blackbox.account import Account
from explorer.studio.blackbox.answers import Answers
from explorer.studio.blackbox.attacking import FinishedAttack, run_attack
from explorer.studio.blackbox.client import BlackBox
from explorer.studio.blackbox.endpoint import Endpoint
from explorer.studio.blackbox.record import AttackSettings, BlackBoxRun
from explorer.studio.catalogue.brought_encoders import remove_encoder
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._invert_blackbox import write_attack
from explorer.studio.commands._teacher import supply_of
from explorer.studio.errors import UserError
from explorer.studio.evaluation.blackbox_curves import (
    CurveRow,
    as_text,
    attack_folder,
    attack_of,
    attacked_photographs,
    curve_rows,
    target_of,
    titled,
)
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.people_inverted import first_people
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.places import private_folder
from explorer.studio.students.judging import student_answers
from explorer.studio.students.keeping import keep_student, write_student
from explorer.studio.students.material import AnsweredFaces, answered_faces
from explorer.studio.students.sources import FrameSource, GeneratedFrames, PhotographFrames
from explorer.studio.students.teachers import BlackBoxTeacher

NAME = "benchmark-student"
_JUDGED = 500
# Of an attack, besides its faces: the photograph and the result.
_OTHERS = 2


@dataclass(frozen=True)
class Plan:
    """How much is measured. work: where results are kept. queries: the budget. people: the first so many; steps: of
    each search; training: of the student; all, and as by default, where None."""

    work: Path
    queries: int = 20_000
    people: int | None = None
    steps: int | None = None
    training: int | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it is measured."""
        return self.people is None and self.steps is None and self.training is None


def measure_students(plan: Plan) -> Part:
    """Train a student, hold it against its teacher, and attack through it and by translation at equal queries."""
    networks = Networks("cpu")
    with answering_over_http() as url, Endpoint(url, 600, BLACK_BOX) as box, Answers(plan.work / "answers") as answers:
        # The port is another one in each run, and the black box the same.
        box.key = BLACK_BOX
        file = _student(plan, networks, box, answers)
        judged = _judged(plan, networks, box, answers, file)
        with _kept(file):
            rows = _attacked(plan, networks, box, answers)
    print(as_text(rows), flush=True)
    details = {"student_agreement": [one.model_dump() for one in judged], "student_attacks": _details(rows)}
    return Part(headline(judged, rows), details)


def headline(judged: Sequence[Agreement], rows: Sequence[CurveRow]) -> dict[str, float]:
    """Agreement on both kinds of faces, and the judge's means; a result without a face counts as 0."""
    by_judge = {row.attack: row for row in rows if row.encoder == JUDGE}
    found = {
        "student_cosine_generated": judged[0].centred.value,
        "student_cosine_photographs": judged[1].centred.value,
    }
    for attack, row in by_judge.items():
        found[f"{attack}_sface"] = row.mean * row.photographs / (row.photographs + row.without_face)
    if "student" in by_judge:
        found["nearest_sface"] = by_judge["student"].nearest
    return found


def _details(rows: Sequence[CurveRow]) -> list[dict[str, object]]:
    # Whoever answers is known here: its own file judges nothing from outside.
    return [row.model_dump() | ({"role": "black box"} if row.encoder == BLACK_BOX else {}) for row in rows]


def _asked(
    source: FrameSource, budget: int, networks: Networks, box: BlackBox, answers: Answers, work: Path
) -> tuple[AnsweredFaces, BlackBoxTeacher]:
    teacher, begun = BlackBoxTeacher(Account(box, answers, budget), box.name, box.key, "euclidean"), time.monotonic()

    def step(done: int, total: int) -> None:
        print(f"  {source.words}: {done} of {total} pages, {time.monotonic() - begun:.0f} s", flush=True)

    return answered_faces([source], teacher, networks, work, step), teacher


def _student(plan: Plan, networks: Networks, box: BlackBox, answers: Answers) -> Path:
    source = GeneratedFrames(supply_of(networks), plan.queries - _OTHERS)
    answered, teacher = _asked(source, plan.queries, networks, box, answers, plan.work)
    settings = StudentSettings() if plan.training is None else StudentSettings(steps=plan.training)
    taught = answered.taught
    key = hashlib.sha256((settings.model_dump_json() + taught.digest()).encode()).hexdigest()[:12]
    for made in train_student(taught, settings, catalogue.read(settings.network), plan.work / f"student-{key}.pt"):
        print(f"  student: {made.steps} of {settings.steps} steps, {dict(made.losses)}", flush=True)
    record = StudentRecord(
        teacher=box.name,
        teacher_key=teacher.key,
        measure=teacher.measure,
        settings=settings,
        learnt_from=answered.words,
        faces=len(answered.faces),
        queries=answered.queries,
        generated=answered.generated,
        digest=taught.digest(),
        linear=made.linear,
        losses=dict(made.losses),
    )
    return write_student(made.student, record, plan.work / f"student-{key}.onnx")


def _judged(plan: Plan, networks: Networks, box: BlackBox, answers: Answers, file: Path) -> list[Agreement]:
    found = []
    for source in (
        GeneratedFrames(supply_of(networks), _JUDGED, unseen=True),
        PhotographFrames.of_set(portrait_set(), networks.detector()),
    ):
        answered, teacher = _asked(source, 10**6, networks, box, answers, plan.work)
        learnt = student_answers(file, answered.faces)
        found.append(agreement(source.words, answered.answers, learnt, answered.people, teacher.measure))
        print(f"  {found[-1]}", flush=True)
    return found


@contextmanager
def _kept(file: Path) -> Iterator[None]:
    """The student as an encoder of the user's, meanwhile."""
    with suppress(UserError):
        remove_encoder(NAME)
    keep_student(file, NAME, "as of the networks that it was made with")
    try:
        yield
    finally:
        remove_encoder(NAME)


def _attacked(plan: Plan, networks: Networks, box: BlackBox, answers: Answers) -> list[CurveRow]:
    search = InversionSettings() if plan.steps is None else InversionSettings(steps=plan.steps)
    chosen = attacked_photographs(first_people(photograph_set("openpeople"), plan.people), 2)
    runs = list[tuple[SetPhotograph, BlackBoxRun]]()
    for attack, whites in (("translation", AttackSettings().whites), ("student", (NAME,))):
        settings = AttackSettings(
            attack=attack, queries=plan.queries, whites=whites, measure="euclidean", search=search
        )
        for one in chosen:
            folder = private_folder(attack_folder(plan.work / attack, one, plan.queries))

            def attacked(one: SetPhotograph = one, settings: AttackSettings = settings) -> FinishedAttack:
                return told(run_attack(networks, box, answers, target_of(networks, one), settings), answers, one)

            run, before = attack_of(
                one, settings, box.name, folder, attacked, lambda made, place: write_attack(made, place, mark=True)
            )
            runs.append((one, run))
            print(titled(one, plan.queries), attack, "made before" if before else f"{run.seconds:.0f} s", flush=True)
    return curve_rows(runs)
