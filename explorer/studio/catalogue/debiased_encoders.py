"""The debiased encoder among the program's own weights: an encoder like any other where its file is there.

Its file holds by how much its weights differ from those of the encoder that it was made of, which has to be here too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.science.names import shown
from explorer.science.registry import join_when_filled
from explorer.studio import places
from explorer.studio.catalogue.entries import catalogue
from explorer.studio.catalogue.kept_networks import KeptNetwork
from explorer.studio.catalogue.store import is_present, read
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

if TYPE_CHECKING:  # a command that only lists encoders loads no torch
    from torch import Tensor, nn

    from explorer.science.debiasing.record import DebiasedRecord

ID = "arcface-mbf-debiased"
MISSING = "no debiased encoder: train one with `likeness train debiased --people DIR --work DIR`"
# The file is at most so large.
LARGEST = 4 * 2**20
# Which file the encoder is registered of.
_registered: list[KeptNetwork] = []


def debiased_file() -> Path:
    """Where the debiased encoder lies that belongs to the program, made or not."""
    return places.models() / "debiased-arcface-mbf.safetensors"


def load_changes(file: Path | None = None) -> tuple[dict[str, Tensor], DebiasedRecord]:
    """By how much weights differ from those of the encoder that they are of, and what is known; a file is read once.

    Args:
        file: of the user's own; the program's if None.

    Raises:
        UserError: it is missing or damaged.
    """
    from explorer.science.debiasing.record import DebiasedFileError

    path = file or debiased_file()
    return read_weights(path, _loaded, DebiasedFileError, MISSING if file is None else None)


@lru_cache(maxsize=2)
def _loaded(file: Path, modified_ns: int) -> tuple[dict[str, Tensor], DebiasedRecord]:
    """The time of the file is there to key the memory."""
    from explorer.science.debiasing.record import decode_debiased

    return decode_debiased(file.read_bytes())


def debiased_body(before: nn.Module, file: Path | None = None) -> nn.Module:
    """The debiased encoder's network, of that of the encoder that it was made of.

    Raises:
        UserError: the file is missing or damaged, or is of another network.
    """
    from explorer.science.networks.fine_tuning import FineTuningError, changed

    changes, record = load_changes(file)
    try:
        return changed(before, changes)
    except FineTuningError as error:
        raise UserError(f"{shown(file or debiased_file())} is of another {record.encoder}: train it again") from error


def save_debiased(changes: dict[str, Tensor], record: DebiasedRecord, card: str, file: Path) -> Path:
    """Write a debiased encoder, and its card beside it.

    Raises:
        UserError: it is larger than what belongs to the program may be, and is to lie there.
    """
    from explorer.science.debiasing.record import encode_debiased

    data, own = encode_debiased(changes, record), file.resolve() == debiased_file().resolve()
    if own and len(data) > LARGEST:
        raise UserError(f"the debiased encoder is larger than {LARGEST >> 20} MB: name another file by --out")
    mode = 0o644 if own else 0o600
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    return atomic_write(file, data, mode=mode)


def kept_debiased() -> list[KeptNetwork]:
    """The debiased encoder's network, as what asks for networks knows it; none where its file is not there.

    Its weights are what its file says, and the encoder's own: both are in the hash of what it computes.
    """
    file = debiased_file()
    try:
        state = file.stat()
        return [_kept(file, state.st_size, state.st_mtime_ns)]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # a damaged one is none; whoever loads it is told why


@lru_cache(maxsize=2)
def _kept(file: Path, size: int, modified_ns: int) -> KeptNetwork:
    """Size and time of the file are there to key the memory."""
    data = file.read_bytes()
    digest, of = hashlib.sha256(data).hexdigest(), _about(data)["record"]["sha256"]
    return KeptNetwork(ID, (file,), digest, size, file.name, hashlib.sha256(f"{digest}\n{of}".encode()).hexdigest())


def _about(data: bytes) -> dict[str, Any]:
    """What the head of a file says, without its weights."""
    length = int.from_bytes(data[:8], "little")
    about: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    return about


def made_of(encoder: str) -> str | None:
    """Of which encoder a debiased one was made; None of an encoder that is no debiased one."""
    return load_changes()[1].encoder if encoder == ID and _registered else None


def register_debiased() -> None:
    """Know the debiased encoder as soon as the table of encoders is loaded, where its file is here."""
    if kept_debiased() or _registered:
        join_when_filled("encoder", _register)


def _register() -> None:
    from explorer.science.debiasing.record import DebiasedRecord
    from explorer.science.recognition.registry import ENCODERS, register_encoder

    kept = kept_debiased()
    if _registered and kept != _registered:
        ENCODERS.unregister(ID)
        _registered.clear()
    if not kept or ID in ENCODERS:
        return
    try:
        record = DebiasedRecord.model_validate(_about(debiased_file().read_bytes())["record"])
        before = ENCODERS[record.encoder].spec
    except (OSError, ValueError, KeyError, TypeError):
        return  # whoever asks for it by name, or loads it, is told what is wrong
    title = f"{before.title} without {record.hidden}"
    register_encoder(replace(before, id=ID, title=title, network=ID, lengths=None, optional=True), _body)
    if is_present(catalogue().entry(before.network)):
        ENCODERS.enable(ID)  # optional ones are switched off until their file is there
    _registered[:] = kept


def _body(data: bytes) -> nn.Module:
    """The network, made of its encoder's: `data`, the changes, lies in the program's own file."""
    from explorer.science.recognition.registry import ENCODERS

    _, record = load_changes()
    entry = ENCODERS[record.encoder]
    return debiased_body(entry.body(read(entry.spec.network)))
