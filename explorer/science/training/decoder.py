"""Train a decoder from embeddings to pictures (Deep Face Decoder, section 3.3).

Adam, ten epochs at most, and an end where faces that nothing is learnt from have gained nothing for three of them; the
best epoch is kept. An epoch may be left before its end, where time is short: what there is then is judged as well.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from explorer.science.decoding.losses import DecoderLoss
from explorer.science.decoding.network import CoarsePicture, FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.generation.mixed_precision import multiplies_bfloat16
from explorer.science.processes import processes
from explorer.science.shares import agreed
from explorer.science.training.coarse_picture import fit_coarse_picture
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded

# Steps of a round, behind each of which a training may be left and gone on with.
_STEPS = 32
# So many training faces are enough for their mean, and for the unit of features.
_MEAN_OF, _UNIT_OF = 2048, 128
# Of the held-out faces so many are looked at after every epoch.
_JUDGED = 256


@dataclass(frozen=True, eq=False)
class DecoderFaces:
    """Faces to learn from and to decide by.

    embeddings: (N, D). pictures: (N, S, S, 3) uint8 RGB of the common frame. fitting, held_out: rows.
    """

    embeddings: Tensor
    pictures: Tensor
    fitting: Tensor
    held_out: Tensor

    def __post_init__(self) -> None:
        if min(len(self.fitting), len(self.held_out)) < 2:
            raise ValueError("there are too few faces for a decoder: give more")

    def seen(self, rows: Tensor) -> Tensor:
        """The pictures of some rows, (B, 3, S, S) in [0, 1]."""
        return self.pictures[rows].permute(0, 3, 1, 2).float() / 255

    def unit_faces(self) -> Tensor:
        """The training faces, (n, 3, S, S), on which the unit of features is measured."""
        return self.seen(self.fitting[:_UNIT_OF])

    def mean_face(self, chunk: int = 256) -> Tensor:
        """The mean (3, S, S) of training faces' pictures."""
        rows = self.fitting[:_MEAN_OF]
        total = torch.stack([self.seen(part).double().sum(0) for part in rows.split(chunk)]).sum(0)
        return (total / len(rows)).float()

    def areas(self, side: int, chunk: int = 256) -> Tensor:
        """The mean colours (N, 3, side, side) of areas of the training faces' pictures."""
        areas = torch.empty(len(self.fitting), 3, side, side)
        for start in range(0, len(areas), chunk):
            rows = self.fitting[start : start + chunk]
            areas[start : start + chunk] = F.adaptive_avg_pool2d(self.seen(rows), side)
        return areas


@dataclass(frozen=True, eq=False)
class DecoderState:
    """Progress of a training.

    epochs: passes made over the faces, broken ones counted by their share.
    losses: of the batch before the last step, by term; "loss" is their weighted sum.
    held_out: the loss on held-out faces behind every epoch so far.
    decoder: the best of them, on the CPU; None before the first.
    """

    epochs: float
    losses: Mapping[str, float]
    held_out: tuple[float, ...]
    decoder: FaceDecoder | None


def train_decoder(
    faces: DecoderFaces,
    settings: DecoderSettings,
    loss: DecoderLoss,
    checkpoint: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
    start: Path | None = None,
) -> Iterator[DecoderState]:
    """Fit a decoder, yielding after some steps at a time; the last state's decoder is the result.

    A training goes on from its checkpoint, and ends as if it had never stopped.

    Args:
        loss: on the device of the training.
        checkpoint: of these faces and settings alone; the best decoder so far lies beside it.
        out_of_time: asked before each round; the training ends where it says so.
        start: checkpoint of the first picture, where several decoders begin with one; beside `checkpoint` where None.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    decoder = fit_start(faces, settings, start or checkpoint.with_suffix(".coarse.pt"), compute)
    # In bfloat16 kernels are a third faster so.
    decoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = math.ceil(len(faces.fitting) / settings.batch)
    rounds = math.ceil(steps / _STEPS)
    plan = _plan(faces, settings, loss, checkpoint, rounds)
    loop = TrainingLoop(decoder, plan, compute)
    best = _Best(checkpoint.with_suffix(".best.safetensors"), plan.identity, loop.made)
    losses: Mapping[str, float] = {}

    def state() -> DecoderState:
        return DecoderState(loop.made / rounds, losses, best.history, best.decoder(faces, settings))

    def judged(whole: bool = True) -> bool:
        """Look at the held-out faces behind an epoch, whole or not; whether the training is over."""
        if best.judged_at != loop.made:
            best.note(loop.made, _held_out_loss(decoder, faces, settings, loss, loop.device), decoder, keep=whole)
        return best.without_progress >= settings.patience

    if loop.made:
        over = loop.made % rounds == 0 and judged()
        yield state()
        if over or loop.made == plan.rounds:
            return
    for made in loop:
        losses = {name: float(value) for name, value in made.losses.items()}
        over = made.made % rounds == 0 and judged()
        if not over and agreed(out_of_time()):
            judged(whole=False)
            over = True
        yield state()
        if over:
            return


def fit_start(faces: DecoderFaces, settings: DecoderSettings, start: Path, compute: Compute = CPU) -> FaceDecoder:
    """The decoder with which a training begins: its first picture, if it has one, is fitted or read.

    What the first picture becomes follows from the faces, the seed and its size alone, not from the losses.

    Args:
        start: checkpoint of the first picture, of these faces alone.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    with seeded(settings.seed):
        decoder = FaceDecoder(faces.embeddings.shape[-1], settings)
    decoder.standardise(faces.embeddings[faces.fitting], faces.mean_face())
    if decoder.coarse is not None:
        _fit_coarse(decoder.coarse, decoder, faces, settings, start, compute)
    return decoder


