"""Files of trained weights that say what they are: safetensors whose header holds a format and a record.

Whoever trains a network keeps it so, and reads it so: the format first, so that a file of another version is refused
by its name; then the record, from which the network is built; then its weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from explorer.science.errors import LikenessError

Record = TypeVar("Record", bound=BaseModel)

# What a stranger's file can raise while its header, its record and its weights are read.
_DAMAGE = (SafetensorError, ValueError, KeyError, TypeError, RuntimeError, RecursionError, AttributeError)
_LONGEST = 40


@dataclass(frozen=True)
class Header:
    """What a file says of itself. format: its first letters, fit for a message. record: as it stands, unchecked."""

    format: str
    record: object

    def record_as(self, kind: type[Record]) -> Record:
        """The record, checked.

        Raises:
            pydantic.ValidationError: it is no such record.
        """
        return kind.model_validate(self.record)


def described_bytes(form: str, record: BaseModel, weights: Mapping[str, Tensor]) -> bytes:
    """A safetensors file of weights with a format and a record in its header."""
    about = {"format": form, "record": record.model_dump(mode="json")}
    data: bytes = save(dict(weights), {"about": json.dumps(about, sort_keys=True)})
    return data


def read_header(data: bytes) -> Header:
    """The format and the record of a file.

    Raises:
        ValueError, KeyError, TypeError, RecursionError: it has none; `refusing` turns each into one line.
    """
    # A safetensors file begins with the length of a JSON header.
    length = int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    return Header(str(about["format"])[:_LONGEST], about["record"])


@contextmanager
def refusing(error: type[LikenessError], message: str) -> Iterator[None]:
    """Say in one line that a file is damaged, whatever came of reading it; what already is such an error stays.

    Raises:
        error: anything is wrong with the file.
    """
    try:
        yield
    except error:
        raise
    except _DAMAGE as damage:
        raise error(message) from damage
