"""Impostor statistics of photographs: those that ship with the program, and those of sets that the user measured.

A file holds numbers alone: at every score how many pairs of strangers pass, and the interval of that by person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as encode

from explorer.science.evaluation.score import GENERATED
from explorer.science.names import shown
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import ImpostorRates
from explorer.science.recognition.registry import encoder_spec
from explorer.science.remarks import remark
from explorer.studio import catalogue, places
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

SHIPPED = ("orl", "openpeople")
_FORMAT = "likeness-impostors/1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_PARTS = ("passing", "low", "high")


class _About(BaseModel):
    """What is known of one population under one encoder. network: sha256 of the encoder's weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Metric
    people: int = Field(ge=2)
    photographs: int = Field(ge=2)
    pairs: int = Field(ge=1)
    lowest: int
    network: str


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    populations: dict[str, dict[str, _About]]


def known_impostors(encoder: str) -> dict[str, ImpostorRates]:
    """The rates of every population of photographs that was measured under an encoder, by name: those that ship
    first, then the user's by name. A file that cannot be read is passed over and remarked upon.
    """
    card = brought_encoder(encoder)
    own = shipped_file(encoder) if card is None else card.impostors
    found = _rates_in(own if card is not None or own.exists() else shipped_file(), encoder)
    for file in _kept_files():
        found |= _rates_in(file, encoder)
    return found


def shipped_file(encoder: str | None = None) -> Path:
    """Where the statistics lie that ship: of all shipped encoders in common, or of one in a file of its own."""
    return places.models() / ("impostors.safetensors" if encoder is None else f"impostors-{encoder}.safetensors")


def kept_folder() -> Path:
    """Where the statistics lie of sets that the user measured, made or not."""
    return places.state() / "impostors"


def _kept_files() -> list[Path]:
    try:
        return sorted(kept_folder().glob("*.safetensors"))
    except places.NoHomeError:  # whoever has no place for them has kept none
        return []


def checked_name(name: str) -> str:
    """A name for a population of the user's.

    Raises:
        UserError: it cannot be one.
    """
    if not _NAME.fullmatch(name) or name.lower() in {*SHIPPED, GENERATED}:
        raise UserError(
            f"--keep {shown(name)}: a name of at most 40 letters, digits, dots, dashes and underscores is needed, "
            f"other than {', '.join((*SHIPPED, GENERATED))}"
        )
    return name


def keep_impostors(name: str, by_encoder: Mapping[str, ImpostorRates]) -> Path:
    """Keep what was measured on a set of the user's; an earlier one of that name is replaced. Returns the file.

    Raises:
        UserError: the name cannot be one, or the file cannot be written.
    """
    file = places.private_folder(kept_folder()) / f"{checked_name(name)}.safetensors"
    return atomic_write(file, encode_impostors({name: by_encoder}))


def encode_impostors(
    populations: Mapping[str, Mapping[str, ImpostorRates]], networks: Mapping[str, str] | None = None
) -> bytes:
    """Rates by population and encoder as the bytes of one safetensors file; the intervals in half precision.

    Args:
        networks: sha256 of the encoders' weights, of those that are not registered yet.
    """
    tensors, known = {}, dict[str, dict[str, _About]]()
    for population, by_encoder in populations.items():
        known[population] = {}
        for encoder, rates in by_encoder.items():
            place = f"{population}/{encoder}"
            tensors[f"{place}/passing"] = rates.passing.int()
            tensors[f"{place}/low"], tensors[f"{place}/high"] = rates.low.half(), rates.high.half()
            known[population][encoder] = _About(
                measure=rates.measure,
                people=rates.people,
                photographs=rates.photographs,
                pairs=rates.pairs,
                lowest=rates.lowest,
                network=(networks or {}).get(encoder) or _network(encoder),
            )
    header = _Header(format=_FORMAT, populations=known)
    data: bytes = encode(tensors, {"about": header.model_dump_json()})
    return data


def _rates_in(file: Path, encoder: str) -> dict[str, ImpostorRates]:
    try:
        return _decoded(file, encoder)
    except FileNotFoundError:
        return {}
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        remark(
            f"{shown(file)} is damaged or of another version and passed over: remove it, or measure it again ({error})"
        )
        return {}


def _decoded(file: Path, encoder: str) -> dict[str, ImpostorRates]:
    with safe_open(file, framework="pt") as tensors:
        header = _Header.model_validate_json((tensors.metadata() or {})["about"])
        if header.format != _FORMAT:
            raise ValueError(f"its format is {header.format}")
        found = {}
        for population, by_encoder in header.populations.items():
            about = by_encoder.get(encoder)
            # Rates that were measured with other weights say nothing of these.
            if about is None or about.network != _network(encoder):
                continue
            passing, low, high = (tensors.get_tensor(f"{population}/{encoder}/{part}") for part in _PARTS)
            if not (
                len(passing.shape) == 1 and passing.shape == low.shape == high.shape and about.pairs in passing[:1]
            ):
                raise ValueError(f"what it holds of {encoder} does not fit together")
            found[population] = ImpostorRates(
                about.measure,
                about.people,
                about.photographs,
                about.pairs,
                about.lowest,
                passing.long(),
                low.float(),
                high.float(),
            )
        return found


def _network(encoder: str) -> str:
    return catalogue.sha256(encoder_spec(encoder).network)
