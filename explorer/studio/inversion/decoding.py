"""The decoded picture of a target: judged as a search's result is, and recorded without pictures or vectors."""

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
from explorer.studio.catalogue.decoders import decoder_file, decoder_name, load_decoder
from explorer.studio.catalogue.networks import (
    DETECTOR_NETWORK,
    Networks,
    attacked_encoder,
    device_name,
    known_encoder,
    network_sha256,
)
from explorer.studio.export.lettering import marked
from explorer.studio.export.provenance import bare_record, png_bytes
from explorer.studio.files import atomic_write
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.versions import versions


class DecodedRun(BaseModel):
    """The record of one decoded picture.

    side: of the picture, in pixels. cosine: on the attacked encoder, as the picture was made.
    scores: of the saved picture, the attacked encoder's first; empty where no face is found in it.
    seconds: that decoding and judging by the attacked encoder took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-decoded-run/1"] = "likeness-decoded-run/1"
    method: Literal["decoder"] = "decoder"
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
    sought = target.embedding.to(networks.device)
    step = next(decoding(sought, networks.recogniser(encoder), networks.detector(), {}, decoder))
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
    hashes[decoder_name(encoder)] = hashlib.sha256(decoder_file(encoder).read_bytes()).hexdigest()
    record = DecodedRun(
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
