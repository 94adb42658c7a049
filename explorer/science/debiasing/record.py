"""A debiased encoder's file: by how much its weights differ from the encoder's that it was made of, and what is known.

The differences are small beside the weights, so that a signed byte with a scale for each row holds them far more nearly
than it would hold the weights themselves; the encoder's own file is needed beside them.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load
from torch import Tensor

from explorer.science.debiasing.settings import DebiasingSettings
from explorer.science.errors import LikenessError
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.modifier import FreshProbes
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing

_FORMAT = "likeness-debiased/1"


class DebiasedFileError(LikenessError, ValueError):
    """A debiased encoder's file that cannot be used; the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribute(_Part):
    """What was hidden. name: of the probe. classes: by name; median: where two part that are ranges of a value."""

    name: str
    classes: tuple[str, ...] = Field(min_length=2, max_length=64)
    median: float | None = None


class Leak(_Part):
    """What probes that were trained afresh tell of an attribute, on people whom neither they nor the encoder learnt.

    learnt_from: whose embeddings the probes learnt on: of "the encoder's" people, or of "others", whom it has not seen.
    before, after: on embeddings as they were, and on the debiased encoder's.
    """

    attribute: str
    learnt_from: str
    before: FreshProbes
    after: FreshProbes

    @property
    def margin_lost(self) -> float | None:
        """Which share is lost of what the best probe told above chance; None where that told nothing."""
        before, after = self.before.best, self.after.best
        if before.chance is None or before.value <= before.chance:
            return None
        return (before.value - after.value) / (before.value - before.chance)


class Verified(_Part):
    """TPR at FPR 1e-3 of a set's pairs, as in table 3.2. gained: after less before, with its interval by person."""

    set: str
    people: int
    pairs: str
    before: Estimate
    after: Estimate
    gained: Estimate


class DebiasedRecord(_Part):
    """What is known of a debiased encoder besides its weights.

    encoder, sha256: of which it was made, and its file's hash. people, pictures: learnt from. steps: made.
    """

    settings: DebiasingSettings
    encoder: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    attributes: tuple[Attribute, ...] = Field(min_length=1, max_length=16)
    people: int
    pictures: int
    steps: int
    leaks: tuple[Leak, ...] = ()
    verified: tuple[Verified, ...] = ()

    @property
    def hidden(self) -> str:
        """The attributes in words: "smiling", "age and gender"."""
        names = [one.name for one in self.attributes]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def as_kept(changes: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Changes of weights as a file gives them back: what is judged is what is kept."""
    return dequantise(quantise_int8(changes))


def encode_debiased(changes: Mapping[str, Tensor], record: DebiasedRecord) -> bytes:
    """The file of an encoder's changes of weights, by the names of its graph; matrices and kernels as signed bytes."""
    return described_bytes(_FORMAT, record, quantise_int8(changes))


def decode_debiased(data: bytes) -> tuple[dict[str, Tensor], DebiasedRecord]:
    """The changes of weights that a file holds, and its record.

    Raises:
        DebiasedFileError: it is no debiased encoder's, damaged, or of another version.
    """
    with refusing(DebiasedFileError, "the debiased encoder is damaged, or none: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise DebiasedFileError(f"the file holds {header.format!r}, no debiased encoder of this version")
        record = header.record_as(DebiasedRecord)
        changes = dequantise(load(data))
    if not changes or not all(bool(values.isfinite().all()) for values in changes.values()):
        raise DebiasedFileError("the debiased encoder holds numbers that are not finite: train it again")
    return changes, record
