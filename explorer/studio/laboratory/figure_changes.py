"""Faces that were attacked (figure 12), and embeddings that were taken apart (figure 17), as decoders draw them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Photograph
from explorer.science.inversion.step import to_uint8
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings, Method
from explorer.science.laboratory.modification import variants
from explorer.science.laboratory.modifier import Modifier
from explorer.science.recognition.base import Metric, similarity_or_distance
from explorer.studio.catalogue.modifiers import load_modifier, modifier_file
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, network_sha256
from explorer.studio.catalogue.probes import weights_of
from explorer.studio.corpus.decoder_faces import FRAME
from explorer.studio.export.picture_grid import Cell
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.laboratory.attack_running import Aim, AttackedPhotograph, run_attack
from explorer.studio.laboratory.figure_presets import FigureSettings
from explorer.studio.laboratory.figure_rows import ORIGINAL
from explorer.studio.laboratory.figure_values import Drawn, FigureDecoder, FigureFace, titles_of
from explorer.studio.laboratory.modifying import told_by_probe

METHODS: Mapping[Method, str] = {"fgsm": "FGSM", "bim": "iterated FGSM", "cw": "CW", "cw-full": "iterated CW"}
_PARTS = {"dependent part": "the part that tells the attribute", "independent part": "the other part"}


@dataclass(frozen=True, eq=False)
class FigureModifier:
    """What takes embeddings apart. sha256: of its file. file: its name where it is not the program's own."""

    modifier: Modifier
    sha256: str
    file: str = ""

    @property
    def name(self) -> str:
        """As networks that took part are called."""
        record = self.modifier.record
        return self.file or modifier_file(record.encoder, record.attribute).stem


def open_modifier(encoder: str, attribute: str, file: Path | None) -> FigureModifier:
    """What takes an attribute out of an encoder's embeddings, of a file or the program's own.

    Raises:
        UserError: it is missing, damaged, or of another encoder or attribute.
    """
    modifier = load_modifier(encoder, attribute, file)
    place = file or modifier_file(encoder, attribute)
    return FigureModifier(modifier, hashlib.sha256(place.read_bytes()).hexdigest(), "" if file is None else file.name)


def rows_of_attacks(
    networks: Networks, faces: Sequence[FigureFace], decoders: Sequence[FigureDecoder], settings: FigureSettings
) -> Drawn:
    """A column an attack: the picture, and below it a row a decoder, with scores to who is shown and aimed at."""
    encoder = decoders[0].encoder
    recogniser = networks.recogniser(encoder)
    own, aim = (embed_face(recogniser, one.photograph, one.face).float() for one in faces)
    score = partial(_scores, recogniser.spec.measure, own, aim)
    photograph, face = faces[0].photograph, faces[0].face
    columns: dict[str, tuple[NDArray[np.uint8], Tensor | None]] = {
        ORIGINAL: (crop_frame(photograph, face, FRAME).frame, own)
    }
    for method, title in METHODS.items():
        columns[title] = _attacked(
            networks, faces, own, aim, AttackSettings(encoder=encoder, method=method, budget=settings.budget)
        )
    rows: list[list[Cell | None]] = [[]]
    numbers = dict[str, float | None]()
    for title, (picture, seen) in columns.items():
        rows[0].append(_scored(picture, score(seen), reconstruction=False))
        numbers |= _named(title, score(seen))
    for name, one in zip(titles_of(decoders), decoders, strict=True):
        row = list[Cell | None]()
        for title, (_, seen) in columns.items():
            shown, again = _behind(networks, one, seen)
            told = score(again)
            row.append(None if shown is None else _scored(shown, told, title=name if title == ORIGINAL else ""))
            numbers |= _named(f"{title}, {name}", told)
        rows.append(row)
    digests = {DETECTOR_NETWORK: network_sha256(DETECTOR_NETWORK)}
    note = f"Towards {faces[1].photograph.name}, within {settings.budget:g}/255 but for iterated CW; {encoder}"
    return Drawn(list(columns), rows, numbers, digests, note)


