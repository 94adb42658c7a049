"""What encoders and labellers saw of photographs of people, kept by the photographs' content for its owner alone.

A photograph that was seen once is not looked at again, however often it is moved or renamed; what another encoder sees
of it is added. Each file of the folder holds a batch:

keys                 (N, 32) sha256 of a photograph and of where its face is
found                (N,) whether a usable face is in it; the tensors below have a row for each that has one
first/ENCODER.HASH   (M, D) embeddings under the weights of that hash
labels.HASH/LABEL    (M, ...) each label by the labellers of that hash
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.contents import open_file
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.leakage.labels import LABEL_SIZE, NETWORKS, Labellers, halved, stacked
from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import embed
from explorer.science.training.folders import FolderFace
from explorer.studio import catalogue
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.corpus.folders import meant_face
from explorer.studio.evaluation.people_seen import encoder_key
from explorer.studio.files import atomic_write

# So many are seen between two writings.
BATCH = 25


@dataclass(frozen=True)
class Batch:
    """Photographs that one worker sees. places: in the listing. encoders: to embed by. labelled: whether to label."""

    places: tuple[int, ...]
    encoders: tuple[str, ...]
    labelled: bool

    def __str__(self) -> str:
        return f"{len(self.places)} photographs"


@dataclass(frozen=True)
class SeeingLoaded:
    """The networks of a worker. labellers: None where everything is labelled."""

    detector: Detector
    recognisers: Mapping[str, Encoder]
    labellers: Labellers | None


@dataclass(frozen=True)
class SeeingWork:
    """What one worker does: sees batches of photographs and writes what it saw.

    folder: where the files go. faces: the listing. keys: of each of its photographs.
    """

    folder: Path
    faces: tuple[FolderFace, ...]
    keys: tuple[bytes, ...]
    encoders: tuple[str, ...]
    device: str

    def load(self) -> SeeingLoaded:
        """Load the networks."""
        networks = Networks(self.device)
        recognisers = {encoder: networks.recogniser(encoder) for encoder in self.encoders}
        return SeeingLoaded(networks.detector(), recognisers, load_labellers(self.device))

    def run(self, loaded: SeeingLoaded, job: Batch, tell: Callable[[], None]) -> None:
        """See a batch and write it; a photograph in which no usable face is found is noted as such."""
        found, embeddings, labels = [], [], []
        for place in job.places:
            try:
                photograph = read_file(self.faces[place].path)
                face = meant_face(photograph, loaded.detector, self.faces[place].points)
                frame = crop_frame(photograph, face, LABEL_SIZE).frame
            except FaceError:
                found.append(False)
            else:
                found.append(True)
                recognisers = {encoder: loaded.recognisers[encoder] for encoder in job.encoders}
                embeddings.append(embed(recognisers, photograph, face) if recognisers else {})
                if job.labelled and loaded.labellers is not None:
                    labels.append(loaded.labellers(frame, halved(frame)))
            tell()
        tensors = {
            "keys": torch.from_numpy(
                np.frombuffer(b"".join(self.keys[place] for place in job.places), np.uint8).copy()
            ).reshape(-1, 32),
            "found": torch.tensor(found),
        }
        if any(found):
            for encoder in job.encoders:
                tensors[f"first/{encoder_key(encoder)}"] = torch.stack([one[encoder] for one in embeddings])
            if labels:
                named = labels_key()
                tensors |= {f"{named}/{name}": torch.from_numpy(rows) for name, rows in stacked(labels).items()}
        data: bytes = encode({name: tensor.contiguous() for name, tensor in tensors.items()})
        atomic_write(self.folder / f"{hashlib.sha256(data).hexdigest()[:24]}.safetensors", data)


class SeenPhotographs:
    """What a folder of such files knows.

    Args:
        folder: that is there. A file in it that cannot be read is removed: its photographs are seen again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[bytes, dict[str, tuple[int, int]]] = {}
        self._files: list[dict[str, Tensor]] = []
        self._faceless: set[bytes] = set()
        for file in sorted(folder.glob("*.safetensors")):
            try:
                self._take(load_file(file))
            except (OSError, SafetensorError, KeyError, ValueError, RuntimeError):
                file.unlink(missing_ok=True)

    def _take(self, tensors: dict[str, Tensor]) -> None:
        keys = [row.numpy().tobytes() for row in tensors["keys"]]
        found = tensors["found"].tolist()
        number = len(self._files)
        self._files.append(tensors)
        rows = iter(range(sum(found)))
        for key, there in zip(keys, found, strict=True):
            if not there:
                self._faceless.add(key)
                continue
            row = next(rows)
            for name in tensors:
                if name not in ("keys", "found"):
                    self._places.setdefault(key, {})[name] = number, row

    def missing(self, keys: Sequence[bytes], encoders: Sequence[str]) -> list[Batch]:
        """What is still to be seen of photographs, in batches of such as lack the same."""
        lacking: dict[tuple[tuple[str, ...], bool], list[int]] = {}
        labels = f"{labels_key()}/smile"
        asked: set[bytes] = set()
        for place, key in enumerate(keys):
            if key in self._faceless or key in asked:
                continue
            known = self._places.get(key, {})
            unseen = tuple(one for one in encoders if f"first/{encoder_key(one)}" not in known)
            if unseen or labels not in known:
                asked.add(key)
                lacking.setdefault((unseen, labels not in known), []).append(place)
        return [
            Batch(tuple(places[first : first + BATCH]), unseen, labelled)
            for (unseen, labelled), places in lacking.items()
            for first in range(0, len(places), BATCH)
        ]

    def with_a_face(self, keys: Sequence[bytes]) -> list[int]:
        """Which of the photographs show a usable face, by their places."""
        return [place for place, key in enumerate(keys) if key in self._places]

    def embeddings(self, keys: Sequence[bytes], encoder: str) -> Tensor:
        """(N, D) of photographs that show a face."""
        return self._rows(keys, f"first/{encoder_key(encoder)}")

    def labels(self, keys: Sequence[bytes]) -> dict[str, Tensor]:
        """Each label (N, ...) of photographs that show a face."""
        prefix = f"{labels_key()}/"
        names = {name.removeprefix(prefix) for name in self._places[keys[0]] if name.startswith(prefix)}
        return {name: self._rows(keys, prefix + name) for name in sorted(names)}

    def _rows(self, keys: Sequence[bytes], name: str) -> Tensor:
        places = [self._places[key][name] for key in keys]
        return torch.stack([self._files[number][name][row] for number, row in places])


def keys_of(faces: Sequence[FolderFace]) -> Iterator[bytes]:
    """The key of each photograph: its content, where its set says the face is, and the detector that looks for it."""
    detector = catalogue.sha256(DETECTOR_NETWORK).encode()
    for face in faces:
        digest = hashlib.sha256(detector)
        try:
            with open_file(face.path) as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            # Whoever sees it finds that it cannot be read; another time it may be there.
            digest.update(str(face.path).encode(errors="surrogateescape"))
        if face.points is not None:
            digest.update(np.ascontiguousarray(face.points, np.float64).tobytes())
        yield digest.digest()


def labels_key() -> str:
    """Under which the labellers' labels are kept: other weights see something else."""
    return "labels." + hashlib.sha256("".join(map(catalogue.sha256, NETWORKS)).encode()).hexdigest()[:12]
