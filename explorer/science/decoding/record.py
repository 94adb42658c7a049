"""A decoder's file: weights as signed bytes, and what is known of them."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load, save

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.errors import LikenessError
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.compact import dequantise, quantise_int8

_FORMAT = "likeness-decoder/1"


class DecoderFileError(LikenessError, ValueError):
    """A decoder's file that cannot be used; the message says why."""


class DecoderRecord(BaseModel):
    """What is known of a decoder besides its weights.

    settings: all that it follows from besides the faces. dimension: of the embeddings.
    network: sha256 of the encoder's.
    perceptual_layer: of the perceptual network; None where no perceptual term acted.
    trained_on: how many faces; photographs: how many of these were of people.
    epochs: how many passes over the faces it came to, whole or not; the best is kept.
    held_out: on faces that it did not learn from, by name of the measure; chance is the mean face's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: DecoderSettings
    dimension: int
    network: str
    perceptual_layer: str | None = None
    trained_on: int
    photographs: int = 0
    epochs: float
    held_out: dict[str, MetricValue] = {}


def encode_decoder(decoder: FaceDecoder, record: DecoderRecord) -> bytes:
    """A decoder as the bytes of a safetensors file, matrices and kernels as signed bytes."""
    about = {"format": _FORMAT, "record": record.model_dump(mode="json")}
    data: bytes = save(quantise_int8(decoder.state_dict()), {"about": json.dumps(about, sort_keys=True)})
    return data


def decode_decoder(data: bytes, encoder: str, layer: str | None = None) -> tuple[FaceDecoder, DecoderRecord]:
    """The decoder of a file, ready to be used.

    Raises:
        DecoderFileError: it is damaged, of another version, encoder or layer.
    """
    try:
        found, record = _about(data)
        decoder = FaceDecoder(record.dimension, record.settings)
        decoder.load_state_dict(dequantise(load(data)))
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DecoderFileError(f"the decoder for {_what(encoder, layer)} is damaged: train it again") from error
    held = record.settings.encoder, record.settings.layer
    if found != _FORMAT or held != (encoder, layer):
        raise DecoderFileError(
            f"the file holds {found} for {_what(*held)}, not for {_what(encoder, layer)}: train it again"
        )
    return decoder.eval().requires_grad_(False), record


def recorded_of(data: bytes) -> DecoderRecord:
    """What a decoder's file says of itself.

    Raises:
        DecoderFileError: it is no decoder's, or damaged.
    """
    try:
        return _about(data)[1]
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderFileError("the file is no decoder, or it is damaged: train it again") from error


def _about(data: bytes) -> tuple[str, DecoderRecord]:
    """The format and the record of a file."""
    length = int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["about"])
    return str(about["format"]), DecoderRecord.model_validate(about["record"])


def _what(encoder: str, layer: str | None) -> str:
    return encoder if layer is None else f"{encoder} at {layer}"
