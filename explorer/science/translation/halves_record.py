"""The file of a translator that keeps identity in one half: its weights, and what is known of them."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load

from explorer.science.errors import LikenessError
from explorer.science.networks.described import described_bytes, read_header, refusing
from explorer.science.translation.halves_settings import HalvesSettings
from explorer.science.translation.network import Translator

_FORMAT = "likeness-halves/1"


class HalvesFileError(LikenessError, ValueError):
    """A file of halves that cannot be used; the message says why."""


class HalvesRecord(BaseModel):
    """What is known of such a translator besides its weights.

    generator: whose W+ it translates, of so many `layers` and `width` numbers each. learnt_from: in words; `people`
    with so many `pictures` together. digest: of these. losses: of the last step, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: HalvesSettings
    generator: str
    layers: int = Field(ge=1, le=64)
    width: int = Field(ge=2, le=4096, multiple_of=2)
    learnt_from: str
    people: int = Field(ge=2)
    pictures: int = Field(ge=4)
    digest: str
    losses: dict[str, float] = {}


def encode_halves(translator: Translator, record: HalvesRecord) -> bytes:
    """Such a translator as the bytes of a safetensors file; in single precision, for its way back is to be exact."""
    weights = {name: value.detach().cpu().contiguous() for name, value in translator.state_dict().items()}
    return described_bytes(_FORMAT, record, weights)


def decode_halves(data: bytes) -> tuple[Translator, HalvesRecord]:
    """The translator of a file, ready to be used.

    Raises:
        HalvesFileError: it is of something else, damaged, or of another version.
    """
    with refusing(HalvesFileError, "the file is damaged, or holds no identity halves: train them again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise HalvesFileError(f"the file holds {header.format!r}, no identity halves of this version")
        record = header.record_as(HalvesRecord)
        unit, settings = torch.ones(record.width), record.settings
        translator = Translator(unit, unit, record.layers, settings.couplings, settings.hidden, settings.seed)
        translator.load_state_dict(load(data))
        if not all(bool(value.isfinite().all()) for value in translator.state_dict().values()):
            raise ValueError("its weights are not finite")
    return translator.eval().requires_grad_(False), record
