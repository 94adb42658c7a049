"""A decoder's file: weights as signed bytes, and what is known of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from safetensors.torch import load

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.errors import LikenessError
from explorer.science.leakage.readout import MetricValue
from explorer.science.networks.compact import dequantise, quantise_int8
from explorer.science.networks.described import described_bytes, read_header, refusing

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
    return described_bytes(_FORMAT, record, quantise_int8(decoder.state_dict()))


def decode_decoder(data: bytes, encoder: str, layer: str | None = None) -> tuple[FaceDecoder, DecoderRecord]:
    """The decoder of a file, ready to be used.

    Raises:
        DecoderFileError: it is damaged, of another version, encoder or layer.
    """
    with refusing(DecoderFileError, f"the decoder for {_what(encoder, layer)} is damaged: train it again"):
        header = read_header(data)
        record = header.record_as(DecoderRecord)
        decoder = FaceDecoder(record.dimension, record.settings)
        decoder.load_state_dict(dequantise(load(data)))
    held = record.settings.encoder, record.settings.layer
    if header.format != _FORMAT or held != (encoder, layer):
        raise DecoderFileError(
            f"the file holds {header.format} for {_what(*held)}, not for {_what(encoder, layer)}: train it again"
        )
    return decoder.eval().requires_grad_(False), record


def recorded_of(data: bytes) -> DecoderRecord:
    """What a decoder's file says of itself.

    Raises:
        DecoderFileError: it is no decoder's, or damaged.
    """
    with refusing(DecoderFileError, "the file is no decoder, or it is damaged: train it again"):
        return read_header(data).record_as(DecoderRecord)


def _what(encoder: str, layer: str | None) -> str:
    return encoder if layer is None else f"{encoder} at {layer}"
