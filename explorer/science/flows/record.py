"""A bijective metric's file: its weights, and what is known of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load

from explorer.science.errors import LikenessError
from explorer.science.flows.bijection import Bijection
from explorer.science.flows.settings import MetricSettings
from explorer.science.networks.described import described_bytes, read_header, refusing

_FORMAT = "likeness-metric/1"


class MetricFileError(LikenessError, ValueError):
    """A metric's file that cannot be used; the message says why."""


class MetricRecord(BaseModel):
    """What is known of a bijective metric besides its weights.

    learnt_from: in words; `classes` of so many `pictures`. digest: of these. loss: of the last batch, nats a number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: MetricSettings
    learnt_from: str
    classes: int = Field(ge=1)
    pictures: int = Field(ge=1)
    digest: str
    loss: float | None = None


def encode_metric(bijection: Bijection, record: MetricRecord) -> bytes:
    """A metric as the bytes of a safetensors file."""
    weights = {name: value.detach().cpu().contiguous() for name, value in bijection.state_dict().items()}
    return described_bytes(_FORMAT, record, weights)


def decode_metric(data: bytes) -> tuple[Bijection, MetricRecord]:
    """The metric of a file, ready to be used.

    Raises:
        MetricFileError: it is no metric's, damaged, or of another version.
    """
    with refusing(MetricFileError, "the metric is damaged, or no bijective metric: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise MetricFileError(f"the file holds {header.format!r}, no bijective metric of this version")
        record = header.record_as(MetricRecord)
        bijection = Bijection(record.settings)
        bijection.load_state_dict(load(data))
        if not all(bool(value.isfinite().all()) for value in bijection.state_dict().values()):
            raise ValueError("its weights are not finite")
    return bijection.eval().requires_grad_(False), record
