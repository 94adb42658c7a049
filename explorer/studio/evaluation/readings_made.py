"""Vectors of photographs inverted and read, a folder a photograph: what was made once is not made again.

A folder keeps the vector, what the labellers say of the photograph, and of every run its record, its latent and what
the labellers say of its result. It holds no picture. Labels of other labelling networks are made again of the latents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.choosing import choose_face
from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.labels import NETWORKS, stacked
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.evaluation.people_inverted import is_of
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.running import FinishedInversion, InversionTarget, Inverting, draw, run_inversion
from explorer.studio.leakage.seeing import see_face, see_picture
from explorer.studio.outputs import whole_folder

# Runs an inversion to its end.
Consume = Callable[[Inverting], FinishedInversion]
LabelArrays = Mapping[str, NDArray[Any]]
_LATENT, _PREFIX = "latent", "labels/"


@dataclass(frozen=True, eq=False)
class ReadPhotograph:
    """A photograph and the faces made of its vector alone.

    vector: (D,) of the encoder that is attacked. seen: what the labellers say of the photograph, (1, ...) by name.
    made: the same of the results of the runs that show a face, (N, ...); empty where none does.
    runs: their records. without_face: how many results show none. before: whether nothing had to be made.
    """

    vector: Tensor
    seen: LabelArrays
    made: LabelArrays
    runs: tuple[InversionRun, ...]
    without_face: int
    before: bool


def folder_of_photograph(out: Path, one: SetPhotograph, sha256: str) -> Path:
    """Where what is made of a photograph lies."""
    name = one.name.replace("/", "%2F").replace("\\", "%5C")
    return out / "people" / fitting_name(one.person) / fitting_name(name, f"-{sha256[:8]}")


def read_photograph(
    networks: Networks, one: SetPhotograph, settings: list[InversionSettings], out: Path, consume: Consume
) -> ReadPhotograph:
    """Embed a photograph, invert the vector by each of some settings, and label what comes of it.

    Args:
        settings: of the runs, of one encoder. out: where results lie; what is there is not made again.

    Raises:
        FaceError: it is damaged, or shows no usable face. MissingNetwork: a network is not in the cache.
    """
    encoder, photograph = settings[0].encoder, one.read()
    folder = folder_of_photograph(out, one, photograph.sha256)
    # Pictures of one sheet have its hash: the pixels tell them apart.
    kept = _Kept(folder, hashlib.sha256(photograph.pixels.tobytes()).hexdigest(), encoder)
    known, seen = kept.photograph(), dict[str, NDArray[Any]]()
    if known is None:
        face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        vector = embed_face(networks.recogniser(encoder), photograph, face)
        seen = stacked([see_face(networks.labellers(), photograph, face).labels])
        record = TargetRecord.of_face(photograph, face, encoder, vector.numpy())
        kept.keep_photograph(vector, seen, record)
    else:
        vector, seen, record = known[0], dict(known[1]), known[2]
    runs, labels, anew = list[InversionRun](), list[LabelArrays | None](), known is None
    for number, chosen in enumerate(settings, 1):
        found = kept.run(networks, number, chosen, record)
        if found is None:
            anew = True
            finished = consume(run_inversion(networks, InversionTarget(record, vector), chosen))
            found = finished.run, _labelled(networks, finished.native)
            kept.keep_run(number, *found, finished.latent)
        runs.append(found[0])
        labels.append(found[1])
    shown = [one for one in labels if one is not None]
    made = {name: np.concatenate([one[name] for one in shown]) for name in (shown[0] if shown else ())}
    return ReadPhotograph(vector, seen, made, tuple(runs), len(labels) - len(shown), not anew)


def _labelled(networks: Networks, native: NDArray[np.uint8]) -> LabelArrays | None:
    """What the labellers say of a result, found again in its picture; None where it shows no face."""
    seen = see_picture(networks, networks.labellers(), native)
    return None if seen is None else stacked([seen.labels])


class _Kept:
    """The folder of one photograph under one encoder.

    Args:
        pixels: sha256 of the photograph's pixels.
    """

    def __init__(self, folder: Path, pixels: str, encoder: str) -> None:
        self._folder = folder
        ids = (DETECTOR_NETWORK, *NETWORKS)
        labellers = "".join(catalogue.sha256(id_) for id_ in ids)
        self._labellers = hashlib.sha256(labellers.encode()).hexdigest()[:8]
        of = f"{pixels} {encoder} {labellers}"
        self._stem = f"photograph-{hashlib.sha256(of.encode()).hexdigest()[:12]}"

    def photograph(self) -> tuple[Tensor, LabelArrays, TargetRecord] | None:
        """The vector, the labels and where they came from; None where they are not there."""
        try:
            tensors = load_file(self._folder / f"{self._stem}.safetensors")
            record = TargetRecord.model_validate_json((self._folder / f"{self._stem}.json").read_bytes())
            return tensors["vector"], _labels_in(tensors), record
        except (OSError, SafetensorError, KeyError, ValidationError):
            return None

    def keep_photograph(self, vector: Tensor, seen: LabelArrays, record: TargetRecord) -> None:
        """Keep what `photograph` gives."""
        with whole_folder(self._folder):
            atomic_write(self._folder / f"{self._stem}.json", record.model_dump_json(indent=1).encode())
            atomic_write(
                self._folder / f"{self._stem}.safetensors",
                encode({"vector": vector.detach().cpu().float().contiguous(), **_as_tensors(seen)}),
            )

    def run(
        self, networks: Networks, number: int, settings: InversionSettings, record: TargetRecord
    ) -> tuple[InversionRun, LabelArrays | None] | None:
        """The record and labels of a run; None where it was not made by these settings of this very face."""
        try:
            run = InversionRun.model_validate_json(self._of_run(number, "json").read_bytes())
            latent = load_file(self._of_run(number, "safetensors"))[_LATENT]
        except (OSError, SafetensorError, KeyError, ValidationError):
            return None
        if run.settings != settings or not is_of(run.target, record):
            return None
        try:
            tensors = load_file(self._of_run(number, f"{self._labellers}.safetensors"))
            return run, _labels_in(tensors) or None
        except (OSError, SafetensorError):
            labels = _labelled(networks, draw(networks, latent, settings))
            self._keep_labels(number, labels)
            return run, labels

    def keep_run(self, number: int, run: InversionRun, labels: LabelArrays | None, latent: Tensor) -> None:
        """Keep what `run` gives, and the latent."""
        with whole_folder(self._folder):
            self._of_run(number, "json").unlink(missing_ok=True)
            self._keep_labels(number, labels)
            kept = {_LATENT: latent.detach().cpu().float().contiguous()}
            atomic_write(self._of_run(number, "safetensors"), encode(kept))
            # Last comes what says that the rest is there.
            atomic_write(self._of_run(number, "json"), run.model_dump_json(indent=1).encode())

    def _keep_labels(self, number: int, labels: LabelArrays | None) -> None:
        tensors = {"found": torch.tensor(int(labels is not None)), **_as_tensors(labels or {})}
        atomic_write(self._of_run(number, f"{self._labellers}.safetensors"), encode(tensors))

    def _of_run(self, number: int, ending: str) -> Path:
        return self._folder / f"run-{number}.{ending}"


def _labels_in(tensors: Mapping[str, Tensor]) -> LabelArrays:
    return {name.removeprefix(_PREFIX): value.numpy() for name, value in tensors.items() if name.startswith(_PREFIX)}


def _as_tensors(labels: LabelArrays) -> dict[str, Tensor]:
    return {f"{_PREFIX}{name}": torch.from_numpy(np.ascontiguousarray(values)) for name, values in labels.items()}
