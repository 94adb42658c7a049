"""One face attacked, as every encoder, its probes and its decoder see it before and after: a row of the laboratory."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.attack_steps import AttackStep
from explorer.science.leakage.readout import picture_origin
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.networks import Networks
from explorer.studio.faces.edits import READ_FRAME
from explorer.studio.laboratory.attack_running import (
    Aim,
    AttackedFace,
    AttackedPhotograph,
    run_attack,
    seen_by_all,
)
from explorer.studio.laboratory.seeing import SeenFace, see


@dataclass(frozen=True, eq=False)
class AttackedView:
    """A face that was attacked.

    frame, attacked, change: (512, 512, 3) of the common frame: the photograph, the saved picture, and what changed,
        amplified as `made.record.amplification` says.
    before, after: by encoder, the attacked one first; `after` is empty where no face is found in the saved picture.
    """

    photograph: Photograph
    face: Face
    frame: Frame
    attacked: Frame
    change: Frame
    before: Mapping[str, SeenFace]
    after: Mapping[str, SeenFace]
    made: AttackedFace


def attack_face(
    networks: Networks,
    photograph: Photograph,
    face: Face,
    settings: AttackSettings,
    aim: Aim,
    encoders: Sequence[str],
    known: Mapping[str, Tensor] | None = None,
) -> Generator[AttackStep, None, AttackedView]:
    """Attack a face, and see what becomes of its embeddings.

    Args:
        known: the embeddings of the face as it is, from `before` of an earlier time; made where None.

    Yields:
        As `run_attack`.

    Raises:
        As `run_attack`. UserError: an encoder's probes are damaged.
    """
    names = tuple(dict.fromkeys((settings.encoder, *encoders)))
    whole = known if known is not None and set(known) == set(names) else None
    embeddings = whole or seen_by_all(networks, photograph, face, names)
    source, origin = AttackedPhotograph(photograph, face, embeddings), picture_origin(photograph)
    before = {name: see(networks, name, embeddings[name], origin) for name in names}
    steps = Steps(run_attack(networks, source, aim, settings))
    yield from steps
    made: AttackedFace = steps.result
    after = {
        name: see(networks, name, made.embeddings[name], origin, before[name])
        for name in names
        if name in made.embeddings
    }
    saved, change = made.perturbation.after, made.perturbation.amplified()
    frame, attacked, changed = (_framed(one, photograph, face) for one in (photograph.pixels, saved, change))
    return AttackedView(photograph, face, frame, attacked, changed, before, after, made)


def _framed(pixels: Frame, photograph: Photograph, face: Face) -> Frame:
    frame: Frame = crop_frame(Photograph(np.asarray(pixels), photograph.name, ""), face, READ_FRAME).frame
    return frame
