"""What an encoder is debiased with and judged on: pictures of known people, aligned and labelled.

People are those of a data set that `likeness people set` wrote, in shards or folders, or of a folder in a published
layout (CASIA-WebFace's, VGGFace2's, or any that holds one for each person), or of InsightFace's `train.rec`, as MS1MV3
is published.
Pictures and labels are kept in the work folder, which its owner alone can enter, a file for a few hundred of them: an
interrupted call goes on behind the last one. Nobody is learnt from who judges.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.debiasing.faces import DebiasingError, LabelledFaces
from explorer.science.faces.alignment import align, crop_frame, face_image
from explorer.science.faces.face import Face, FaceError
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.science.leakage.labels.chosen import CHOICE, ChosenLabellers, networks_for
from explorer.science.leakage.probes import PROBES
from explorer.science.names import name_of, shown
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import SPLITS
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.corpus.folders import SAME, meant_face
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder
from explorer.studio.populations.people_pictures import PER_PART, PeoplePicture, PicturesPart, parts_of

# Told how many of how many are done.
Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class PeopleMaterial:
    """Pictures of people.

    pictures: (N, S, S, 3) uint8, in an encoder's template. people: (N,) numbers. split: (N,) places in `SPLITS`.
    labels: (N, ...) of each label by name. words: where they come from. left_out: how many show no usable face.
    """

    pictures: Tensor
    people: Tensor
    split: Tensor
    labels: Mapping[str, Tensor]
    words: str
    left_out: int

    def only(self, *splits: str) -> Tensor:
        """The rows of people of some splits."""
        places = torch.tensor([SPLITS.index(name) for name in splits])
        rows: Tensor = torch.isin(self.split, places).nonzero().flatten()
        return rows


def attribute_choice() -> tuple[str, ...]:
    """The attributes that can be hidden, by the probes' names."""
    kinds = ("binary", "categorical", "regression")
    return tuple(name for name, spec in PROBES.items() if spec.kind in kinds and spec.label in CHOICE)


def checked_attributes(attributes: Sequence[str]) -> tuple[str, ...]:
    """Attributes that were named.

    Raises:
        UserError: there is none of that name, or one is named twice.
    """
    for number, name in enumerate(attributes):
        if name not in attribute_choice():
            raise UserError(f"--attribute {name}: there are {', '.join(attribute_choice())}")
        if name in attributes[:number]:
            raise UserError(f"--attribute {name} is given twice")
    return tuple(attributes)


def people_material(
    folders: Sequence[Path], attributes: Sequence[str], encoder: str, work: Path, step: Step, device: str = "cpu"
) -> PeopleMaterial:
    """Align and label the people of some folders, or read what was kept of them.

    Raises:
        UserError: a folder holds no people, or no usable face is found.
        FolderError: a folder is not of its layout. MissingNetwork: a network is not in the cache.
    """
    labels = tuple(dict.fromkeys(PROBES[name].label for name in attributes))
    parts = [(number, part) for number, folder in enumerate(folders) for part in parts_of(folder)]
    total, done = sum(part.count for _, part in parts), 0
    seen = _Seeing(labels, encoder, device)
    place = private_folder(work / f"faces-{seen.key}")
    found = list[tuple[int, dict[str, Tensor], list[str]]]()
    left_out = 0
    for number, part in parts:
        kept, names, missing = _kept(place, part, seen)
        left_out += missing
        if names:
            found.append((number, kept, names))
        done += part.count
        step(done, total)
    if not found:
        raise UserError(f"{', '.join(map(shown, folders))}: no usable face is found")
    called = [f"{number}/{name}" for number, _, names in found for name in names]
    order = {name: place for place, name in enumerate(sorted(set(called)))}
    people = torch.tensor([order[name] for name in called])
    tables = {name: torch.cat([kept[name] for _, kept, _ in found]) for name in found[0][1]}
    words = (
        f"{len(people):,} pictures of {len(order):,} people of {', '.join(name_of(one.absolute()) for one in folders)}"
    )
    named = {name: tables[f"labels/{name}"] for name in labels}
    return PeopleMaterial(tables["pictures"], people, tables["split"], named, words, left_out)


def labelled(
    material: PeopleMaterial, rows: Tensor, attributes: Sequence[str], medians: Mapping[str, float]
) -> LabelledFaces:
    """Some of the pictures with the classes of attributes.

    Args:
        medians: of attributes that are values, where their two classes part; as of `medians_of`.
    """
    classes, names = dict[str, Tensor](), dict[str, tuple[str, ...]]()
    for name in attributes:
        spec = PROBES[name]
        values = spec.target(material.labels[spec.label][rows])
        if spec.kind == "regression":
            classes[name] = (values > medians[name]).long()
            names[name] = tuple(f"{side} {medians[name]:.0f} {spec.unit}" for side in ("up to", "above"))
        else:
            classes[name], names[name] = values.long(), spec.classes
    return LabelledFaces(material.pictures[rows], material.people[rows], classes, names)


