"""Several inversions of one embedding, each from starts of its own, and what their results agree in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.variation import Agreement, SeenFaces, agreements, colour_spread, mean_face
from explorer.science.inversion.invert import Weights
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import NETWORKS, Labellers, halved, stacked
from explorer.science.leakage.readout import CANNOT_TELL, Readout
from explorer.science.training.corpus import embed
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, main_networks, network_sha256
from explorer.studio.catalogue.probes import read_embedding
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.running import FinishedInversion, InversionTarget
from explorer.studio.inversion.several import MemberDone, MemberEvent, run_settings, run_several
from explorer.studio.leakage.reconstructions import Reconstruction
from explorer.studio.leakage.seeing import SeenFace, reconstruction_of_labels, see_picture

FEWEST, MOST = 2, 64
# Faces of the generator, untruncated, of which nothing is determined.
RANDOM_FACES, _RANDOM_SEED, _RANDOM_SIDE = 24, 7_000_000, 512


class Variation(BaseModel):
    """What several inversions of one embedding have in common. Holds no pictures.

    runs: in order; their seeds differ. without_face: numbers of the runs, from 0, whose results show no face: they are
        left out of the measures. random_faces: how many stand beside them.
    readouts: which class or number the encoder's probes read off the embedding itself, in words, by probe; empty where
        it has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-variation/1"] = "likeness-variation/1"
    runs: list[InversionRun]
    without_face: list[int] = Field(default_factory=list)
    random_faces: int
    agreements: list[Agreement]
    readouts: dict[str, str] = Field(default_factory=dict)

    @property
    def guided_by_photograph(self) -> bool:
        """Whether more of the photograph was used than its embedding."""
        return any(run.guided_by_photograph for run in self.runs)


@dataclass(frozen=True, eq=False)
class FinishedVariation:
    """The record, and its pictures.

    results: of every run. mean: (448, 448, 3) uint8 RGB, the mean of their faces in the common frame.
    spread: (448, 448) float32, how much the colour of each of its pixels varies, in CIELAB units.
    labels: (N, ...) by name, what the labellers say of the N results that show a face; None in a session of an earlier
        version.
    """

    record: Variation
    results: tuple[FinishedInversion, ...]
    mean: NDArray[np.uint8]
    spread: NDArray[np.float32]
    labels: Mapping[str, NDArray[Any]] | None = None

    def reconstruction(self) -> Reconstruction | None:
        """What the results say of the vector; None where the photograph guided them, or their labels are not there.

        Raises:
            UserError: the file of the encoder's calibrations is damaged.
        """
        record = self.record
        if self.labels is None or record.guided_by_photograph:
            return None
        encoder = record.runs[0].settings.encoder
        return reconstruction_of_labels(self.labels, encoder, len(record.without_face), record.runs)


@dataclass(frozen=True, eq=False)
class RandomFaces:
    """So many of the random faces have been drawn and looked at. picture: (S, S, 3), the one that is looked at now."""

    done: int
    total: int
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class RunsCompared:
    """What the runs that have ended come to, while others are still to come."""

    finished: FinishedVariation


@dataclass(frozen=True, eq=False)
class _Looked:
    """A face as it is compared: as the labellers see it, and its embeddings."""

    seen: SeenFace
    embeddings: Mapping[str, Tensor]


Varying = Generator[MemberEvent | MemberDone | RandomFaces | RunsCompared, None, FinishedVariation | None]


