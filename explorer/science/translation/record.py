"""A translator's file, and what is known of it: half-precision weights, at most 6 MB."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from safetensors.torch import load
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.evaluation.same_person import Estimate
from explorer.science.networks.described import described_bytes, read_header, refusing
from explorer.science.translation.network import Translator
from explorer.science.translation.settings import TranslatorSettings

_FORMAT = "likeness-translator/1"
_FINE = ("mean_w", "spread_w", "log_scale", "reflections")


class TranslatorFileError(LikenessError, ValueError):
    """A translator's file that cannot be used; the message says why."""


class TranslatorRecord(BaseModel):
    """What is known of a translator besides its weights.

    generator: whose W+ it translates. layers, width: L and K of that. elements: of each attribute, its coordinate in
    every layer. classes: of each, what -1 and 1 are called. medians: of those that part at a value of the corpus.
    classifier: sha256 of its file, empty where none taught. trained_on: faces. steps: made of all.
    unseen: on faces that nothing was learnt from, by name of the measure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: TranslatorSettings
    generator: str
    layers: int = Field(ge=1, le=64)
    width: int = Field(ge=2, le=2048, multiple_of=2)
    elements: dict[str, int] = Field(min_length=1, max_length=16)
    classes: dict[str, tuple[str, str]]
    medians: dict[str, float] = {}
    classifier: str = ""
    trained_on: int = 0
    steps: int = 0
    unseen: dict[str, Estimate] = {}

    @field_validator("elements")
    @classmethod
    def _in_order(cls, elements: dict[str, int]) -> dict[str, int]:
        """A file sorts them by name."""
        return dict(sorted(elements.items(), key=lambda pair: pair[1]))

    @model_validator(mode="after")
    def _fits(self) -> TranslatorRecord:
        places = list(self.elements.values())
        if len(set(places)) < len(places) or any(not 0 <= place < self.width for place in places):
            raise ValueError("elements are different coordinates of a style")
        if self.classes.keys() != self.elements.keys():
            raise ValueError("each element has two classes")
        return self


def turned_of(settings: TranslatorSettings, elements: int) -> int:
    """How many first coordinates a translator's reflections turn."""
    return elements if settings.begins == "directions" else 0


def encode_translator(translator: Translator, record: TranslatorRecord) -> bytes:
    """A translator as the bytes of a safetensors file."""
    tensors = {name: _kept(name, values) for name, values in translator.state_dict().items()}
    return described_bytes(_FORMAT, record, tensors)


def _kept(name: str, values: Tensor) -> Tensor:
    values = values.detach().cpu().contiguous()
    if not values.is_floating_point():
        return values.to(torch.int16)  # halves: numbers below 2048
    return values.float() if name in _FINE else values.half()


def decode_translator(data: bytes) -> tuple[Translator, TranslatorRecord]:
    """The translator of a file, ready to be used.

    Raises:
        TranslatorFileError: it is no such file, damaged, or of another version.
    """
    with refusing(TranslatorFileError, "the translator is damaged, or none: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise TranslatorFileError(f"the file holds {header.format!r}: train the translator again")
        record = header.record_as(TranslatorRecord)
        if 2 * record.settings.couplings * record.settings.hidden**2 > len(data):
            raise ValueError("its record says more weights than it holds")  # before memory is taken for them
        bare = torch.zeros(record.width), torch.ones(record.width)
        chosen, turned = record.settings, turned_of(record.settings, len(record.elements))
        translator = Translator(*bare, record.layers, chosen.couplings, chosen.hidden, turned=turned)
        translator.load_state_dict(_read(load(data), record.width))
    return translator.eval().requires_grad_(False), record


def _read(tensors: Mapping[str, Tensor], width: int) -> dict[str, Tensor]:
    """The weights of a file, checked: halves are those of a style, numbers are finite.

    Raises:
        ValueError: they are not.
    """
    found = {name: values.float() if values.is_floating_point() else values.long() for name, values in tensors.items()}
    for name, values in found.items():
        if name.endswith(".kept"):
            halves = torch.cat([values, found[f"{name.removesuffix('kept')}moved"]])
            if not torch.equal(halves.sort().values, torch.arange(width)):
                raise ValueError("halves of a coupling overlap")
        elif values.is_floating_point() and not bool(values.isfinite().all()):
            raise ValueError("weights are not finite")
    return found
