"""What is known of students: networks that learnt to answer as another encoder does."""

from __future__ import annotations

from pathlib import Path

from explorer.science.contents import read_bytes
from explorer.science.distillation.record import StudentRecord, student_record
from explorer.science.distillation.student import StudentError
from explorer.science.names import shown
from explorer.science.networks.errors import NetworkFileError
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.errors import UserError


def record_of(file: Path) -> StudentRecord:
    """What is known of a student's file.

    Raises:
        UserError: it is missing, or none.
    """
    try:
        return student_record(read_bytes(file))
    except FileNotFoundError as error:
        raise UserError(f"{shown(file)}: there is no such file: train one with `likeness train student`") from error
    except (StudentError, NetworkFileError) as error:
        raise UserError(f"{shown(file)}: {error}") from error


def record_of_encoder(encoder: str) -> StudentRecord:
    """What is known of a student that is an encoder of the user's.

    Raises:
        UserError: it is none.
    """
    card = brought_encoder(encoder)
    if card is None:
        raise UserError(
            f"{encoder} is no student of a black box: train one with `likeness train student`, and name it by --white"
        )
    return record_of(card.kept.files[0])
