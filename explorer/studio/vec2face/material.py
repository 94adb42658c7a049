"""Faces with their vectors under some encoders, kept in a work folder: an interrupted call goes on behind a part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.alignment import crop_frame, frame_matrix
from explorer.science.faces.face import Face, FaceError
from explorer.science.training.corpus import SPLITS, embed
from explorer.science.training.vec2face import VectorFaces
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, known_encoder, which_encoder
from explorer.studio.corpus.folders import meant_face
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder
from explorer.studio.populations.people_pictures import PeoplePicture, PicturesPart

# Told how many of how many are done.
Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class VectorMaterial:
    """Faces of people, with vectors.

    pictures: (N, S, S, 3) uint8 RGB of the common frame. points: (N, 5, 2) in parts of its side.
    people: (N,) numbers. split: (N,) places in `SPLITS`. vectors: (N, D) by encoder.
    place: (N,) of each among all that were looked at; left_out: how many of these show no usable face.
    """

    pictures: Tensor
    points: Tensor
    people: Tensor
    split: Tensor
    vectors: Mapping[str, Tensor]
    place: Tensor
    left_out: int

    def __len__(self) -> int:
        return len(self.people)

    def only(self, *splits: str) -> VectorMaterial:
        """Those of people of some splits."""
        places = torch.tensor([SPLITS.index(name) for name in splits])
        return self.rows(torch.isin(self.split, places).nonzero().flatten())

    def rows(self, rows: Tensor) -> VectorMaterial:
        """Some of them."""
        vectors = {name: values[rows] for name, values in self.vectors.items()}
        return VectorMaterial(
            self.pictures[rows],
            self.points[rows],
            self.people[rows],
            self.split[rows],
            vectors,
            self.place[rows],
            self.left_out,
        )

    def taught(self, encoder: str) -> VectorFaces:
        """As a generator learns from them."""
        return VectorFaces(self.vectors[encoder], self.pictures, self.points, self.people)


def vector_material(
    sources: Sequence[Sequence[PicturesPart]],
    encoders: Sequence[str],
    networks: Networks,
    side: int,
    work: Path,
    step: Step,
) -> VectorMaterial:
    """Find, frame and embed the faces of some sources, or read what was kept of them.

    Args:
        side: of the frames, in pixels.

    Raises:
        UserError: no usable face is found. MissingNetwork: a network is not in the cache.
    """
    seeing = _Seeing(encoders, networks, side)
    folder = private_folder(work / f"vectors-{seeing.key}")
    parts = [(number, part) for number, source in enumerate(sources) for part in source]
    total, done, looked = sum(part.count for _, part in parts), 0, 0
    found, people = list[dict[str, Tensor]](), list[str]()
    for number, part in parts:
        kept, names, count = _kept(folder, part, seeing)
        if names:
            found.append(kept | {"place": kept["place"] + looked})
            people += [f"{number}/{name}" for name in names]
        looked, done = looked + count, done + part.count
        step(done, total)
    if not found:
        raise UserError("no usable face is found in what is to be learnt from or judged on")
    whole = {name: torch.cat([kept[name] for kept in found]) for name in found[0]}
    order = {name: number for number, name in enumerate(sorted(set(people)))}
    return VectorMaterial(
        whole["pictures"],
        whole["points"],
        torch.tensor([order[name] for name in people]),
        whole["split"],
        {name: whole[f"vectors/{name}"] for name in encoders},
        whole["place"],
        looked - len(people),
    )


class _Seeing:
    """Finds, frames and embeds; networks are loaded when the first picture is looked at."""

    def __init__(self, encoders: Sequence[str], networks: Networks, side: int) -> None:
        self._encoders, self._networks, self._side = list(encoders), networks, side
        known = {name: f"{known_encoder(name).network} {which_encoder(name)}" for name in sorted(self._encoders)}
        about = [side, known, catalogue.sha256(DETECTOR_NETWORK)]
        self.key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]

    @torch.no_grad()
    def __call__(self, one: PeoplePicture) -> dict[str, Tensor] | None:
        """What is seen of a picture; None where it shows no usable face."""
        recognisers = {name: self._networks.recogniser(name) for name in self._encoders}
        try:
            photograph = one.read()
            if one.aligned and one.points is not None:
                height, width = map(float, photograph.pixels.shape[:2])
                face = Face(one.points, (0.0, 0.0, width, height), 1.0)
            else:
                face = meant_face(photograph, self._networks.detector(), one.points)
            frame = crop_frame(photograph, face, self._side).frame
            vectors = embed(recognisers, photograph, face)
        except FaceError:
            return None
        return {
            "pictures": torch.from_numpy(frame),
            "points": _points_in_frame(face.points),
            **{f"vectors/{name}": vector.float() for name, vector in vectors.items()},
        }


def _points_in_frame(points: NDArray[np.float64]) -> Tensor:
    """A photograph's five points, (5, 2), in parts of the frame's side."""
    own = torch.from_numpy(points)
    turned = frame_matrix(own[None], 1024)[0]
    placed: Tensor = (own @ turned[:, :2].T + turned[:, 2]) / 1024
    return placed.float()


def _kept(folder: Path, part: PicturesPart, seeing: _Seeing) -> tuple[dict[str, Tensor], list[str], int]:
    """What was seen of a part, whose each picture is, and how many were looked at."""
    file = folder / f"{hashlib.sha256(part.mark.encode()).hexdigest()[:16]}.safetensors"
    about = file.with_suffix(".json")
    try:
        known = json.loads(about.read_bytes())
        return (load_file(file) if known["names"] else {}), list(known["names"]), int(known["looked"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        pass
    rows, names, splits, places, looked = list[dict[str, Tensor]](), list[str](), list[int](), list[int](), 0
    for one in part.pictures():
        seen = seeing(one)
        if seen is not None:
            rows.append(seen)
            names.append(one.identity)
            splits.append(SPLITS.index(one.split))
            places.append(looked)
        looked += 1
    tensors = dict[str, Tensor]()
    if rows:
        tensors = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        tensors |= {"split": torch.tensor(splits, dtype=torch.uint8), "place": torch.tensor(places)}
        atomic_write(file, encode(tensors), mode=0o600)
    atomic_write(about, json.dumps({"names": names, "looked": looked}).encode(), mode=0o600)
    return tensors, names, looked