def _fit_coarse(
    coarse: CoarsePicture,
    decoder: FaceDecoder,
    faces: DecoderFaces,
    settings: DecoderSettings,
    checkpoint: Path,
    compute: Compute,
) -> None:
    """Fit the coarse picture, which stays as it is from then on."""
    units = decoder.units(faces.embeddings[faces.fitting].float())
    # In its place: with its copy it would be the largest thing in memory.
    areas = faces.areas(coarse.side).sub_(F.adaptive_avg_pool2d(decoder.mean_face, coarse.side))
    fit_coarse_picture(coarse, units, areas, settings.seed, checkpoint, compute)
    coarse.to("cpu").requires_grad_(False)


def _plan(
    faces: DecoderFaces, settings: DecoderSettings, loss: DecoderLoss, checkpoint: Path, rounds: int
) -> Plan[FaceDecoder, tuple[Tensor, Tensor]]:
    """The plan of a training whose epochs have so many rounds."""

    def batches(number: int) -> Iterator[tuple[Tensor, Tensor]]:
        epoch, part = divmod(number, rounds)
        random = torch.Generator().manual_seed(settings.seed + 1000 * epoch)
        order = faces.fitting[torch.randperm(len(faces.fitting), generator=random)]
        for rows in order.split(settings.batch)[part * _STEPS : (part + 1) * _STEPS]:
            yield faces.embeddings[rows], faces.seen(rows)

    def losses(decoder: FaceDecoder, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        embeddings, wanted = batch
        with _numbers(settings, wanted.device):
            return loss(wanted, _channels_last(decoder(embeddings).float()))

    return Plan(
        identity=f"decoder: {settings.model_dump_json()}",
        seed=settings.seed,
        rounds=settings.epochs * rounds,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", settings.rate, settings.schedule),
        checkpoint=checkpoint,
    )


def _channels_last(pictures: Tensor) -> Tensor:
    """As the wanted pictures lie: the perceptual network then is a quarter faster."""
    return pictures.contiguous(memory_format=torch.channels_last)


def _numbers(settings: DecoderSettings, device: torch.device) -> AbstractContextManager[Any]:
    """By what numbers a step is made."""
    quick = device.type == "cuda" or (device.type == "cpu" and multiplies_bfloat16())
    return torch.autocast(device.type, torch.bfloat16) if settings.precision == "mixed" and quick else nullcontext()


@torch.no_grad()
def _held_out_loss(
    decoder: FaceDecoder, faces: DecoderFaces, settings: DecoderSettings, loss: DecoderLoss, device: torch.device
) -> float:
    decoder.eval()
    found: list[Tensor] = []
    with _numbers(settings, device):
        for rows in faces.held_out[:_JUDGED].split(settings.batch):
            decoded = _channels_last(decoder(faces.embeddings[rows].to(device)).float())
            found.append(loss(faces.seen(rows).to(device), decoded)["loss"].double() * len(rows))
    return float(torch.stack(found).sum()) / min(len(faces.held_out), _JUDGED)


class _Best:
    """The best decoder so far, and what held-out faces lost behind every epoch; kept in a file beside the checkpoint.

    made: rounds of the checkpoint that the training goes on from: what was noted behind them does not count.
    """

    def __init__(self, file: Path, identity: str, made: int) -> None:
        self._file, self._identity = file, identity
        self._weights: dict[str, Tensor] = {}
        self._decoder: FaceDecoder | None = None
        self._noted: list[tuple[int, float]] = []
        if made:
            self._read(made)

    @property
    def history(self) -> tuple[float, ...]:
        """The losses, in order."""
        return tuple(loss for _, loss in self._noted)

    @property
    def judged_at(self) -> int:
        """Behind how many rounds the last was noted."""
        return self._noted[-1][0] if self._noted else 0

    @property
    def without_progress(self) -> int:
        """How many epochs have passed since the best."""
        losses = self.history
        return len(losses) - 1 - losses.index(min(losses)) if losses else 0

    def note(self, made: int, loss: float, decoder: FaceDecoder, keep: bool) -> None:
        """Note a loss, and take the decoder where none was lower.

        keep: in the file as well: a training that goes on knows nothing of epochs that were left before their end.
        """
        if not self._noted or loss < min(self.history):
            self._weights = {name: weight.cpu().contiguous().clone() for name, weight in decoder.state_dict().items()}
            self._decoder = None
        self._noted.append((made, loss))
        if not keep or not processes().first:
            return
        about = json.dumps({"training": self._identity, "noted": self._noted})
        unfinished = self._file.with_suffix(".partial")
        unfinished.write_bytes(save(self._weights, {"about": about}))
        unfinished.replace(self._file)

    def decoder(self, faces: DecoderFaces, settings: DecoderSettings) -> FaceDecoder | None:
        """The best one, to be used; None before any was judged."""
        if self._decoder is None and self._weights:
            best = FaceDecoder(faces.embeddings.shape[-1], settings)
            best.load_state_dict(self._weights)
            self._decoder = best.eval().requires_grad_(False)
        return self._decoder

    def _read(self, made: int) -> None:
        try:
            with safe_open(self._file, "pt") as file:
                about = json.loads(file.metadata()["about"])
            noted = [(int(at), float(loss)) for at, loss in about["noted"]]
            weights = load(self._file.read_bytes())
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            return  # nothing was judged yet, or it is lost: what comes is judged anew
        if about.get("training") == self._identity and noted and noted[-1][0] <= made:
            self._noted, self._weights = noted, weights
