"""Embeddings without an attribute: a batch of them at once, what it did to each, and the files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.contents import open_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.laboratory.modification import OVERALL, Part
from explorer.science.laboratory.modifier import Method, Modifier
from explorer.science.names import shown
from explorer.science.recognition.neighbours import unit
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.probes import load_bare_probes
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, source_record, write_sidecar
from explorer.studio.faces.vector_record import FILE_SHA256
from explorer.studio.faces.vectors import READ_SUFFIXES, Vector, npy_bytes, write_vector
from explorer.studio.files import atomic_write
from explorer.studio.versions import versions

LARGEST_MATRIX = 2**30
KIND = "modified embedding"


@dataclass(frozen=True, eq=False)
class Protected:
    """Embeddings and what is handed out in their place.

    names, sha256s: of the files they came from, one a row. before, after: (N, D). cosines: (N,) between both.
    told_before, told_after: (N,) probability of the attribute by the encoder's probe, as it was trained before; None
    where it has none, or the attribute has other classes than two.
    """

    names: tuple[str, ...]
    sha256s: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    cosines: NDArray[np.float32]
    told_before: NDArray[np.float32] | None
    told_after: NDArray[np.float32] | None


@dataclass(frozen=True)
class How:
    """How embeddings are modified.

    method: "network" or "linear". part, by: what is replaced in the network, and by whose mean: a class, or all.
    command: the words that make it again, for the record.
    """

    method: Method = "network"
    part: Part = "dependent"
    by: str = OVERALL
    command: tuple[str, ...] = ()


def is_matrix_file(path: Path) -> bool:
    """Whether a file holds several embeddings, a row each: a `.npy` of two axes and more rows than one."""
    if path.suffix.lower() != ".npy" or not path.is_file():
        return False
    try:
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except (ValueError, OSError, EOFError):
        return False
    return len(shape) == 2 and min(shape) > 1


def read_matrix(path: Path, dimension: int) -> tuple[NDArray[np.float32], str]:
    """The embeddings of a file, (N, D) float32, and the sha256 of its bytes.

    Raises:
        UserError: it is too large, or holds other numbers than so many a row.
    """
    with open_file(path) as file:
        data = file.read(LARGEST_MATRIX + 1)
    if len(data) > LARGEST_MATRIX:
        raise UserError(f"{path.name} is larger than {LARGEST_MATRIX // 2**20} MB: give its rows in several files")
    values = np.load(path, allow_pickle=False)
    if values.ndim != 2 or values.shape[1] != dimension or values.dtype.kind != "f":
        raise UserError(
            f"{path.name} holds {values.dtype} of shape {values.shape}: rows of {dimension} numbers are needed"
        )
    rows = values.astype(np.float32)
    if not np.isfinite(rows).all() or not rows.any(1).all():
        raise UserError(f"{path.name} has a row that is zero or not finite: leave it out")
    return rows, hashlib.sha256(data).hexdigest()


def members_in(folder: Path) -> list[Path]:
    """The embeddings in a folder and the folders in it, in the order of their names; its photographs where it has none.

    Raises:
        UserError: it has neither.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READ_SUFFIXES and path.is_file())
    # A record lies beside its file, under its name with ".json" behind it.
    vectors = [path for path in found if not (path.suffix.lower() == ".json" and path.with_suffix("").is_file())]
    members = vectors or list(photographs_in(folder, PassedOver()))
    if not members:
        raise UserError(f"{shown(folder)} holds neither embeddings nor photographs: give a folder that does")
    return members


def protected(
    modifier: Modifier, names: Sequence[str], sha256s: Sequence[str], before: NDArray[np.float32], how: How
) -> Protected:
    """Modify embeddings (N, D) of the modifier's encoder.

    Raises:
        UserError: there is no such class. ModificationError: they are not of the encoder.
    """
    embeddings = torch.from_numpy(before)
    after = _modified(modifier, embeddings, how).numpy()
    cosines = (unit(before) * unit(after)).sum(1)
    told = told_by_probe(modifier, before), told_by_probe(modifier, after)
    return Protected(tuple(names), tuple(sha256s), before, after, cosines, *told)


def write_one(path: Path, made: Protected, row: int, modifier: Modifier, how: How) -> tuple[Path, Path]:
    """Write one of the embeddings as a vector that every command takes, and the record beside it.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    vector: Vector = made.after[row]
    written = write_vector(path, vector, modifier.record.encoder)
    about = {"source": source_record(made.names[row], made.sha256s[row]), "dimension": len(vector)}
    return written, write_sidecar(path, _record(written, modifier, how, **about))


def write_all(path: Path, made: Protected, modifier: Modifier, how: How) -> tuple[Path, Path]:
    """Write all of them as one `.npy` file, a row each, and the record beside it that names where they are from."""
    written = atomic_write(path, npy_bytes(made.after))
    sources = [source_record(name, sha256) for name, sha256 in zip(made.names, made.sha256s, strict=True)]
    distinct = list({(one["name"], one["sha256"]): one for one in sources}.values())
    return written, write_sidecar(path, _record(written, modifier, how, rows=len(made.after), sources=distinct))


def _record(written: Path, modifier: Modifier, how: How, **about: Any) -> dict[str, Any]:
    record = modifier.record
    network = encoder_spec(record.encoder).network
    told = getattr(record, how.method)
    return bare_record(
        kind=KIND,
        encoder=record.encoder,
        attribute=record.attribute,
        method=how.method,
        replaced={"part": how.part, "by": how.by} if how.method == "network" else None,
        command=list(how.command),
        told_afresh=None if told is None else told.best.model_dump(mode="json"),
        networks={network: catalogue.sha256(network)},
        versions=versions({"encoders": (record.encoder,)}),
        **about,
        **{FILE_SHA256: hashlib.sha256(written.read_bytes()).hexdigest()},
    )


def _modified(modifier: Modifier, embeddings: torch.Tensor, how: How) -> torch.Tensor:
    usual = how.method == "linear" or (how.part, how.by) == ("dependent", OVERALL)
    made = modifier(embeddings, how.method)
    if usual:
        return made
    classes = modifier.record.classes
    if how.by != OVERALL and how.by not in classes:
        raise UserError(f"--by {how.by}: {modifier.record.attribute} is {', '.join(classes)} or {OVERALL}")
    number = None if how.by == OVERALL else classes.index(how.by)
    with torch.no_grad():
        return modifier.model.swapped(embeddings, how.part, number) * modifier.model.length


def told_by_probe(modifier: Modifier, vectors: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The probability of the attribute by the encoder's own probe, which was trained on embeddings as they are.

    Args:
        vectors: (N, D).

    Returns:
        (N,); None where there is no such probe, or the attribute has other classes than two.
    """
    try:
        probe = load_bare_probes(modifier.record.encoder).probes.get(modifier.record.attribute)
    except UserError:
        return None
    if probe is None or probe.spec.kind != "binary":
        return None
    with torch.no_grad():
        return np.asarray(probe.answers(torch.from_numpy(vectors)).numpy(), np.float32)
