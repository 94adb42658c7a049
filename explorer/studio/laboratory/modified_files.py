"""Embeddings without an attribute, of faces of the window, in files as `likeness lab modify` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.science.laboratory.modifier import Modifier
from explorer.studio.errors import UserError
from explorer.studio.laboratory.modified_faces import ModifiedFace
from explorer.studio.laboratory.modifying import How, Protected, write_all, write_one


def write_modified(path: Path, faces: Sequence[ModifiedFace]) -> tuple[Path, Path]:
    """Write embeddings of the same modifier, and the record beside them, with the command that makes them again.

    Raises:
        UserError: several go into a file of one, or a file cannot be written.
    """
    first = faces[0]
    return write_protected(path, _joined([one.made for one in faces]), first.modifier, first.how)


def write_protected(path: Path, made: Protected, modifier: Modifier, how: How) -> tuple[Path, Path]:
    """The same of embeddings that were modified together.

    Raises:
        UserError: several go into a file of one, or a file cannot be written.
    """
    record, several = modifier.record, len(made.names) > 1
    said = ["lab", "modify", *made.names, "--attribute", record.attribute, "--encoder", record.encoder]
    how = replace(how, command=(*said, "--method", how.method, "--out", "OUT"))
    if not several:
        return write_one(path, made, 0, modifier, how)
    if path.suffix.lower() != ".npy":
        raise UserError(f"{path.name}: {len(made.names)} embeddings go into a .npy file; choose that ending")
    return write_all(path, made, modifier, how)


def _joined(each: Sequence[Protected]) -> Protected:
    told = [one.told_before is not None for one in each]
    return Protected(
        tuple(name for one in each for name in one.names),
        tuple(sha256 for one in each for sha256 in one.sha256s),
        np.concatenate([one.before for one in each]),
        np.concatenate([one.after for one in each]),
        np.concatenate([one.cosines for one in each]),
        np.concatenate([one.told_before for one in each if one.told_before is not None]) if all(told) else None,
        np.concatenate([one.told_after for one in each if one.told_after is not None]) if all(told) else None,
    )
