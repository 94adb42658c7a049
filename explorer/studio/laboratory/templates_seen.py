"""What encoders see of a set of photographs as it is and made worse: kept in a file, so that it is seen once."""

from __future__ import annotations

import hashlib
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

from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.laboratory.degradations import DEGRADATIONS, MIXED, UPRIGHT, by_turns, degraded
from explorer.science.laboratory.quality import sharpness_of, size_of
from explorer.science.laboratory.template_verification import PeopleVectors
from explorer.science.laboratory.templates import Signal
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.people_seen import encoder_key
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.files import atomic_write

CONDITIONS = (*DEGRADATIONS, MIXED)
"""What photographs are looked at as: the degradations, and all of them by turns."""
_TOLD: tuple[Signal, ...] = ("score", "size", "sharpness")
_EVERY = 100

Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class SeenPhotographs:
    """The photographs of a set with a face.

    people: (N,) numbers by the order of `names`. vectors: (N, D) by degradation, then by encoder. told: (N,) by
    degradation, then by signal. left_out: why each other photograph is none of them.
    """

    names: tuple[str, ...]
    people: NDArray[np.intp]
    vectors: Mapping[str, Mapping[str, NDArray[np.float32]]]
    told: Mapping[str, Mapping[Signal, NDArray[np.float64]]]
    left_out: tuple[str, ...]

    def under(self, encoder: str, condition: str) -> PeopleVectors:
        """The photographs under an encoder in a condition; where that is mixed, each of a person is another in turn."""
        measure = encoder_spec(encoder).measure
        if condition != MIXED:
            return self._under(encoder, [condition] * len(self.people), measure)
        turns = [""] * len(self.people)
        for person in range(len(self.names)):
            rows = np.flatnonzero(self.people == person)
            for row, name in zip(rows, by_turns(tuple(self.vectors), len(rows)), strict=True):
                turns[row] = name
        return self._under(encoder, turns, measure)

    def _under(self, encoder: str, of_rows: Sequence[str], measure: str) -> PeopleVectors:
        vectors = np.stack([self.vectors[name][encoder][row] for row, name in enumerate(of_rows)])
        told: dict[Signal, NDArray[np.float64]] = {
            signal: np.array([self.told[name][signal][row] for row, name in enumerate(of_rows)]) for signal in _TOLD
        }
        told["norm"] = np.linalg.norm(vectors.astype(np.float64), axis=1)
        return PeopleVectors(vectors, self.people, "cosine" if measure == "cosine" else "euclidean", told)


def see_set(
    photographs: PhotographSet,
    encoders: Sequence[str],
    conditions: Sequence[str],
    networks: Networks,
    kept: Path | None = None,
    step: Step = lambda done, total: None,
) -> SeenPhotographs:
    """Find the most prominent face of each photograph, and embed it as it is and made worse.

    Args:
        conditions: of `CONDITIONS`. kept: a file of what was seen before, which grows; its owner alone may read it.
        step: told how many photographs of how many are done.

    Raises:
        MissingNetwork: a network is not in the cache.
        UserError: no photograph has a usable face.
    """
    names = [name for name in DEGRADATIONS if name in conditions or MIXED in conditions]
    seeing = _Seeing(networks, encoders, kept)
    people, left_out, whose = list(photographs.people), list[str](), list[int]()
    rows: list[Mapping[str, Tensor]] = []
    for done, one in enumerate(photographs.photographs):
        step(done, len(photographs.photographs))
        try:
            rows.append(seeing.rows(one.read(), names))
        except FaceError as error:
            left_out.append(f"{one.person}: {error}")
            continue
        whose.append(people.index(one.person))
    step(len(photographs.photographs), len(photographs.photographs))
    seeing.save()
    if not rows:
        raise UserError(f"no usable face is found in the {len(photographs.photographs)} photographs of the set")
    parts = {name: torch.stack([row[name] for row in rows]).split([*seeing.sizes, len(_TOLD)], 1) for name in names}
    return SeenPhotographs(
        tuple(people),
        np.array(whose, np.intp),
        {name: dict(zip(encoders, map(Tensor.numpy, of[:-1]), strict=True)) for name, of in parts.items()},
        {name: dict(zip(_TOLD, of[-1].double().numpy().T, strict=True)) for name, of in parts.items()},
        tuple(left_out),
    )


class _Seeing:
    """Sees photographs, but for those that were seen before."""

    def __init__(self, networks: Networks, encoders: Sequence[str], kept: Path | None) -> None:
        self.sizes = [encoder_spec(encoder).dimension for encoder in encoders]
        self._networks, self._encoders, self._kept = networks, encoders, kept
        self._by = "\n".join([catalogue.sha256(DETECTOR_NETWORK), *map(encoder_key, encoders)])
        self._known: dict[str, Tensor] = {}
        self._new = 0
        if kept is not None:
            try:
                self._known = load_file(kept)
            except (OSError, SafetensorError):
                self._known = {}

    def rows(self, photograph: Photograph, names: Sequence[str]) -> Mapping[str, Tensor]:
        """Of each degradation the embeddings end to end and what tells the quality.

        Raises:
            FaceError: there is no face that can be used.
        """
        content = hashlib.sha256(photograph.pixels.tobytes()).hexdigest()
        keys = {name: self._key(content, name) for name in names}
        if any(key not in self._known for key in keys.values()):
            face = choose_face(photograph, self._networks.detector().detect(photograph.pixels))
            self._known |= {key: self._row(photograph, face, name) for name, key in keys.items()}
            self._new += 1
            if self._new % _EVERY == 0:
                self.save()
        return {name: self._known[key] for name, key in keys.items()}

    def save(self) -> None:
        """Write what was seen."""
        if self._kept is not None and self._new:
            atomic_write(self._kept, encode(self._known))

    @torch.no_grad()
    def _row(self, photograph: Photograph, face: Face, name: str) -> Tensor:
        worse, place = (photograph, face) if name == UPRIGHT else degraded(photograph, face, name)
        recognisers = {encoder: self._networks.recogniser(encoder) for encoder in self._encoders}
        vectors = embed(recognisers, worse, place)
        told = torch.tensor([face.score, size_of(place), sharpness_of(worse, place)])
        return torch.cat([*(vectors[encoder].float() for encoder in self._encoders), told])

    def _key(self, content: str, name: str) -> str:
        said = "\n".join([content, name, DEGRADATIONS[name].model_dump_json(), self._by])
        return hashlib.sha256(said.encode()).hexdigest()
