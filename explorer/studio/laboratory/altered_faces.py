"""What encoders see of altered faces, block by block in files: what was seen once is not looked at again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import face_image
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.laboratory.geometry import Alteration, Mode, altered_photograph, embed_altered, found_again
from explorer.science.recognition.base import Encoder
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.people_seen import encoder_key
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.files import atomic_write

# So many photographs are in a file; an interrupted run loses no more than these.
BLOCK = 10
# Part of the name of each file: files of an earlier way of altering are not read.
_WAY = "1"
_POINTS = "points"

Step = Callable[[int, int], object]
# What tells one photograph from all others: the sha256 of its file, or how it is drawn.
Told = Callable[[SetPhotograph, Photograph | None], str]


@dataclass(frozen=True)
class Wanted:
    """What is to be seen: of each encoder, faces altered in some modes."""

    encoders: tuple[str, ...]
    shown: tuple[tuple[Mode, Alteration], ...]


@dataclass(frozen=True, eq=False)
class AlteredSet:
    """The faces of a set under encoders, upright and altered, row by row.

    photographs: those with a usable face. left_out: titles of the others.
    seen: (N, D) by mode, encoder and name of the alteration; rows of nan where no face was found again.
    """

    photographs: tuple[SetPhotograph, ...]
    left_out: tuple[str, ...]
    seen: Mapping[tuple[Mode, str, str], Tensor]

    @property
    def people(self) -> tuple[str, ...]:
        """Whose photograph each row is."""
        return tuple(one.person for one in self.photographs)


def by_content(one: SetPhotograph, photograph: Photograph | None) -> str:
    """A photograph's title and the sha256 of its file; of one that cannot be read the title alone."""
    return f"{one.person}/{one.name} {'' if photograph is None else photograph.sha256}"


@torch.no_grad()
def see_altered(
    networks: Networks,
    photographs: Sequence[SetPhotograph],
    wanted: Wanted,
    folder: Path,
    told: Told = by_content,
    *,
    drawn: bool = False,
    step: Step = lambda done, total: None,
) -> AlteredSet:
    """Embed the most prominent face of each photograph upright and altered.

    Args:
        folder: where what was seen is kept; it must exist.
        told: what tells photographs apart. drawn: whether they take long to be made, so that a block that is known is
            not read for its photographs' content; `told` then is given None in place of each.
        step: told how many photographs of how many are done.

    Raises:
        MissingNetwork: a network is not in the cache.
        UserError: no photograph has a usable face.
    """
    parts, total = list[dict[str, Tensor]](), len(photographs)
    for start in range(0, total, BLOCK):
        step(start, total)
        block = photographs[start : start + BLOCK]
        read = [None if drawn else _read(one) for one in block]
        digest = hashlib.sha256("\n".join(map(told, block, read)).encode(errors="surrogateescape"))
        path = folder / f"{digest.hexdigest()[:24]}.{catalogue.sha256(DETECTOR_NETWORK)[:8]}.{_WAY}.safetensors"
        parts.append(_seen_block(networks, block, read, wanted, path, drawn))
    step(total, total)
    return _joined(photographs, parts, wanted)


def _read(one: SetPhotograph) -> Photograph | None:
    try:
        return one.read()
    except FaceError:
        return None


def _seen_block(
    networks: Networks,
    block: Sequence[SetPhotograph],
    read: Sequence[Photograph | None],
    wanted: Wanted,
    path: Path,
    drawn: bool,
) -> dict[str, Tensor]:
    """All that is wanted of a block, of its file and made now; the file holds it afterwards."""
    try:
        known = load_file(path)
    except (OSError, SafetensorError):
        known = {}
    missing: dict[Mode, dict[Alteration, list[str]]] = {"template": {}, "realigned": {}}
    for mode, one in wanted.shown:
        encoders = [encoder for encoder in wanted.encoders if _key(mode, encoder, one.name) not in known]
        if encoders:
            missing[mode][one] = encoders
    if not any(missing.values()):
        return known
    photographs = [_read(one) for one in block] if drawn else read
    if _POINTS not in known:
        known[_POINTS] = torch.stack([_points(networks.detector(), one) for one in photographs])
    faces = [_face(points) for points in known[_POINTS]]
    pairs = list(zip(photographs, faces, strict=True))
    _see_templates(networks, pairs, missing["template"], known)
    _see_realigned(networks, pairs, missing["realigned"], known)
    atomic_write(path, encode(known))
    return known


