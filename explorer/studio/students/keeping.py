"""A student's file, read and written, and the student as an encoder like any other."""

from __future__ import annotations

from pathlib import Path

from explorer.science.distillation.record import StudentRecord, encode_student
from explorer.science.distillation.student import Student
from explorer.studio.catalogue.brought_encoders import (
    EncoderCard,
    Input,
    checked_licence,
    checked_name,
    keep_encoder,
)
from explorer.studio.catalogue.students import record_of
from explorer.studio.files import atomic_write

_SIGNED = (127.5, 127.5, 127.5)


def write_student(student: Student, record: StudentRecord, file: Path) -> Path:
    """Write a student as an ONNX file, and its card beside it."""
    atomic_write(file.with_suffix(".md"), student_card(record).encode())
    return atomic_write(file, encode_student(student, record))


def keep_student(file: Path, name: str, licence: str) -> EncoderCard:
    """Make a student an encoder of the user's own, under a name.

    Nothing is found out about how it wants its faces, as that is known; strangers are not measured:
    `likeness train gallery` and `impostors` do that for it as for any other.

    Raises:
        UserError: the name is none or taken, the licence is none, or the file is no student's.
    """
    from explorer.science.recognition.imported import import_network

    checked_name(name)
    record, network = record_of(file), import_network(file)
    card = EncoderCard(
        id=name,
        architecture=f"student, {record.settings.network}",
        file_format=network.file_format,
        layer=network.layer,
        dimension=network.dimension,
        input=Input(
            framing="arcface",
            size=network.sizes[0],
            colour="RGB",
            mean=_SIGNED,
            scale=_SIGNED,
            per_image=False,
            margin=1.0,
            measure=record.measure,
        ),
        proposed=False,
        populations=(),
        threshold=None,
        threshold_on="",
        licence=checked_licence(licence),
        commercial=False,
        source=file.name,
        files=(file.name,),
        sha256=network.sha256,
        size=file.stat().st_size,
    )
    return keep_encoder(card, student_card(record), [file], {})


def student_card(record: StudentRecord) -> str:
    """The card beside a student, as Markdown."""
    settings = record.settings
    mean = f" and {settings.centred:g} times the same less the answers' mean" if settings.centred else ""
    linear = "" if record.linear is None else f"; the linear map that it began with reached {record.linear:.3f}"
    losses = ", ".join(f"{name} {value:.4f}" for name, value in record.losses.items()) or "not said"
    return "\n".join(
        [
            "# student: a network with gradients that answers as its teacher does",
            "",
            "What it does: embeds faces in ArcFace's template (`explorer/science/distillation/student.py`;",
            "Vec2Face-v2, section IV-G). ONNX, (B, 3, 112, 112) RGB in [-1, 1].",
            "",
            "| | |",
            "|---|---|",
            f"| teacher | {record.teacher}, compared by {record.measure} |",
            f"| network | {settings.network} |",
            f"| recipe | `explorer/science/training/student.py`: eq. 14{mean}; {settings.steps} steps of "
            f"{settings.batch}, AdamW at {settings.learning_rate:g}, {settings.body_learning_rate:g} for weights "
            f"taken over, seed {settings.seed} |",
            f"| learnt from | {record.faces} answers for {record.queries} queries: {record.learnt_from}{linear} |",
            f"| losses of the last step | {losses} |",
            "| terms | those of the teacher, of the weights that it began with, and of the faces |",
            "",
        ]
    )
