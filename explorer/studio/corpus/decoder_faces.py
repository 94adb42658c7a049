"""The faces that decoders are judged on: a corpus's test split, or photographs of a set, with every encoder's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.recognition.base import Encoder
from explorer.science.training.corpus import SPLITS, embed
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.shards import CorpusFolder, Kind, from_jpeg
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.evaluation.strangers import Step

# Side of the frames, as a corpus keeps them; the shards that hold faces to be judged on.
FRAME = 224
_KINDS: tuple[Kind, ...] = ("base", "folder")


@dataclass(frozen=True, eq=False)
class DecodedFaces:
    """Faces and what encoders say of them.

    embeddings: (N, D) of the encoder that is decoded. frames: (N, 224, 224, 3) uint8 RGB of the common frame.
    people: (N,). held_out: (N, D') by encoder that took no part. credit: what the set's makers ask for.
    """

    name: str
    embeddings: Tensor
    frames: NDArray[np.uint8]
    people: Tensor
    held_out: Mapping[str, Tensor]
    credit: str = ""

    def pictures(self, side: int) -> Tensor:
        """The frames at a side, (N, 3, S, S) in [0, 1]."""
        return torch.stack([sized(frame, side) for frame in self.frames])

    def first(self, count: int) -> DecodedFaces:
        """Some of them, spread evenly."""
        rows = torch.arange(len(self.people)) if count >= len(self.people) else spread(len(self.people), count)
        held_out = {encoder: values[rows] for encoder, values in self.held_out.items()}
        return DecodedFaces(
            self.name, self.embeddings[rows], self.frames[rows.numpy()], self.people[rows], held_out, self.credit
        )


def sized(frame: NDArray[np.uint8], side: int) -> Tensor:
    """A frame (R, R, 3) uint8 RGB at a side: (3, S, S) in [0, 1]."""
    smaller = frame if frame.shape[0] == side else cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.ascontiguousarray(smaller)).permute(2, 0, 1).float() / 255


def faces_of_corpus(corpus: CorpusFolder, encoder: str, judges: Iterable[str], step: Step) -> DecodedFaces:
    """The test split of a corpus; each base face is a person.

    Args:
        judges: encoders that took no part; those under which the corpus is not embedded say nothing.

    Raises:
        UserError: the corpus has no embeddings of the encoder, no test split, or a shard cannot be read.
    """
    embeddings, frames, people = list[Tensor](), list[NDArray[np.uint8]](), list[Tensor]()
    held_out: dict[str, list[Tensor]] = {judge: [] for judge in judges}
    names = [name for kind in _KINDS for name in corpus.names(kind)]
    for done, name in enumerate(names, 1):
        shard = corpus.read(name)
        if f"first/{encoder}" not in shard:
            raise UserError(f"{corpus.folder} holds no embeddings of {encoder}: judge it on photographs")
        rows = (shard["split"] == SPLITS.index("test")).nonzero()[:, 0]
        embeddings.append(shard[f"first/{encoder}"][rows].float())
        people.append(shard["base"][rows])
        frames += [from_jpeg(data) for data in corpus.jpegs(name, rows.tolist())]
        for judge in list(held_out):
            if f"first/{judge}" in shard:
                held_out[judge].append(shard[f"first/{judge}"][rows].float())
            else:
                del held_out[judge]
        step(done, len(names))
    if not frames:
        raise UserError(f"the test split of {corpus.folder} is empty: make more faces with `likeness train corpus`")
    known = {judge: torch.cat(parts) for judge, parts in held_out.items()}
    return DecodedFaces("corpus", torch.cat(embeddings), np.stack(frames), torch.cat(people), known)


@torch.no_grad()
def faces_of_set(
    photographs: PhotographSet, encoder: Encoder, judges: Iterable[str], networks: Networks, most: int, step: Step
) -> DecodedFaces:
    """The most prominent face of each photograph of a set; those without a usable face are left out.

    Args:
        encoder: that is decoded. most: photographs at most, spread over the set.

    Raises:
        UserError: no photograph has a usable face.
    """
    recognisers = {encoder.spec.id: encoder, **{judge: networks.recogniser(judge) for judge in judges}}
    detector, numbers = networks.detector(), {person: at for at, person in enumerate(photographs.people)}
    wanted = _some(photographs.photographs, most)
    rows, frames, people = list[dict[str, Tensor]](), list[NDArray[np.uint8]](), list[int]()
    for done, one in enumerate(wanted):
        step(done, len(wanted))
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
        except FaceError:
            continue
        rows.append(embed(recognisers, photograph, face))
        frames.append(crop_frame(photograph, face, FRAME).frame)
        people.append(numbers[one.person])
    step(len(wanted), len(wanted))
    if not rows:
        raise UserError(f"no usable face is found in the {len(wanted)} photographs of {photographs.name}")
    vectors = {name: torch.stack([row[name] for row in rows]) for name in recognisers}
    own = vectors.pop(encoder.spec.id)
    return DecodedFaces(photographs.name, own, np.stack(frames), torch.tensor(people), vectors, photographs.credit)


def _some(photographs: tuple[SetPhotograph, ...], most: int) -> list[SetPhotograph]:
    if len(photographs) <= most:
        return list(photographs)
    return [photographs[int(row)] for row in spread(len(photographs), most)]


def spread(of: int, count: int) -> Tensor:
    """So many numbers (count,) below another, evenly."""
    return torch.arange(count) * of // count