_Pairs = Sequence[tuple[Photograph | None, Face | None]]
_Missing = Mapping[Alteration, Sequence[str]]


def _see_templates(networks: Networks, pairs: _Pairs, missing: _Missing, known: dict[str, Tensor]) -> None:
    """The encoder sees the altered template."""
    for encoder in dict.fromkeys(name for encoders in missing.values() for name in encoders):
        recogniser = networks.recogniser(encoder)
        wanted = [one for one, encoders in missing.items() if encoder in encoders]
        rows = [_template_row(recogniser, photograph, face, wanted) for photograph, face in pairs]
        for place, one in enumerate(wanted):
            known[_key("template", encoder, one.name)] = torch.stack([row[place] for row in rows])


def _template_row(
    recogniser: Encoder, photograph: Photograph | None, face: Face | None, wanted: Sequence[Alteration]
) -> Tensor:
    if photograph is None or face is None:
        return torch.full((len(wanted), recogniser.spec.dimension), torch.nan)
    image, points = face_image(photograph, face, recogniser.device)
    return embed_altered(recogniser, image, points, wanted).float().cpu()


def _see_realigned(networks: Networks, pairs: _Pairs, missing: _Missing, known: dict[str, Tensor]) -> None:
    """The altered photograph is searched for the face again, and the face aligned anew."""
    for one, encoders in missing.items():
        name = f"{_POINTS}/{one.name}"
        pictures = [None if p is None or f is None else altered_photograph(p, f, one) for p, f in pairs]
        if name not in known:
            found = [
                None if picture is None else found_again(picture, networks.detector().detect(picture.photograph.pixels))
                for picture in pictures
            ]
            known[name] = torch.stack([_nowhere() if face is None else torch.from_numpy(face.points) for face in found])
        again = [_face(points) for points in known[name]]
        for encoder in encoders:
            recogniser = networks.recogniser(encoder)
            nothing = torch.full((recogniser.spec.dimension,), torch.nan)
            rows = [
                nothing if picture is None or face is None else embed_face(recogniser, picture.photograph, face).float()
                for picture, face in zip(pictures, again, strict=True)
            ]
            known[_key("realigned", encoder, one.name)] = torch.stack(rows)


def _points(detector: Detector, photograph: Photograph | None) -> Tensor:
    """The five points (5, 2) of a photograph's most prominent face; nan where it has no usable one."""
    if photograph is None:
        return _nowhere()
    try:
        return torch.from_numpy(choose_face(photograph, detector.detect(photograph.pixels)).points)
    except FaceError:
        return _nowhere()


def _nowhere() -> Tensor:
    return torch.full((5, 2), torch.nan, dtype=torch.float64)


def _face(points: Tensor) -> Face | None:
    """The face of five points; None where it was not found, or is too small to be embedded."""
    if not bool(points.isfinite().all()):
        return None
    five = points.numpy()
    (left, top), (right, bottom) = five.min(0), five.max(0)
    face = Face(five, (left, top, right, bottom), 1.0)
    return face if is_usable(face) else None


def _key(mode: Mode, encoder: str, alteration: str) -> str:
    return f"{mode}/{encoder_key(encoder)}/{alteration}"


def _joined(photographs: Sequence[SetPhotograph], parts: Sequence[dict[str, Tensor]], wanted: Wanted) -> AlteredSet:
    there = torch.cat([part[_POINTS].isfinite().all(-1).all(-1) for part in parts]) if parts else torch.zeros(0)
    found = [one for one, known in zip(photographs, there.tolist(), strict=True) if known]
    if not found:
        raise UserError(f"no usable face is found in the {len(photographs)} photographs")
    left_out = tuple(
        f"{one.person}/{one.name}" for one, known in zip(photographs, there.tolist(), strict=True) if not known
    )
    seen = {
        (mode, encoder, one.name): torch.cat([part[_key(mode, encoder, one.name)] for part in parts])[there]
        for mode, one in wanted.shown
        for encoder in wanted.encoders
    }
    return AlteredSet(tuple(found), left_out, seen)
