"""Embeddings without an attribute, of faces of the window, in files as `likeness lab modify` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.studio.errors import UserError
from explorer.studio.laboratory.modified_faces import ModifiedFace
from explorer.studio.laboratory.modifying import Protected, write_all, write_one


def write_modified(path: Path, faces: Sequence[ModifiedFace]) -> tuple[Path, Path]:
    """Write embeddings of the same modifier, and the record beside them, with the command that makes them again.

    Raises:
        UserError: several go into a file of one, or a file cannot be written.
    """
    first = faces[0]
    record = first.modifier.record
    names = [name for one in faces for name in one.made.names]
    said = ["lab", "modify", *names, "--attribute", record.attribute, "--encoder", record.encoder]
    how = replace(first.how, command=(*said, "--method", first.how.method, "--out", "OUT"))
    if len(faces) == 1:
        return write_one(path, first.made, 0, first.modifier, how)
    if path.suffix.lower() != ".npy":
        raise UserError(f"{path.name}: {len(faces)} embeddings go into a .npy file; choose that ending")
    return write_all(path, _joined([one.made for one in faces]), first.modifier, how)


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
