"""`likeness evaluate student`: how far a student's answers are its teacher's, on faces that it has not learnt from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.distillation.agreeing import Agreement, agreement
from explorer.science.distillation.student import StudentError
from explorer.science.evaluation.same_person import Estimate
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.students import record_of
from explorer.studio.commands._blackbox import (
    AnewOption,
    BlackBoxOption,
    BoxOptions,
    CommandOption,
    FeedOption,
    QueriesOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
)
from explorer.studio.commands._running import chosen_device
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._teacher import TeacherOption, supply_of, teacher_of
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.places import private_folder
from explorer.studio.students.judging import student_answers
from explorer.studio.students.material import answered_faces
from explorer.studio.students.sources import FrameSource, GeneratedFrames, PhotographFrames
from explorer.studio.students.teachers import Teacher

GENERATED, FACES = "generated", 500


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("student", no_args_is_help=True)(student)


def student(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="generated (faces that nothing was learnt from), openpeople (its portraits), orl, or a folder that "
            "holds one for each person.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder for faces and answers.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The student. [default: student.onnx in --work]")
    ] = None,
    teacher: TeacherOption = None,
    faces: Annotated[int, typer.Option(min=3, help="How many faces are drawn.")] = FACES,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    queries: QueriesOption = None,
    url: BlackBoxOption = None,
    command: CommandOption = None,
    feed: FeedOption = None,
    rate: RateOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = None,
    ask_anew: AnewOption = False,
) -> None:
    """Hold a student's answers against its teacher's: cosine less the mean, order of scores, nearest face, people.

    Each figure stands beside what chance gives, with its interval by person. What the teacher is asked counts.
    """
    path = file or work / "student.onnx"
    record, networks = record_of(path), Networks(chosen_device(device))
    options = BoxOptions(url, command, feed, rate, timeout, retries, ask_anew)
    measure = None if teacher is not None else record.measure
    with (
        teacher_of(networks, teacher, options, queries, measure) as asked,
        Sources("set", as_json=as_json) as done,
    ):
        if asked.key != record.teacher_key:
            raise UserError(f"{path.name} learnt from {record.teacher}, which is another than {asked.title}")
        private_folder(work)
        for name in sets:
            with done.each(name):
                judged = _judged(name, asked, networks, path, work, faces)
                done.records.append(judged.model_dump(mode="json"))
                if not as_json:
                    typer.echo(as_text(judged))


def _judged(name: str, teacher: Teacher, networks: Networks, file: Path, work: Path, faces: int) -> Agreement:
    with bar(name) as step:
        answered = answered_faces([_source(name, networks, faces)], teacher, networks, work, step)
    found = student_answers(file, answered.faces)
    try:
        return agreement(Path(name).name, answered.answers, found, answered.people, teacher.measure)
    except StudentError as error:
        raise UserError(str(error)) from error


def _source(name: str, networks: Networks, faces: int) -> FrameSource:
    if name == GENERATED:
        return GeneratedFrames(supply_of(networks), faces, unseen=True)
    chosen = portrait_set() if name == OPENPEOPLE else photograph_set(name)
    return PhotographFrames.of_set(chosen, networks.detector())


def as_text(judged: Agreement) -> str:
    """The agreement as lines of text."""
    lines = [
        f"{judged.name}: {judged.faces} faces of {judged.people} people",
        f"  cosine                {_estimate(judged.cosine)}",
        f"  less the mean         {_estimate(judged.centred)}  chance {judged.chance:.3f}",
        f"  order of scores       {judged.ranks:.3f}  chance 0",
        f"  same nearest face     {_estimate(judged.nearest)}  chance {judged.nearest_chance:.3f}",
    ]
    if judged.teacher_auc is not None and judged.student_auc is not None:
        lines.append(f"  same person, AUC      {judged.student_auc:.3f}  teacher {judged.teacher_auc:.3f}  chance 0.5")
    return "\n".join(lines)


def _estimate(one: Estimate) -> str:
    return f"{one.value:.3f}" + ("" if one.low is None else f" ({one.low:.3f} to {one.high:.3f})")
