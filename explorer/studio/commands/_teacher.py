"""What commands share that ask a student's teacher: an encoder, or one behind the black box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from explorer.science.generation.registry import DEFAULT_GENERATOR
from explorer.studio.blackbox.account import Account
from explorer.studio.blackbox.asked_faces import FaceSupply
from explorer.studio.blackbox.record import DEFAULT_QUERIES
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._blackbox import BoxOptions
from explorer.studio.errors import UserError
from explorer.studio.students.teachers import BlackBoxTeacher, EncoderTeacher, Teacher

TeacherOption = Annotated[
    str | None, typer.Option(help="An encoder of the program's or of your own; else give --blackbox or --command.")
]


@contextmanager
def teacher_of(
    networks: Networks, encoder: str | None, options: BoxOptions, queries: int | None, measure: str | None
) -> Iterator[Teacher]:
    """The teacher that a command was told of.

    Args:
        queries: budget of a black box. measure: by which its vectors are compared.

    Raises:
        UserError: none was told of, or two; options do not go together.
    """
    if encoder is not None:
        if options.is_asked:
            raise UserError("give either --teacher, or --blackbox or --command, not both")
        for name, value in (("queries", queries), ("measure", measure), ("ask-anew", options.ask_anew or None)):
            if value is not None:
                raise UserError(f"--{name} belongs to black boxes: give --blackbox or --command")
        yield EncoderTeacher(networks, encoder)
        return
    if not options.is_asked:
        raise UserError("whose student? Give --teacher ENCODER, --blackbox URL or --command PROGRAM")
    with options.opened() as (box, answers):
        account = Account(box, answers, queries or DEFAULT_QUERIES, options.manner())
        yield BlackBoxTeacher(account, box.name, box.key, _measure(measure))


def supply_of(networks: Networks) -> FaceSupply:
    """The generated faces that teachers and black boxes are asked about, which nobody looks at meanwhile."""
    return FaceSupply(networks, DEFAULT_GENERATOR, ())


def _measure(given: str | None) -> Literal["cosine", "euclidean"]:
    if given not in (None, "cosine", "euclidean"):
        raise UserError(f"--measure is cosine or euclidean, not {given}")
    return "euclidean" if given == "euclidean" else "cosine"
