"""What takes an attribute out of an encoder's embeddings, in both ways, with what was measured of it; and its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load
from torch import Tensor

from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.erasing import LinearEraser
from explorer.science.laboratory.modification import Disentangler, ModificationError
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.described import described_bytes, read_header, refusing

Method = Literal["network", "linear"]
METHODS: tuple[Method, ...] = ("network", "linear")
_FORMAT = "likeness-modifier/1"
_BASIS, _CENTRE, _NETWORK = "linear/basis", "linear/centre", "network/"
_Size = Field(ge=1, le=4096)


class FreshProbes(BaseModel):
    """Balanced accuracy of three probes on people whom they were not trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    linear: MetricValue
    mlp: MetricValue
    neighbours: MetricValue

    @property
    def best(self) -> MetricValue:
        """Of the one that tells the attribute best."""
        return getattr(self, self.name)  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """Of that one."""
        return max(("linear", "mlp", "neighbours"), key=lambda name: getattr(self, name).value)

    def stronger(self, other: FreshProbes) -> FreshProbes:
        """Of each probe the one that tells more."""
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in type(self).model_fields}
        return FreshProbes(**{name: max(pair, key=lambda told: told.value) for name, pair in pairs.items()})

    def words(self) -> str:
        """Such as "balanced accuracy 0.62 (0.58 to 0.66; chance 0.50) by the mlp"."""
        return (
            f"{self.best.words()} by {'nearest neighbours' if self.name == 'neighbours' else f'the {self.name} probe'}"
        )


class Verified(BaseModel):
    """TAR at FAR 0.1 % of all pairs of a set's photographs, before and after both ways.

    passing: share of the pairs of strangers that pass after the network's way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    people: int
    before: Estimate
    network: Estimate
    linear: Estimate
    passing: float | None = None


class ModifierRecord(BaseModel):
    """What is known of a modifier besides its weights.

    classes: of the attribute, by name. dependent, hidden: as of `Disentangler`. directions: that are removed linearly.
    trained_on: faces. attackers: faces of people whom the modifier has not seen, on whom probes were trained, too.
    before, network, linear: how well probes trained afresh tell the attribute on the corpus's test people, each the
    better of one that learnt on the modifier's people and one that learnt on the attackers'; verified: what
    verification is left.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    attribute: str
    classes: tuple[str, ...] = Field(min_length=2, max_length=64)
    dimension: int = _Size
    dependent: int = _Size
    hidden: int = _Size
    directions: int
    trained_on: int
    attackers: int = 0
    before: FreshProbes | None = None
    network: FreshProbes | None = None
    linear: FreshProbes | None = None
    verified: tuple[Verified, ...] = ()


@dataclass(frozen=True, eq=False)
class Modifier:
    """Takes an attribute out of embeddings."""

    model: Disentangler
    eraser: LinearEraser
    record: ModifierRecord

    @torch.no_grad()
    def __call__(self, embeddings: Tensor, method: Method = "network") -> Tensor:
        """Embeddings (N, D) of any length without the attribute, all of the encoder's usual length.

        Raises:
            ModificationError: they have another size, or no length.
        """
        size = self.record.dimension
        if embeddings.ndim != 2 or embeddings.shape[1] != size:
            raise ModificationError(
                f"embeddings of {self.record.encoder} have {size} numbers, not {embeddings.shape[-1]}: choose those"
            )
        if not bool(embeddings.isfinite().all()) or not bool(embeddings.any(1).all()):
            raise ModificationError("an embedding is zero or holds numbers that are not finite: leave it out")
        made: Tensor = self.model(embeddings) if method == "network" else self.eraser(embeddings) * self.model.length
        return made


def encode_modifier(modifier: Modifier) -> bytes:
    """A modifier as the bytes of a safetensors file, the network in half precision."""
    weights = {_NETWORK + name: values.half().contiguous() for name, values in modifier.model.state_dict().items()}
    weights[_BASIS], weights[_CENTRE] = modifier.eraser.basis.contiguous(), modifier.eraser.centre.contiguous()
    return described_bytes(_FORMAT, modifier.record, weights)


def decode_modifier(data: bytes, name: str) -> Modifier:
    """The modifier of a file, ready to be used.

    Args:
        name: of the file, for messages.

    Raises:
        ModificationError: it is damaged, or of another version.
    """
    with refusing(ModificationError, f"{name} is damaged, or no modifier: train it again"):
        header = read_header(data)
        record = header.record_as(ModifierRecord)
        weights = load(data)
        model = Disentangler(record.dimension, len(record.classes), record.dependent, record.hidden)
        network = {
            key.removeprefix(_NETWORK): values.float() for key, values in weights.items() if key.startswith(_NETWORK)
        }
        model.load_state_dict(network)
        eraser = LinearEraser(weights[_BASIS].float(), weights[_CENTRE].float())
        fits = eraser.basis.shape == (record.dimension, record.directions)
    if header.format != _FORMAT or not fits or eraser.centre.shape != (record.dimension,):
        raise ModificationError(f"{name} holds {header.format}, which this version does not read: train it again")
    return Modifier(model.eval().requires_grad_(False), eraser, record)
