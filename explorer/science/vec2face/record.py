"""A generator's file: its weights, and what is known of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load

from explorer.science.errors import LikenessError
from explorer.science.networks.described import described_bytes, read_header, refusing
from explorer.science.vec2face.generator import VectorToFace
from explorer.science.vec2face.settings import Configuration, Vec2FaceSettings

_FORMAT = "likeness-vec2face/1"


class Vec2FaceFileError(LikenessError, ValueError):
    """A generator's file that cannot be used; the message says why."""


class Vec2FaceRecord(BaseModel):
    """What is known of a generator from vectors to faces besides its weights.

    encoder: whose vectors it takes, and dimension of them. network: sha256 of the encoder's file.
    configuration: its letter in table II; None where none is like it.
    black_box: whether no slope of the encoder was used. taught_by: whose features and vectors eq. 15 compared, in
        words, and metric, the digest of the bijective metric's pictures; None where the term did not count.
    learnt_from: in words; so many `faces` of `people`. digest: of these.
    losses: of the last step, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Vec2FaceSettings
    encoder: str
    dimension: int = Field(ge=1)
    network: str
    configuration: Configuration | None = None
    black_box: bool = False
    taught_by: str | None = None
    metric: str | None = None
    learnt_from: str
    faces: int = Field(ge=1)
    people: int = Field(ge=1)
    digest: str
    losses: dict[str, float] = Field(default_factory=dict)


def encode_vec2face(generator: VectorToFace, record: Vec2FaceRecord) -> bytes:
    """A generator as the bytes of a safetensors file."""
    weights = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    return described_bytes(_FORMAT, record, weights)


def decode_vec2face(data: bytes) -> tuple[VectorToFace, Vec2FaceRecord]:
    """The generator of a file, ready to be used.

    Raises:
        Vec2FaceFileError: it is no generator's, damaged, or of another version.
    """
    with refusing(Vec2FaceFileError, "the generator is damaged, or none from vectors to faces: train it again"):
        header = read_header(data)
        if header.format != _FORMAT:
            raise Vec2FaceFileError(f"the file holds {header.format!r}, no generator of this version: train it again")
        record = header.record_as(Vec2FaceRecord)
        generator = VectorToFace(record.dimension, record.settings)
        generator.load_state_dict(load(data))
        if not all(bool(value.isfinite().all()) for value in generator.state_dict().values()):
            raise ValueError("its weights are not finite")
    return generator.eval().requires_grad_(False), record