def medians_of(material: PeopleMaterial, rows: Tensor, attributes: Sequence[str]) -> dict[str, float]:
    """Where the two classes of each attribute part that is a value, such as an age."""
    values = {name: PROBES[name] for name in attributes if PROBES[name].kind == "regression"}
    return {name: float(spec.target(material.labels[spec.label][rows]).median()) for name, spec in values.items()}


def without_rare(faces: LabelledFaces, fewest: int = 8) -> LabelledFaces:
    """The same faces without classes that hardly any has: they are taken for none of an attribute's classes.

    Raises:
        DebiasingError: fewer than two classes of an attribute are left.
    """
    rows = torch.ones(len(faces), dtype=torch.bool)
    kept = dict[str, list[int]]()
    for name, classes in faces.classes.items():
        counts = torch.bincount(classes, minlength=len(faces.names[name]))
        kept[name] = (counts >= fewest).nonzero().flatten().tolist()
        if len(kept[name]) < 2:
            raise DebiasingError(f"{name}: hardly any two classes have {fewest} faces: give more people")
        rows &= torch.isin(classes, torch.tensor(kept[name]))
    some = faces[rows.nonzero().flatten()]
    renumbered = {name: torch.searchsorted(torch.tensor(kept[name]), its) for name, its in some.classes.items()}
    names = {name: tuple(faces.names[name][one] for one in kept[name]) for name in faces.names}
    return LabelledFaces(some.pictures, some.people, renumbered, names)


class _Seeing:
    """Finds, aligns and labels; networks are loaded when the first picture is looked at."""

    def __init__(self, labels: tuple[str, ...], encoder: str, device: str) -> None:
        self._labels, self._device = labels, device
        self._template = encoder_spec(encoder).template
        networks = (DETECTOR_NETWORK, *networks_for(labels))
        about = [PER_PART, self._template.name, sorted(labels), [catalogue.sha256(one) for one in networks]]
        self.key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]
        self._loaded: tuple[Any, ChosenLabellers] | None = None

    def __call__(self, one: PeoplePicture) -> dict[str, Tensor] | None:
        """What is seen of a picture; None where it shows no usable face."""
        if self._loaded is None:
            files = {network: catalogue.path(network) for network in networks_for(self._labels)}
            labellers = ChosenLabellers(self._labels, files, self._device)
            self._loaded = Networks(self._device).detector(), labellers
        detector, labellers = self._loaded
        try:
            photograph = one.read()
            if one.aligned and one.points is not None:
                height, width = map(float, photograph.pixels.shape[:2])
                face = Face(one.points, (0.0, 0.0, width, height), 1.0)
            else:
                face = meant_face(photograph, detector, one.points)
            frame = crop_frame(photograph, face, LABEL_SIZE).frame
        except FaceError:
            return None
        with torch.no_grad():
            aligned = align(*face_image(photograph, face), self._template)[0]
        rows = {f"labels/{name}": torch.from_numpy(values) for name, values in labellers(frame).items()}
        for given, label in SAME.items():
            if given in one.given and label in self._labels:
                rows[f"labels/{label}"] = torch.tensor(float(one.given[given]))
        return {"pictures": (255 * aligned).round().byte().permute(1, 2, 0).contiguous(), **rows}


def _kept(place: Path, part: PicturesPart, seeing: _Seeing) -> tuple[dict[str, Tensor], list[str], int]:
    """What was seen of a part, whose each picture is, and how many show no usable face."""
    file = place / f"{hashlib.sha256(part.mark.encode()).hexdigest()[:16]}.safetensors"
    about = file.with_suffix(".json")
    try:
        known = json.loads(about.read_bytes())
        return (load_file(file) if known["names"] else {}), list(known["names"]), int(known["left_out"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        pass
    rows, names, splits, left_out = list[dict[str, Tensor]](), list[str](), list[int](), 0
    for one in part.pictures():
        seen = seeing(one)
        if seen is None:
            left_out += 1
            continue
        rows.append(seen)
        names.append(one.identity)
        splits.append(SPLITS.index(one.split))
    tensors = dict[str, Tensor]()
    if rows:
        tensors = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        tensors["split"] = torch.tensor(splits, dtype=torch.uint8)
        atomic_write(file, encode(tensors), mode=0o600)
    atomic_write(about, json.dumps({"names": names, "left_out": left_out}).encode(), mode=0o600)
    return tensors, names, left_out
