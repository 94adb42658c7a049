"""`likeness train student`: a network with gradients that answers as an encoder does (Vec2Face-v2, section IV-G)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from explorer.science.distillation.record import StudentRecord
from explorer.science.distillation.settings import PRESETS, Preset, StudentSettings
from explorer.science.names import shown
from explorer.science.training.loop import Compute
from explorer.science.training.student import StudentProgress, train_student
from explorer.studio import catalogue
from explorer.studio.blackbox.record import DEFAULT_QUERIES
from explorer.studio.catalogue.brought_encoders import checked_licence, checked_name
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._blackbox import (
    AnewOption,
    BlackBoxOption,
    BoxOptions,
    CommandOption,
    FeedOption,
    MeasureOption,
    QueriesOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
)
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._teacher import TeacherOption, supply_of, teacher_of
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.places import private_folder
from explorer.studio.students.keeping import keep_student, write_student
from explorer.studio.students.material import AnsweredFaces, answered_faces
from explorer.studio.students.sources import CorpusFrames, FrameSource, GeneratedFrames, PhotographFrames
from explorer.studio.students.teachers import Teacher

FACES = 2000
_FILE = "student.onnx"


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("student", no_args_is_help=True)(student)


@with_settings(StudentSettings, panel="Recipe")
def student(
    work: Annotated[Path, typer.Option(help="Folder for faces, answers and the checkpoint.")],
    settings: dict[str, Any],
    teacher: TeacherOption = None,
    preset: Annotated[
        Preset, typer.Option(help="default: trains on two cores; published: ResNet-50 and eq. 14 alone, for a GPU.")
    ] = "default",
    faces: Annotated[
        int | None,
        typer.Option(min=0, help=f"How many faces are drawn to ask about. [default: {FACES}, or what --queries allow]"),
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="Ask about the faces of this corpus, too.")] = None,
    photographs: Annotated[
        Path | None, typer.Option(help="Ask about this folder's photographs, too: a published layout, or by person.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help=f"The file to write. [default: {_FILE} in --work]")] = None,
    name: Annotated[str | None, typer.Option(help="Keep it as an encoder of your own, under this name.")] = None,
    licence: Annotated[str | None, typer.Option(help="Its terms, in your words, where it is kept.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    queries: QueriesOption = None,
    url: BlackBoxOption = None,
    command: CommandOption = None,
    feed: FeedOption = None,
    measure: MeasureOption = None,
    rate: RateOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = None,
    ask_anew: AnewOption = False,
) -> None:
    """Train a network to answer as a teacher does, and write it as ONNX with its card; --name makes it an encoder.

    A black box is asked about each face once, and what it answered is kept. Can be interrupted; the same command goes
    on from its last page of faces, or checkpoint. `likeness invert --attack student --white NAME` searches through it.
    """
    chosen = _chosen(preset, settings)
    if name is not None:
        checked_name(name)
        checked_licence(licence or "")
    options = BoxOptions(url, command, feed, rate, timeout, retries, ask_anew)
    networks = Networks(device)
    with teacher_of(networks, teacher, options, queries, measure) as asked:
        start = catalogue.read(chosen.network) if chosen.network == "arcface-mbf" else None
        private_folder(work)
        drawn = _drawn(faces, queries or DEFAULT_QUERIES) if options.is_asked else FACES if faces is None else faces
        sources = _sources(networks, drawn, corpus, photographs)
        with bar("asking") as step:
            answered = answered_faces(sources, asked, networks, work, step)
        typer.echo(f"{asked.title}: {len(answered.faces)} answers for {answered.queries} queries", err=True)
        made = _trained(answered, chosen, start, work, device)
        record = _record(asked, chosen, answered, made)
    file = write_student(made.student, record, out or work / _FILE)
    typer.echo(f"{shown(file)}: learnt from {record.faces} answers of {record.teacher}, {made.steps} steps")
    if name is not None:
        card = keep_student(file, name, licence or "")
        typer.echo(f"    kept as {card.id}: likeness embed face.jpg --encoder {card.id}")


def _chosen(preset: Preset, given: dict[str, Any]) -> StudentSettings:
    try:
        return StudentSettings.model_validate(PRESETS[preset].model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc']))}: {first['msg']}") from error


def _drawn(faces: int | None, queries: int) -> int:
    """How many faces a black box is asked about: as many as it may be, where nobody says otherwise."""
    if faces is not None and faces > queries:
        raise UserError(f"--faces {faces} are more than the {queries} queries: give --queries {faces}")
    return queries if faces is None else faces


def _sources(networks: Networks, drawn: int, corpus: Path | None, photographs: Path | None) -> list[FrameSource]:
    found = list[FrameSource]()
    if drawn:
        found.append(GeneratedFrames(supply_of(networks), drawn))
    if corpus is not None:
        found.append(CorpusFrames(CorpusFolder(corpus)))
    if photographs is not None:
        found.append(PhotographFrames.of_folder(photographs, networks.detector()))
    if not found:
        raise UserError("there is nothing to ask about: give --faces, --corpus or --photographs")
    return found


def _trained(
    answered: AnsweredFaces, settings: StudentSettings, start: bytes | None, work: Path, device: str
) -> StudentProgress:
    taught = answered.taught
    key = hashlib.sha256((settings.model_dump_json() + taught.digest()).encode()).hexdigest()[:12]
    made = None
    with bar("steps") as step:
        for made in train_student(taught, settings, start, work / f"student-{key}.pt", Compute.on(device)):
            step(made.steps, settings.steps)
    assert made is not None, "it yields before the first step"
    return made


def _record(
    teacher: Teacher, settings: StudentSettings, answered: AnsweredFaces, made: StudentProgress
) -> StudentRecord:
    return StudentRecord(
        teacher=teacher.title,
        teacher_key=teacher.key,
        measure=teacher.measure,
        settings=settings,
        learnt_from=answered.words,
        faces=len(answered.faces),
        queries=answered.queries,
        generated=answered.generated,
        digest=answered.taught.digest(),
        linear=made.linear,
        losses=dict(made.losses),
    )
