"""The record beside an embedding's file: which encoder made it, for numbers that do not say so themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.studio.files import record_beside

_KINDS = ("embedding", "bare embedding", "template", "modified embedding", "changed embedding")
FILE_SHA256 = "file_sha256"
_LARGEST = 1_000_000


@dataclass(frozen=True)
class BesideRecord:
    """What is known from beside a file. encoder: None where nothing is. remark: why not, though there is a record."""

    encoder: str | None = None
    remark: str = ""


def beside(path: Path, sha256: str, dimension: int) -> BesideRecord:
    """Look for the record of an embedding's file, and take its word if it is of this very file.

    Records of earlier versions do not say of which file they are: they are believed where their dimension fits.

    Args:
        sha256: of the file. dimension: how many numbers it holds.
    """
    record = _record(record_beside(path))
    if record is None or record.get("kind") not in _KINDS:
        return BesideRecord()
    encoder, of = record.get("encoder"), record.get(FILE_SHA256)
    fits = of == sha256 if of is not None else record.get("dimension") == dimension
    if not fits or not isinstance(encoder, str) or not encoder:
        return BesideRecord(remark="the record beside it is of other numbers and is not believed")
    return BesideRecord(encoder)


def _record(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is none, which is no fault of the embedding beside it."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
