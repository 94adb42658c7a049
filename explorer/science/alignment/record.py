"""A localiser's file: weights as signed bytes, and what is known of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from safetensors.torch import load

from explorer.science.alignment.localiser import Localiser
from explorer.science.alignment.scoring import AlignmentScores
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.errors import LikenessError
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing

_FORMAT = "likeness-localiser/1"


class LocaliserFileError(LikenessError, ValueError):
    """A localiser's file that cannot be used; the message says why."""


class EpochRecord(BaseModel):
    """What a training had come to within a stage (thesis, figure 5.15).

    steps: of the stage, made. loss, accuracy: means since the point before; accuracy a share.
    unseen: on people that nothing was learnt from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int
    loss: float | None
    accuracy: float | None = None
    unseen: AlignmentScores


class StageRecord(BaseModel):
    """What one stage of a training came to.

    steps: made. loss: mean of its last batches; accuracy likewise, a share.
    unseen: on people that nothing was learnt from. course: epoch by epoch; empty where that was not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    steps: int
    loss: float | None
    accuracy: float | None = None
    unseen: AlignmentScores
    course: tuple[EpochRecord, ...] = ()


class LocaliserRecord(BaseModel):
    """What is known of a localiser besides its weights.

    settings: all that it follows from besides the faces. model, field: whose shapes it answers, and whose visibility it
    learnt through. place, millimetres: of theta_fixed, as of `faces.Placement`. people, pictures: learnt from.
    parameters: of the recogniser.
    stages: in their order; behind the first, "fixed-pose", the training by identity begins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: LocaliserSettings
    model: str
    field: str
    place: tuple[float, float]
    millimetres: float
    people: int
    pictures: int
    parameters: int
    stages: tuple[StageRecord, ...] = ()


def encode_localiser(localiser: Localiser, record: LocaliserRecord) -> bytes:
    """A localiser as the bytes of a safetensors file, matrices and kernels as signed bytes."""
    kept = {name: value for name, value in localiser.state_dict().items() if value.is_floating_point()}
    return described_bytes(_FORMAT, record, quantise_int8(kept))


def decode_localiser(data: bytes) -> tuple[Localiser, LocaliserRecord]:
    """The localiser of a file, ready to be used.

    Raises:
        LocaliserFileError: it is no localiser's, damaged, or of another version.
    """
    with refusing(LocaliserFileError, "the localiser is damaged, or no localiser: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise LocaliserFileError(f"the file holds {header.format!r}, no localiser of this version")
        record = header.record_as(LocaliserRecord)
        localiser = Localiser(record.settings)
        weights = dequantise(load(data))
        # How many batches norms have seen says nothing of a localiser that is used.
        counters = {name for name in localiser.state_dict() if name.endswith("num_batches_tracked")}
        missing, extra = localiser.load_state_dict(weights, strict=False)
        if extra or set(missing) - counters:
            raise ValueError("its weights are not those of its network")
    return localiser.eval().requires_grad_(False), record
