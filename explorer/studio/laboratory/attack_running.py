"""An attack on a face of a photograph: run step by step, rounded as it is saved, and judged by every encoder."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.face import Face, Photograph
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_goals import Goal, LabelGoal, PeopleHead, SimilarityGoal
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.attack_steps import AttackStep
from explorer.science.laboratory.attacked_picture import (
    AttackedRegion,
    Perturbation,
    attacked_region,
    found_again,
    perturbation,
)
from explorer.science.laboratory.attacks import attack
from explorer.science.laboratory.defences import Defence, Undefended
from explorer.science.recognition.base import is_match, similarity_or_distance
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, device_name
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.laboratory.attack_values import AttackRecord, EncoderView
from explorer.studio.versions import versions


@dataclass(frozen=True, eq=False)
class AttackedPhotograph:
    """A face to be attacked: its photograph, and what encoders see of it, (D,) each, the attacked one among them."""

    photograph: Photograph
    face: Face
    embeddings: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Aim:
    """What an attack goes towards; away from the face itself where there is no record.

    embeddings: (D,) by encoder; of a bare vector only those of its own encoder.
    people: vectors (D,) of the attacked encoder by name, of whom the softmax knows besides the face and the aim.
    """

    record: TargetRecord | None = None
    embeddings: Mapping[str, Tensor] = field(default_factory=dict)
    people: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class AttackedFace:
    """What came of an attack. embeddings: (D,) by encoder of the saved picture; empty where no face is found in it."""

    record: AttackRecord
    perturbation: Perturbation
    embeddings: Mapping[str, Tensor]


Attacking = Generator[AttackStep, None, AttackedFace]


def attacked_photograph(
    networks: Networks, photograph: Photograph, face: Face, encoders: Sequence[str]
) -> AttackedPhotograph:
    """Look at a face under encoders before it is attacked.

    Raises:
        MissingNetwork: a network is not in the cache.
    """
    return AttackedPhotograph(photograph, face, seen_by_all(networks, photograph, face, encoders))


def threshold_of(networks: Networks, encoder: str) -> float | None:
    """The encoder's threshold: at FMR 1e-3 of generated faces, or else its makers'; None where it has neither."""
    calibration = networks.calibration(encoder)
    return encoder_spec(encoder).own_threshold if calibration is None else calibration.threshold


def goal_of(networks: Networks, source: AttackedPhotograph, aim: Aim, settings: AttackSettings) -> Goal:
    """What the attack wants of the attacked encoder's embeddings.

    Raises:
        AttackError: there are too few people for a softmax.
    """
    encoder, away = settings.encoder, aim.record is None
    own = source.embeddings[encoder].to(networks.device)
    reference = own if away else aim.embeddings[encoder].to(networks.device)
    if settings.objective == "similarity":
        return SimilarityGoal(reference, encoder_spec(encoder).measure, away, threshold_of(networks, encoder))
    vectors = [own, *([] if away else [reference]), *(one.to(networks.device) for one in aim.people.values())]
    label = torch.tensor(0 if away else 1, device=networks.device)
    return LabelGoal(PeopleHead(torch.stack(vectors), settings.temperature), label, away)


def run_attack(
    networks: Networks, source: AttackedPhotograph, aim: Aim, settings: AttackSettings, knows: Defence | None = None
) -> Attacking:
    """Attack a face, and judge the picture as it is saved under every encoder that saw the photograph.

    Args:
        knows: the defence that the attack sees through.

    Yields:
        The photograph itself, and the attacked part of it after each step. Closing the generator ends the attack.

    Raises:
        AttackError: as `attack` and `goal_of`.
        MissingNetwork: a network is not in the cache.
    """
    goal, recogniser = goal_of(networks, source, aim, settings), networks.recogniser(settings.encoder)
    region = attacked_region(source.photograph, source.face, networks.device)
    see = partial((Undefended() if knows is None else knows).see, recogniser, points=region.points)
    scores, steps = list[float](), Steps(attack(see, region.image, goal, settings))
    for step in steps:
        scores.append(float(step.score[0]))
        yield step
    changed = perturbation(source.photograph, region, steps.result.image, settings)
    seen = seen_again(networks, changed.after, source)
    return AttackedFace(
        AttackRecord(
            settings=settings,
            source=TargetRecord.of_face(
                source.photograph, source.face, settings.encoder, source.embeddings[settings.encoder].numpy()
            ),
            aim=aim.record,
            people=tuple(aim.people) if settings.objective == "softmax" else (),
            knows="" if knows is None else knows.name,
            scores=tuple(scores),
            reached=bool(steps.result.reached[0]),
            largest=changed.largest,
            length=changed.length,
            share=changed.share,
            amplification=changed.amplification,
            psnr=_psnr(changed, region),
            found=bool(seen),
            encoders=tuple(
                _view(networks, encoder, source, aim, seen, settings) for encoder in _order(source, settings)
            ),
            device=device_name(networks.device),
            versions=versions({"encoders": tuple(source.embeddings)}),
            networks=_digests(source.embeddings),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
        changed,
        seen,
    )


def seen_again(networks: Networks, pixels: NDArray[np.uint8], source: AttackedPhotograph) -> dict[str, Tensor]:
    """What encoders see of the saved picture, its face found anew: (D,) each; empty where it is not found.

    Args:
        pixels: (H, W, 3) uint8.
    """
    face = found_again(networks.detector(), pixels, source.face)
    if face is None:
        return {}
    return seen_by_all(networks, Photograph(pixels, "attacked", ""), face, tuple(source.embeddings))


@torch.no_grad()
def seen_by_all(networks: Networks, photograph: Photograph, face: Face, encoders: Sequence[str]) -> dict[str, Tensor]:
    """The (D,) embeddings of a face under several encoders, on the CPU."""
    return embed({encoder: networks.recogniser(encoder) for encoder in encoders}, photograph, face)


def _digests(encoders: Mapping[str, Tensor]) -> dict[str, str]:
    ids = (DETECTOR_NETWORK, *(encoder_spec(encoder).network for encoder in encoders))
    return {id_: catalogue.sha256(id_) for id_ in ids}


def _order(source: AttackedPhotograph, settings: AttackSettings) -> list[str]:
    return sorted(source.embeddings, key=lambda encoder: encoder != settings.encoder)


def _view(
    networks: Networks,
    encoder: str,
    source: AttackedPhotograph,
    aim: Aim,
    seen: Mapping[str, Tensor],
    settings: AttackSettings,
) -> EncoderView:
    measure, threshold = encoder_spec(encoder).measure, threshold_of(networks, encoder)
    before, after, wanted = source.embeddings[encoder], seen.get(encoder), aim.embeddings.get(encoder)

    def score(one: Tensor | None, other: Tensor | None) -> float | None:
        return None if one is None or other is None else float(similarity_or_distance(one, other, measure))

    own, reached = score(after, before), score(after, wanted)
    judged = own if aim.record is None else reached
    success = None
    if threshold is not None and (aim.record is None or wanted is not None):
        passes = judged is not None and is_match(measure, judged, threshold)
        success = not passes if aim.record is None else passes
    return EncoderView(
        encoder=encoder,
        attacked=encoder == settings.encoder,
        measure=measure,
        threshold=threshold,
        own=own,
        aim=reached,
        aim_before=score(before, wanted),
        success=success,
    )


def _psnr(changed: Perturbation, region: AttackedRegion) -> float | None:
    height, width = (side * region.factor for side in region.image.shape[-2:])
    inside = changed.change[region.top : region.top + height, region.left : region.left + width]
    error = float(np.square(inside.astype(np.float64)).mean())
    return float(10 * np.log10(255**2 / error)) if error else None
