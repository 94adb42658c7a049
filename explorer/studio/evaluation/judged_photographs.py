"""What encoders and labellers see of a set of photographs, kept in a file; and that set as probes are judged on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.leakage.labels import LABEL_SIZE, NETWORKS, Labellers, halved, stacked
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio import catalogue
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.files import atomic_write

Step = Callable[[int, int], None]
"""Told how many photographs of how many are done."""


def nobody(done: int, total: int) -> None:
    """Tell nobody how many photographs are done."""


@dataclass(frozen=True, eq=False)
class LabelledPhotograph:
    """A photograph and what was said of it by hand.

    person, name: as the set has them. truths: by probe, as its `target` gives them; what could not be decided is
    missing.
    """

    person: str
    name: str
    truths: Mapping[str, float]


def seen_of_set(
    name: str,
    photographs: Callable[[], Iterable[Photograph]],
    count: int,
    labels: Path,
    networks: Networks,
    labellers: Labellers,
    work: Path,
    step: Step,
) -> dict[str, Tensor]:
    """What is seen of a set's photographs, row by row of those with a face: `rows`, `first/ENCODER`, `labels/NAME`.

    Args:
        name: of the set, which is its package's in the catalogue. photographs: begins to read them, `count` in all.
        labels: the file of hand labels, which says where faces lie. work: where what was seen is kept.
        step: told how many photographs of how many are done.
    """
    kept = work / f"{name}-{_digest(name, labels)}.safetensors"
    try:
        return load_file(kept)
    except (FileNotFoundError, SafetensorError):
        tensors = _seen(networks, labellers, photographs(), count, step)
        atomic_write(kept, encode(tensors))
        return tensors


def _digest(name: str, labels: Path) -> str:
    """Of all that the kept file follows from."""
    ids = (name, DETECTOR_NETWORK, *(encoder_spec(encoder).network for encoder in present_encoders()), *NETWORKS)
    hashes = "".join(catalogue.sha256(id_) for id_ in ids)
    return hashlib.sha256(labels.read_bytes() + hashes.encode()).hexdigest()[:12]


def _seen(
    networks: Networks, labellers: Labellers, photographs: Iterable[Photograph], count: int, step: Step
) -> dict[str, Tensor]:
    recognisers = {encoder: networks.recogniser(encoder) for encoder in present_encoders()}
    rows, embeddings, found = [], [], []
    for row, photograph in enumerate(photographs):
        step(row, count)
        try:
            face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        except FaceError:  # a face that is not found cannot be judged by
            continue
        frame = crop_frame(photograph, face, LABEL_SIZE).frame
        rows.append(row)
        embeddings.append(embed(recognisers, photograph, face))
        found.append(labellers(frame, halved(frame)))
    step(count, count)
    tensors = {f"labels/{name}": torch.from_numpy(values) for name, values in stacked(found).items()}
    tensors |= {f"first/{encoder}": torch.stack([one[encoder] for one in embeddings]) for encoder in recognisers}
    return tensors | {"rows": torch.tensor(rows)}


def judged_set(
    name: str, tensors: Mapping[str, Tensor], labelled: Sequence[LabelledPhotograph], by_hand: Sequence[str]
) -> JudgedSet:
    """The set as probes are judged on it.

    Args:
        tensors: as `seen_of_set` gives them. labelled: of each of their rows.
        by_hand: probes whose truths are the hand labels; those of the others are the labellers' word.
    """
    truths, every = {}, torch.arange(len(labelled))
    from_labels = {probe: Truth(every, spec.target(tensors[f"labels/{spec.label}"])) for probe, spec in PROBES.items()}
    for probe, spec in PROBES.items():
        if probe not in by_hand:
            truths[probe] = from_labels[probe]
            continue
        known = [at for at, one in enumerate(labelled) if probe in one.truths]
        values = torch.tensor([labelled[at].truths[probe] for at in known])
        whole = values.long() if spec.kind == "categorical" else values
        truths[probe] = Truth(torch.tensor(known, dtype=torch.int64), whole)
    embeddings = {encoder: tensors[f"first/{encoder}"] for encoder in present_encoders()}
    names = sorted({one.person for one in labelled})
    people = torch.tensor([names.index(one.person) for one in labelled])
    from_image = {probe: from_labels[probe] for probe in by_hand}
    return JudgedSet(name, embeddings, truths, from_image, people, by_hand=tuple(by_hand))