def _attacked(
    networks: Networks, faces: Sequence[FigureFace], own: Tensor, aim: Tensor, settings: AttackSettings
) -> tuple[NDArray[np.uint8], Tensor | None]:
    """The attacked face in its frame, and what the encoder sees of the saved picture; None where no face is found."""
    encoder, (source, other) = settings.encoder, faces
    attacked = AttackedPhotograph(source.photograph, source.face, {encoder: own})
    record = TargetRecord.of_face(other.photograph, other.face, encoder, aim.numpy())
    made = Steps(run_attack(networks, attacked, Aim(record, {encoder: aim}), settings)).result
    after = Photograph(made.perturbation.after, source.photograph.name, "")
    return crop_frame(after, source.face, FRAME).frame, made.embeddings.get(encoder)


def _behind(
    networks: Networks, one: FigureDecoder, embedding: Tensor | None
) -> tuple[NDArray[np.uint8] | None, Tensor | None]:
    """What a decoder draws of an embedding, and how the encoder sees that; None where no face is found."""
    if embedding is None:
        return None, None
    picture = to_uint8(one.decoder.picture(embedding))
    face = networks.detector().detect_in_frame(picture)
    if face is None:
        return picture, None
    return picture, embed_face(networks.recogniser(one.encoder), Photograph(picture, "decoded", ""), face).float()


def _scores(measure: Metric, own: Tensor, aim: Tensor, seen: Tensor | None) -> tuple[float, float] | None:
    if seen is None:
        return None
    return float(similarity_or_distance(seen, own, measure)), float(similarity_or_distance(seen, aim, measure))


def _scored(
    picture: NDArray[np.uint8], told: tuple[float, float] | None, title: str = "", reconstruction: bool = True
) -> Cell:
    if told is None:
        return Cell(picture, ("no face",), reconstruction, title=title)
    return Cell(picture, (f"{told[0]:z.2f}, {told[1]:z.2f}",), reconstruction, title=title)


def _named(title: str, told: tuple[float, float] | None) -> dict[str, float | None]:
    own, aim = (None, None) if told is None else told
    return {f"{title}, own": own, f"{title}, aim": aim}


def rows_of_parts(
    networks: Networks, faces: Sequence[FigureFace], decoders: Sequence[FigureDecoder], taken: FigureModifier
) -> Drawn:
    """A row a face: as it is, taken apart, and with either part replaced by the mean of each class and of all.

    Above a picture stand the cosine to the original embedding and the probability of the second class by the probe.
    """
    (one,), modifier = decoders, taken.modifier
    recogniser = networks.recogniser(one.encoder)
    embeddings = torch.stack([embed_face(recogniser, face.photograph, face.face).float() for face in faces])
    made = variants(modifier.model, embeddings, modifier.record.classes)
    rows: list[list[Cell | None]] = [
        [Cell(crop_frame(face.photograph, face.face, FRAME).frame, reconstruction=False)] for face in faces
    ]
    numbers, word = dict[str, float | None](), modifier.record.classes[-1]
    for name, vectors in made.items():
        changed = vectors * modifier.model.length
        cosines = torch.cosine_similarity(changed, embeddings, dim=-1).tolist()
        told = told_by_probe(modifier, changed.numpy())
        for place, picture in enumerate(one.decoder.pictures(changed)):
            facts = [f"{cosines[place]:z.2f}"]
            numbers[f"{place + 1}, {name}, cosine"] = cosines[place]
            if told is not None:
                facts.append(f"{told[place]:z.2f}")
                numbers[f"{place + 1}, {name}, P({word})"] = float(told[place])
            rows[place].append(Cell(to_uint8(picture), (", ".join(facts),)))
    digests = {taken.name: taken.sha256}
    probed = len(numbers) > len(faces) * len(made)
    if probed:
        digests |= weights_of(one.encoder, photographs=False)
    probability = f" and P({word}) by the probe" if probed else ""
    said = f"Above pictures the cosine to the original embedding{probability}; {one.encoder}, {taken.name}"
    letters = [f"({letter})" for letter in ascii_lowercase[: 1 + len(made)]]
    note = f"{_replaced(letters[2:], [*made][1:])}. {said}"
    return Drawn(letters, rows, numbers, digests, note)


def _replaced(letters: Sequence[str], names: Sequence[str]) -> str:
    """Which part is replaced in which column, and by whose mean."""
    said = list[str]()
    for part, words in _PARTS.items():
        by = [
            f"{letter} {name.partition(': ')[2]}"
            for letter, name in zip(letters, names, strict=True)
            if name.startswith(f"{part}: ")
        ]
        said.append(f"{words} replaced by the mean of {', '.join(by)}")
    words = "; ".join(said)
    return words[0].upper() + words[1:]
