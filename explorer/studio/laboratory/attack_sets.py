"""Attacks on photographs of known people, each in a folder of its own: what lies there is not made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.alignment import face_image
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.attacked_picture import found_again
from explorer.science.laboratory.defences import Defence
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.people_inverted import EmbeddedPeople, EmbeddedPhotograph, folder_of, is_of, title_of
from explorer.studio.evaluation.people_seen import encoder_key
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.laboratory.attack_export import PICTURE, RECORD, write_attack
from explorer.studio.laboratory.attack_running import Aim, AttackedFace, AttackedPhotograph, Attacking, run_attack
from explorer.studio.laboratory.attack_values import AttackRecord
from explorer.studio.outputs import whole_folder

SEEN = "seen.safetensors"
NONE = ""
"""The name of no defence."""

# Runs an attack to its end.
Consume = Callable[[Attacking], AttackedFace]


@dataclass(frozen=True)
class PlannedAttack:
    """One photograph of a set that is to be attacked.

    row: of it in the set's embedded photographs. aim: the row of the photograph that is gone towards; None for away.
    """

    row: int
    aim: int | None


@dataclass(frozen=True, eq=False)
class View:
    """What encoders see behind a defence, (D,) each: of the photograph, of the altered picture, and of the picture that
    an attack made that knows the defence. Empty where no face is found; `knowing` is None where there was no such."""

    clean: Mapping[str, Tensor]
    attacked: Mapping[str, Tensor]
    knowing: Mapping[str, Tensor] | None = None


@dataclass(frozen=True, eq=False)
class AttackedRow:
    """What came of one attack. views: by the name of the defence, "" for none. before: whether it was there already."""

    planned: PlannedAttack
    record: AttackRecord
    views: Mapping[str, View]
    before: bool


def planned_attacks(people: EmbeddedPeople, away: bool, seed: int) -> list[PlannedAttack]:
    """Which photographs are attacked, and towards whom: the first photograph of another person, drawn by the seed.

    Raises:
        UserError: there is nobody else to go towards.
    """
    rows = people.rows()
    if away:
        return [PlannedAttack(row, None) for row in rows]
    firsts = dict[str, int]()
    for row, one in enumerate(people.photographs):
        firsts.setdefault(one.person, row)
    names = list(firsts)
    if len(names) < 2:
        raise UserError("attacks towards another person need photographs of two people at least; or give --away")
    random, planned = np.random.default_rng(seed), list[PlannedAttack]()
    for row in rows:
        others = [name for name in names if name != people.photographs[row].person]
        planned.append(PlannedAttack(row, firsts[others[int(random.integers(len(others)))]]))
    return planned


def aim_of(people: EmbeddedPeople, planned: PlannedAttack, settings: AttackSettings) -> Aim:
    """What a planned attack goes towards; of a softmax, with every other person of the set by their mean direction."""
    source = people.photographs[planned.row]
    aimed = None if planned.aim is None else people.photographs[planned.aim]
    others = dict[str, Tensor]()
    if settings.objective == "softmax":
        known = {source.person, *(() if aimed is None else (aimed.person,))}
        others = {name: vector for name, vector in _means(people, settings.encoder).items() if name not in known}
    if aimed is None:
        return Aim(people=others)
    return Aim(_record_of(aimed), aimed.embeddings, others)


def _means(people: EmbeddedPeople, encoder: str) -> dict[str, Tensor]:
    """Of each person the mean of the directions of all their photographs, (D,)."""
    directions = dict[str, list[Tensor]]()
    for one in people.photographs:
        direction = torch.nn.functional.normalize(one.embeddings[encoder], dim=-1)
        directions.setdefault(one.person, []).append(direction)
    return {name: torch.stack(some).mean(0) for name, some in directions.items()}


def _record_of(one: EmbeddedPhotograph) -> TargetRecord:
    """A photograph that is gone towards, which is the first of its person and so a target itself."""
    assert one.target is not None, "of every person the first photograph is a target"
    return one.target.record.model_copy(update={"name": title_of(one)})


def attack_row(
    networks: Networks,
    people: EmbeddedPeople,
    planned: PlannedAttack,
    photograph: SetPhotograph,
    settings: AttackSettings,
    out: Path,
    consume: Consume,
    command: list[str],
    defences: Sequence[Defence] = (),
    knowing: bool = False,
) -> AttackedRow:
    """Attack a photograph of a set, or take what an earlier call left of it.

    Args:
        photograph: the planned row's. out: of the whole set; the row has a folder in it.
        command: that makes it, for the records. knowing: whether each defence is also attacked by its own gradients.

    Raises:
        AttackError, FaceError: the photograph cannot be attacked.
        UserError: the folder cannot be written to.
    """
    one = people.photographs[planned.row]
    assert one.target is not None, "only what is a target is planned"
    source = AttackedPhotograph(photograph.read(), _face_of(one.target.record), one.embeddings)
    aim, folder = aim_of(people, planned, settings), folder_of(out, one)
    made = _made(networks, source, aim, settings, None, folder, consume, command)
    kept = _Kept(folder / SEEN, tuple(one.embeddings))
    clean, attacked = _Picture(networks, source, None), _Picture(networks, source, folder)
    views = {NONE: View(one.embeddings, kept.get("attacked", made.record.found, partial(attacked.behind, None)))}
    before = made.before
    for defence in defences:
        name = defence.name
        known = None
        if knowing:
            place = folder / fitting_name(f"knowing-{name}")
            knew = _made(networks, source, aim, settings, defence, place, consume, command)
            if not knew.before:
                kept.forget(f"knowing {name}")
            before = before and knew.before
            look = partial(_Picture(networks, source, place).behind, defence)
            known = kept.get(f"knowing {name}", knew.record.found, look)
        views[name] = View(
            kept.get(f"clean {name}", True, partial(clean.behind, defence)),
            kept.get(f"attacked {name}", made.record.found, partial(attacked.behind, defence)),
            known,
        )
    kept.save()
    return AttackedRow(planned, made.record, views, before)


@dataclass(frozen=True, eq=False)
class _Made:
    record: AttackRecord
    before: bool


def _made(
    networks: Networks,
    source: AttackedPhotograph,
    aim: Aim,
    settings: AttackSettings,
    knows: Defence | None,
    folder: Path,
    consume: Consume,
    command: list[str],
) -> _Made:
    """An attack whose picture and record lie in a folder, made now or before."""
    known = _known(folder, source, aim, settings, "" if knows is None else knows.name)
    if known is not None:
        return _Made(known, before=True)
    made = consume(run_attack(networks, source, aim, settings, knows))
    with whole_folder(folder):
        for stale in (RECORD, SEEN):
            (folder / stale).unlink(missing_ok=True)
        write_attack(folder, made, command)
    return _Made(made.record, before=False)


def _known(
    folder: Path, source: AttackedPhotograph, aim: Aim, settings: AttackSettings, knows: str
) -> AttackRecord | None:
    """The record of the same attack on the same face; None where there is none."""
    try:
        record = AttackRecord.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    vector = source.embeddings[settings.encoder].numpy()
    own = TargetRecord.of_face(source.photograph, source.face, settings.encoder, vector)
    wanted = (settings, knows, tuple(aim.people) if settings.objective == "softmax" else ())
    same = (record.settings, record.knows, record.people) == wanted and is_of(record.source, own)
    if record.aim is None or aim.record is None:
        same = same and record.aim is aim.record
    else:
        same = same and is_of(record.aim, aim.record)
    return record if same and (folder / PICTURE).is_file() else None


def _face_of(record: TargetRecord) -> Face:
    points = np.array(record.points, np.float64)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return Face(points, (left, top, right, bottom), 1.0)


class _Picture:
    """A photograph, or the picture that an attack left in a folder, to be seen by encoders."""

    def __init__(self, networks: Networks, source: AttackedPhotograph, folder: Path | None) -> None:
        self._networks, self._source, self._folder = networks, source, folder
        self._found: tuple[Photograph, Face] | None = None

    @torch.no_grad()
    def behind(self, defence: Defence | None) -> dict[str, Tensor]:
        """(D,) by encoder; empty where the face is not found."""
        if self._found is None:
            self._found = self._look()
        if self._found is None:
            return {}
        image, points = face_image(*self._found, self._networks.device)
        encoders = {name: self._networks.recogniser(name) for name in self._source.embeddings}
        if defence is None:
            return {name: encoder.embed(image, points)[0].cpu() for name, encoder in encoders.items()}
        return {name: defence.see(encoder, image, points)[0].cpu() for name, encoder in encoders.items()}

    def _look(self) -> tuple[Photograph, Face] | None:
        if self._folder is None:
            return self._source.photograph, self._source.face
        pixels = _read(self._folder / PICTURE)
        face = found_again(self._networks.detector(), pixels, self._source.face)
        return None if face is None else (Photograph(pixels, "attacked", ""), face)


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        pixels: NDArray[np.uint8] = np.array(image.convert("RGB"))
    return pixels


class _Kept:
    """What encoders saw, in a file beside the picture: what is there is not looked at again."""

    def __init__(self, path: Path, encoders: Sequence[str]) -> None:
        self._path, self._encoders, self._new = path, encoders, False
        try:
            self._tensors = load_file(path)
        except (OSError, SafetensorError):
            self._tensors = {}

    def get(self, view: str, found: bool, look: Callable[[], Mapping[str, Tensor]]) -> Mapping[str, Tensor]:
        """What was seen in a view, or is now; nothing where no face was found."""
        if not found:
            return {}
        keys = {encoder: f"{view}|{encoder_key(encoder)}" for encoder in self._encoders}
        if any(key not in self._tensors for key in keys.values()):
            for encoder, embedding in look().items():
                self._tensors[keys[encoder]] = embedding.detach().float().contiguous()
            self._new = True
        return {encoder: self._tensors[key] for encoder, key in keys.items() if key in self._tensors}

    def forget(self, view: str) -> None:
        """Look at a view anew: its picture has changed."""
        self._tensors = {key: one for key, one in self._tensors.items() if not key.startswith(f"{view}|")}

    def save(self) -> None:
        """Write what is new."""
        if self._new:
            atomic_write(self._path, encode(self._tensors))


def matrix_of(
    embeddings: Sequence[Mapping[str, Tensor]], encoder: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Embeddings (R, D) of one encoder, nought where no face was found, and where one was (R,)."""
    none = torch.zeros(encoder_spec(encoder).dimension)
    rows = torch.stack([one.get(encoder, none).float() for one in embeddings]).numpy()
    return rows, np.array([encoder in one for one in embeddings])
