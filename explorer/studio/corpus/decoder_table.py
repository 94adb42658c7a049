"""Table 1 of the Deep Face Decoder, measured: a decoder beside three ways to know less, or to take longer.

The baselines are the mean face of the faces that the decoder learnt from, the picture of the nearest known face by
embedding, and the inversion by search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.decoding.judging import MethodRow
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.decoder_faces import FRAME, DecodedFaces, sized
from explorer.studio.corpus.picture_judge import PictureJudge
from explorer.studio.errors import UserError
from explorer.studio.evaluation.strangers import Step
from explorer.studio.inversion.running import FinishedInversion, Inverting, run_inversion
from explorer.studio.inversion.targets import bare_target

# Runs an inversion to its end.
Consume = Callable[[Inverting], FinishedInversion]
DECODER, NEAREST = "decoder", "nearest known face"
"""The names of rows."""


class DecoderTable(BaseModel):
    """A decoder on one set. rows: the decoder first, then the baselines.

    encoder, layer, perceptual, side: of its settings. credit: what the set's makers ask for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = "likeness-decoder-table/1"
    set: str
    encoder: str
    layer: str | None
    perceptual: str
    weights: dict[str, float]
    side: int
    trained_on: int
    rows: list[MethodRow]
    credit: str = ""


@dataclass(frozen=True, eq=False)
class KnownFaces:
    """Faces to look the nearest up among. embeddings: (M, D). pictures: (M, S, S, 3) uint8 RGB of the common frame."""

    embeddings: Tensor
    pictures: Tensor

    def nearest(self, embeddings: Tensor, side: int) -> Tensor:
        """The picture of the nearest by cosine, (N, 3, S, S) in [0, 1]."""
        similar = F.normalize(embeddings, dim=-1) @ F.normalize(self.embeddings, dim=-1).T
        return torch.stack([sized(self.pictures[row].numpy(), side) for row in similar.argmax(1).tolist()])


def judges_of(record: DecoderRecord) -> tuple[str, ...]:
    """The encoders that took no part: neither decoded nor among what pictures were compared by."""
    taking_part = {record.settings.encoder, record.settings.perceptual_encoder}
    return tuple(name for name in present_encoders() if name not in taking_part)


def decoder_table(
    networks: Networks,
    decoder: FaceDecoder,
    record: DecoderRecord,
    faces: DecodedFaces,
    known: KnownFaces | None,
    inversions: tuple[int, Consume] | None,
    step: Step,
    cosines: int | None = None,
) -> DecoderTable:
    """Judge a decoder on faces.

    Args:
        known: to look the nearest face up among; without, that row is missing.
        inversions: how many faces are inverted for comparison, and what runs each; without, that row is missing.
        step: told how many rows are done.
        cosines: in so many pictures of a row at most faces are looked for and shown to held-out encoders.

    Raises:
        UserError: the decoder has a layer, and is to stand beside inversions.
    """
    side, rows = decoder.side, list[MethodRow]()
    total = 2 + (known is not None) + (inversions is not None)
    wanted = faces.pictures(side)
    mean_pictures = decoder.mean_face.expand_as(wanted)
    judge = PictureJudge(networks, cosines)
    mean = judge.measures(wanted, mean_pictures)
    ways: dict[str, Tensor] = {DECODER: decoder.pictures(faces.embeddings)}
    if known is not None:
        ways[NEAREST] = known.nearest(faces.embeddings, side)
    measured = {name: judge.measures(wanted, made) for name, made in ways.items()}
    for name, made in ways.items():
        nearest = None if name == NEAREST else measured.get(NEAREST)
        rows.append(judge.row(name, measured[name], made, faces, mean, nearest))
        step(len(rows), total)
    rows.append(judge.row("mean face", mean, mean_pictures, faces, None))
    step(len(rows), total)
    if inversions is not None:
        some, searched = _inverted(networks, record, faces, inversions)
        there = some.pictures(side)
        mean = judge.measures(there, decoder.mean_face.expand_as(there))
        rows.append(judge.row("inversion", judge.measures(there, searched), searched, some, mean))
        step(len(rows), total)
    return DecoderTable(
        set=faces.name,
        encoder=record.settings.encoder,
        layer=record.settings.layer,
        perceptual=record.settings.perceptual,
        weights=record.settings.weights,
        side=side,
        trained_on=record.trained_on,
        rows=rows,
        credit=faces.credit,
    )


def _inverted(
    networks: Networks, record: DecoderRecord, faces: DecodedFaces, inversions: tuple[int, Consume]
) -> tuple[DecodedFaces, Tensor]:
    """Some of the faces, and the frames of what a search makes of their embeddings, at the decoder's side."""
    if record.settings.layer is not None:
        raise UserError("a search goes by an encoder's own embeddings: leave --inversions out for a layer's decoder")
    count, consume = inversions
    some, settings = faces.first(count), InversionSettings(encoder=record.settings.encoder)
    made = [searched_frame(networks, embedding, settings, consume)[0] for embedding in some.embeddings]
    return some, torch.stack([sized(frame, record.settings.side) for frame in made])


def searched_frame(
    networks: Networks, embedding: Tensor, settings: InversionSettings, consume: Consume
) -> tuple[Frame, FinishedInversion]:
    """What a search makes of an embedding (D,), laid over a photograph by its points: (R, R, 3); and all else of it.

    Args:
        consume: runs the search to its end.
    """
    target = bare_target(embedding.numpy(), settings.encoder, "face")
    finished = consume(run_inversion(networks, target, settings))
    face = networks.detector().detect_in_frame(finished.native)
    # Laid over the photograph by its points, as every face is; as drawn where it shows none.
    frame = finished.native if face is None else crop_frame(Photograph(finished.native, "", ""), face, FRAME).frame
    return frame, finished
