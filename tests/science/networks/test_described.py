"""Files of weights that say what they are: what is written is read, and whatever is wrong is one line."""

from __future__ import annotations

import json

import pytest
import torch
from pydantic import BaseModel
from safetensors.torch import load, save

from explorer.science.errors import LikenessError
from explorer.science.networks.described import described_bytes, read_header, refusing


class Record(BaseModel):
    people: int


class WrongFileError(LikenessError, ValueError):
    """Of these tests."""


def read(data: bytes) -> Record:
    with refusing(WrongFileError, "it is damaged: train it again"):
        header = read_header(data)
        if header.format != "toy/1":
            raise WrongFileError(f"it holds {header.format}")
        record = header.record_as(Record)
        load(data)
        return record


WHOLE = described_bytes("toy/1", Record(people=3), {"weights": torch.arange(3.0)})


def test_what_is_written_is_read() -> None:
    assert read(WHOLE) == Record(people=3)
    assert torch.equal(load(WHOLE)["weights"], torch.arange(3.0))


def about(text: str) -> bytes:
    data: bytes = save({}, {"about": text})
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"none of it",
        WHOLE[:-3],
        (2**63).to_bytes(8, "little") + WHOLE[8:],
        save({}),
        about("[1]"),
        about("[" * 100_000),
        about('{"format": "toy/1"}'),
        about('{"format": "toy/1", "record": {"people": "many"}}'),
    ],
    ids=["empty", "words", "cut", "long header", "nothing", "list", "deep", "no record", "wrong record"],
)
def test_what_is_wrong_is_one_line(data: bytes) -> None:
    with pytest.raises(WrongFileError, match=r"^it is damaged: train it again$"):
        read(data)


def test_another_version_is_named_in_a_few_letters() -> None:
    with pytest.raises(WrongFileError, match=r"^it holds toy/2$"):
        read(described_bytes("toy/2", Record(people=3), {}))
    with pytest.raises(WrongFileError, match=r"^it holds x{40}$"):
        read(about(json.dumps({"format": "x" * 9000, "record": 0})))
