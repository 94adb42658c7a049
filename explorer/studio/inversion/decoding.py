"""A target's picture in one pass, by a decoder or Vec2Face: judged as a search's result, recorded without vectors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.evaluation.score import EncoderScore
from explorer.science.evaluation.scoring import score_image
from explorer.science.inversion.decoded import decoding
from explorer.science.inversion.one_pass import OnePass
from explorer.science.vec2face.generator import WithBackground
from explorer.studio.catalogue.decoders import decoder_file, decoder_name, load_decoder
from explorer.studio.catalogue.networks import (
    DETECTOR_NETWORK,
    Networks,
    attacked_encoder,
    device_name,
    known_encoder,
    network_sha256,
)
from explorer.studio.catalogue.vec2face import load_vec2face, vec2face_file, vec2face_name
from explorer.studio.export.lettering import marked
from explorer.studio.export.provenance import bare_record, png_bytes
from explorer.studio.files import atomic_write
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.versions import versions


class DecodedRun(BaseModel):
    """The record of one decoded picture.

    background: by which seed Vec2Face draws what the vector does not say; None of a decoder.
    file: the name of the generator's file where one was given; empty for the encoder's own.
    side: of the picture, in pixels. cosine: on the attacked encoder, as the picture was made.
    scores: of the saved picture, the attacked encoder's first; empty where no face is found in it.
    seconds: that decoding and judging by the attacked encoder took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-decoded-run/1"] = "likeness-decoded-run/1"
    method: Literal["decoder", "vec2face"] = "decoder"
    background: int | None = None
    file: str = Field("", max_length=1000)
    encoder: str
    target: TargetRecord
    side: int
    cosine: float
    scores: list[EncoderScore] = Field(default_factory=list)
    result_face_found: bool = True
    seconds: float
    device: str
    versions: dict[str, str]
    networks: dict[str, str] = Field(description="sha256 of every network file that took part, by catalogue id")
    created: str = Field(description="UTC, ISO 8601")


@dataclass(frozen=True, eq=False)
class FinishedDecoding:
    """A record and its picture, (S, S, 3) uint8 RGB."""

    run: DecodedRun
    picture: NDArray[np.uint8]


KIND = "decoded picture"


def write_picture(path: Path, finished: FinishedDecoding, mark: bool) -> Path:
    """Write a decoded picture as PNG with its record, from which it is made again.

    Args:
        mark: whether it says in its corner that it is a reconstruction.
    """
    run = finished.run
    about = bare_record(
        kind=KIND, source=run.target.model_dump(mode="json"), decoded=run.model_dump(mode="json"), mark=mark
    )
    return atomic_write(path, png_bytes(marked(finished.picture) if mark else finished.picture, about))


def run_decoder(networks: Networks, target: InversionTarget, encoder: str) -> FinishedDecoding:
    """Decode a target's embedding, and score the picture under every encoder that saw the photograph.

    Raises:
        UserError: the encoder only judges, or has no decoder; the message says how to train one.
        MissingNetwork: a network is not in the cache.
    """
    attacked_encoder(encoder)
    decoder, _ = load_decoder(encoder)
    return _drawn(networks, target, encoder, _Way("decoder", decoder, decoder_name(encoder), decoder_file(encoder)))


def run_vec2face(
    networks: Networks, target: InversionTarget, encoder: str, file: Path | None = None, background: int = 0
) -> FinishedDecoding:
    """As `run_decoder`, by a generator from vectors to faces.

    Args:
        file: of the generator; the encoder's own if None. background: seed of what the vector does not say.

    Raises:
        UserError: the encoder only judges, or the generator is missing or another's.
        MissingNetwork: a network is not in the cache.
    """
    attacked_encoder(encoder)
    generator, _ = load_vec2face(encoder, file)
    drawing = WithBackground(generator, background)
    own = file or vec2face_file(encoder)
    way = _Way("vec2face", drawing, vec2face_name(encoder), own, background, given=file is not None)
    return _drawn(networks, target, encoder, way)


@dataclass(frozen=True, eq=False)
class _Way:
    """What draws in one pass; name: among the networks that took part. given: the file, not the encoder's own."""

    method: Literal["decoder", "vec2face"]
    network: OnePass
    name: str
    file: Path
    background: int | None = None
    given: bool = False


def _drawn(networks: Networks, target: InversionTarget, encoder: str, way: _Way) -> FinishedDecoding:
    sought = target.embedding.to(networks.device)
    step = next(decoding(sought, networks.recogniser(encoder), networks.detector(), {}, way.network))
    picture = step.image()
    targets = {encoder: target.embedding, **target.held_out}
    scores = score_image(
        picture,
        targets,
        encoder,
        detector=networks.detector(),
        recognisers={name: networks.recogniser(name) for name in targets},
        calibrations={name: networks.calibration(name) for name in targets},
    )
    taking_part = [known_encoder(name).network for name in targets] + [DETECTOR_NETWORK]
    hashes = {network: network_sha256(network) for network in taking_part}
    hashes[way.name] = hashlib.sha256(way.file.read_bytes()).hexdigest()
    record = DecodedRun(
        method=way.method,
        background=way.background,
        file=way.file.name if way.given else "",
        encoder=encoder,
        target=target.record,
        side=picture.shape[0],
        cosine=step.cosine,
        scores=scores,
        result_face_found=bool(scores),
        seconds=step.seconds,
        device=device_name(networks.device),
        versions=versions({"encoders": (encoder, *target.held_out)}),
        networks=hashes,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return FinishedDecoding(record, picture)