def run_variation(
    networks: Networks,
    labellers: Labellers,
    target: InversionTarget,
    settings: InversionSettings,
    runs: int,
    kept: Path,
    *,
    weights: Weights | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Varying:
    """Invert an embedding again and again, and compare the results.

    Args:
        settings: of the runs, see `run_settings`.
        runs: how many, from 2 to 64.
        kept: a folder where what was seen of random faces is kept, so that it is seen once.
        weights, should_stop: as in `invert`. Where it stops, the run under way counts no more.

    Returns:
        The results compared; None where it was stopped before there were two of them.

    Raises:
        UserError: the number of runs is out of its bounds, what is sought cannot be had, or no two results show a face.
    """
    if not FEWEST <= runs <= MOST:
        raise UserError(f"{runs} runs cannot be compared: choose a number from {FEWEST} to {MOST}")
    random = yield from _random_faces(networks, labellers, kept, settings.generator)
    finished: list[FinishedInversion] = []
    looked: list[_Looked | None] = []
    chosen = [run_settings(settings, number) for number in range(runs)]
    for event in run_several(networks, target, chosen, weights=weights, should_stop=should_stop):
        yield event
        if isinstance(event, MemberDone):
            finished.append(event.finished)
            looked.append(_look(networks, labellers, event.finished.native))
            if event.number + 1 < runs and _found(looked) >= FEWEST and not should_stop():
                yield RunsCompared(_comparison(target.embedding, settings.encoder, finished, looked, random))
    if len(finished) < FEWEST:
        return None
    return _comparison(target.embedding, settings.encoder, finished, looked, random)


def compare_runs(
    networks: Networks,
    labellers: Labellers,
    embedding: Tensor,
    finished: Sequence[FinishedInversion],
    kept: Path,
) -> Generator[RandomFaces, None, FinishedVariation]:
    """Compare inversions of one embedding (D,) that were made already; else as `run_variation`."""
    settings = finished[0].run.settings
    random = yield from _random_faces(networks, labellers, kept, settings.generator)
    looked = [_look(networks, labellers, one.native) for one in finished]
    return _comparison(embedding, settings.encoder, finished, looked, random)


def _found(looked: Sequence[_Looked | None]) -> int:
    """How many show a face."""
    return sum(one is not None for one in looked)


def _comparison(
    embedding: Tensor,
    encoder: str,
    finished: Sequence[FinishedInversion],
    looked: Sequence[_Looked | None],
    random: SeenFaces,
) -> FinishedVariation:
    found = [one for one in looked if one is not None]
    if len(found) < FEWEST:
        raise UserError(f"{len(found)} of {len(finished)} results show a face: there is nothing to compare")
    record = Variation(
        runs=[one.run for one in finished],
        without_face=[number for number, one in enumerate(looked) if one is None],
        random_faces=len(random),
        agreements=agreements(_together(found), random, encoder),
        readouts=_readouts(embedding, encoder),
    )
    frames = np.stack([one.seen.frame for one in found])
    labels = stacked([one.seen.labels for one in found])
    return FinishedVariation(record, tuple(finished), mean_face(frames), colour_spread(frames), labels)


@torch.no_grad()
def _look(networks: Networks, labellers: Labellers, pixels: NDArray[np.uint8]) -> _Looked | None:
    """Find the face in a picture, label and embed it; None where there is none."""
    seen = see_picture(networks, labellers, pixels)
    if seen is None:
        return None
    recognisers = {encoder: networks.recogniser(encoder) for encoder in present_encoders()}
    return _Looked(seen, embed(recognisers, seen.picture, seen.face))


def _together(found: Sequence[_Looked]) -> SeenFaces:
    return SeenFaces(
        np.stack([halved(one.seen.frame) for one in found]),
        stacked([one.seen.labels for one in found]),
        {encoder: torch.stack([one.embeddings[encoder] for one in found]) for encoder in found[0].embeddings},
    )


def _random_faces(
    networks: Networks, labellers: Labellers, kept: Path, generator: str
) -> Generator[RandomFaces, None, SeenFaces]:
    """Faces of the generator that no embedding asked for, kept for the next time."""
    file = kept / f"random-faces-{_digest(generator)}.safetensors"
    try:
        tensors = load_file(file)
    except (FileNotFoundError, SafetensorError):
        found = []
        for done, picture in enumerate(_drawn(networks, generator)):
            yield RandomFaces(done, RANDOM_FACES, picture)
            found.append(_look(networks, labellers, picture))
        seen = _together([one for one in found if one is not None])
        arrays = {"frames": seen.frames, **{f"labels/{name}": values for name, values in seen.labels.items()}}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}
        tensors |= {f"embeddings/{encoder}": values.contiguous() for encoder, values in seen.embeddings.items()}
        atomic_write(file, encode(tensors))
    return SeenFaces(
        tensors["frames"].numpy(),
        {name: values.numpy() for name, values in _part(tensors, "labels/").items()},
        _part(tensors, "embeddings/"),
    )


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): values for name, values in tensors.items() if name.startswith(prefix)}


@torch.no_grad()
def _drawn(networks: Networks, name: str) -> Iterator[NDArray[np.uint8]]:
    generator = networks.generator(name)
    for latent in generator.sample(RANDOM_FACES, _RANDOM_SEED)[1].split(1):
        yield to_uint8(generator.image(generator.styles(latent, "W"), _RANDOM_SIDE)[0])


def _digest(generator: str) -> str:
    """Of all that the random faces follow from."""
    hashes = "".join(network_sha256(id_) for id_ in (*main_networks(present_encoders(), generator), *NETWORKS))
    return hashlib.sha256(f"{RANDOM_FACES} {_RANDOM_SEED} {_RANDOM_SIDE} {hashes}".encode()).hexdigest()[:12]


def _readouts(embedding: Tensor, encoder: str) -> dict[str, str]:
    """What the encoder's probes read off the embedding, in words."""
    if not probing.probes_in_use(encoder).exists():
        return {}
    found = (one for one in read_embedding(embedding.cpu(), encoder) if not isinstance(one.value, np.ndarray))
    return {one.probe: CANNOT_TELL if one.tells is False else _said(one) for one in found}


def _said(one: Readout) -> str:
    return one.text if one.probability is None else f"{one.text} {one.probability:.2f}"
