"""Table 1 of the Deep Face Decoder, trained: its rows from one start, each judged on the same faces by the same judges.

A row is a folder: its checkpoint, the seconds that it has taken, its decoder, and what was found on each set. What lies
there is not made again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from explorer.science.decoding.judging import MethodRow
from explorer.science.decoding.losses import DecoderLoss
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord, encode_decoder
from explorer.science.decoding.table_rows import Half, TableRow
from explorer.science.recognition.registry import default_encoders
from explorer.science.training.decoder import DecoderFaces, DecoderState, fit_start, train_decoder
from explorer.science.training.loop import Compute
from explorer.studio.catalogue.decoders import perceptual_network, read_decoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, known_encoder, network_sha256
from explorer.studio.corpus.decoder_faces import DecodedFaces
from explorer.studio.corpus.picture_judge import PictureJudge
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

DECODER, MEAN_FACE = "decoder", "mean face"


class TrainedRow(BaseModel):
    """A row of the table. half, name: as printed. acting: the terms that act.

    epochs, minutes: how far its training came, and how long that took. sets: what was found, by set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    half: Half
    name: str
    encoder: str
    perceptual: str
    acting: tuple[str, ...]
    epochs: float
    minutes: float
    trained_on: int
    sets: dict[str, MethodRow]


class DecoderRows(BaseModel):
    """The table. judges: the encoders that took part in no row. mean_face: that of the training faces, by set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = "likeness-decoder-rows/1"
    side: int
    seed: int
    minutes: float
    words: str
    judges: tuple[str, ...]
    mean_face: dict[str, MethodRow] = {}
    rows: list[TrainedRow] = []
    credits: dict[str, str] = {}


def judges_of_rows(rows: Sequence[TableRow]) -> tuple[str, ...]:
    """The program's own encoders that took part in no row, neither decoded nor among what pictures were compared by.

    A corpus is embedded by these, and more of them would take longer than the rows' training.
    """
    taking_part = {one for row in rows for one in (row.settings.encoder, row.settings.perceptual_encoder)}
    here = present_encoders()
    return tuple(name for name in default_encoders() if name in here and name not in taking_part)


@dataclass(frozen=True, eq=False)
class SharedFaces:
    """The faces that all rows of an encoder learn from. words: where they come from."""

    faces: DecoderFaces
    words: str


class RowClock:
    """Tells when a row's minutes are over. before: the seconds that it took before this call of the command."""

    def __init__(self, file: Path, minutes: float) -> None:
        self._file, self._limit, self._began = file, 60 * minutes, time.monotonic()
        try:
            self.before = float(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError):
            self.before = 0.0

    @property
    def seconds(self) -> float:
        """That the row has taken so far."""
        return self.before + time.monotonic() - self._began

    def over(self) -> bool:
        """Whether the minutes are over; asked behind each round, it notes the time."""
        seconds = self.seconds
        atomic_write(self._file, json.dumps(round(seconds, 1)).encode())
        return seconds > self._limit


class RowFolder:
    """Where a row lies: named by all that it follows from. source: where its faces come from, and how many."""

    def __init__(self, work: Path, row: TableRow, source: str, minutes: float) -> None:
        settings = row.settings
        known = [settings.model_dump(mode="json"), network_sha256(known_encoder(settings.encoder).network)]
        digest = hashlib.sha256(json.dumps([known, source, minutes], sort_keys=True).encode()).hexdigest()[:12]
        self.folder = private_folder(work / f"{settings.encoder}-{digest}")
        # Rows of one encoder begin with the same picture, which knows no losses.
        shared = [*known[1:], settings.side, settings.coarse, settings.components, settings.seed, source]
        begun = hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:12]
        self.start = work / f"{settings.encoder}-start-{begun}.pt"
        self.decoder, self.checkpoint = self.folder / "decoder.safetensors", self.folder / "training.pt"
        self.clock = self.folder / "seconds.json"

    def judged(self, called: str) -> Path:
        """What was found on a set."""
        return self.folder / f"judged-{called}.json"


def trained_row(
    networks: Networks,
    row: TableRow,
    place: RowFolder,
    minutes: float,
    faces: Callable[[], SharedFaces],
    compute: Compute,
    told: Callable[[DecoderState], None],
) -> tuple[FaceDecoder, DecoderRecord, float]:
    """Train a row's decoder, or go on with it; one that is there is read.

    Args:
        faces: of the row's encoder, asked for only where something is trained. told: of each state of the training.

    Returns:
        It, its record, and how many seconds it took.

    Raises:
        UserError: there are too few faces, or the perceptual network is none that may be used.
        MissingNetwork: a network is not in the cache.
    """
    settings = row.settings
    if place.decoder.exists():
        return *read_decoder(place.decoder)[:2], RowClock(place.clock, minutes).before
    known = faces().faces
    compared = perceptual_network(networks, settings)
    loss = DecoderLoss(settings, compared, known.unit_faces().to(networks.device))
    fit_start(known, settings, place.start, compute)
    clock = RowClock(place.clock, minutes)  # the faces were read, and the start was made, in nobody's time
    state = None
    for state in train_decoder(known, settings, loss, place.checkpoint, compute, clock.over, place.start):
        told(state)
    clock.over()
    assert state is not None
    assert state.decoder is not None, "what a training ends with is judged"
    record = DecoderRecord(
        settings=settings,
        dimension=known.embeddings.shape[-1],
        network=network_sha256(known_encoder(settings.encoder).network),
        perceptual_layer=None if compared is None else compared.layer,
        trained_on=len(known.fitting),
        epochs=state.epochs,
    )
    atomic_write(place.decoder, encode_decoder(state.decoder, record))
    for file in (place.checkpoint, place.checkpoint.with_suffix(".best.safetensors")):
        file.unlink(missing_ok=True)
    return *read_decoder(place.decoder)[:2], RowClock(place.clock, minutes).before


def seen_by(encoder: str, faces: DecodedFaces, judges: Sequence[str]) -> DecodedFaces:
    """Faces of a set with the embeddings of one of the encoders that have seen them, and what the judges say.

    Args:
        faces: `held_out` holds the embeddings of all encoders.
    """
    kept = {name: faces.held_out[name] for name in judges if name in faces.held_out}
    return DecodedFaces(faces.name, faces.held_out[encoder], faces.frames, faces.people, kept, faces.credit)


def judged_row(
    networks: Networks, decoder: FaceDecoder, seen: Callable[[], DecodedFaces], mean: bool = False
) -> MethodRow:
    """What a decoder comes to on faces, or where `mean` is set its mean face."""
    faces = seen()
    wanted = faces.pictures(decoder.side)
    made = decoder.mean_face.expand_as(wanted) if mean else decoder.pictures(faces.embeddings)
    judge = PictureJudge(networks)
    return judge.row(MEAN_FACE if mean else DECODER, judge.measures(wanted, made), made, faces, None)


def kept_row(file: Path, make: Callable[[], MethodRow]) -> MethodRow:
    """What a file holds, or what is made and then kept there."""
    try:
        return MethodRow.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        made = make()
        atomic_write(file, made.model_dump_json(indent=1).encode())
        return made


def row_of(row: TableRow, record: DecoderRecord, seconds: float, sets: Mapping[str, MethodRow]) -> TrainedRow:
    """A row of the table from what was trained and found."""
    return TrainedRow(
        half=row.half,
        name=row.name,
        encoder=record.settings.encoder,
        perceptual=record.settings.perceptual,
        acting=record.settings.acting,
        epochs=record.epochs,
        minutes=seconds / 60,
        trained_on=record.trained_on,
        sets=dict(sets),
    )
