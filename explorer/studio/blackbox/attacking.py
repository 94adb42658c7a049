"""One whole attack on a black box: its questions, the search, and the result judged by whoever took no part."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.blackbox.linear import FEWEST
from explorer.science.blackbox.methods import (
    ATTACKS,
    FRAME,
    AskedFaces,
    Attacked,
    Attacking,
    AttackSpec,
    Bred,
    NearestFaces,
    Question,
)
from explorer.science.evaluation.score import EncoderScore
from explorer.science.evaluation.scoring import score_image
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.recognition.base import similarity_or_distance
from explorer.studio import catalogue
from explorer.studio.blackbox.account import Account, BudgetSpentError, Manner
from explorer.studio.blackbox.answer import BlackBoxError, Vector
from explorer.studio.blackbox.answers import Answers, key_of
from explorer.studio.blackbox.asked_faces import FacesAsked, FaceSupply
from explorer.studio.blackbox.client import BlackBox
from explorer.studio.blackbox.record import WHITES, AttackSettings, BlackBoxRun, QueryCount
from explorer.studio.blackbox.targets import BlackBoxTarget
from explorer.studio.catalogue.networks import Networks, attacked_encoder, device_name, main_networks
from explorer.studio.catalogue.students import record_of_encoder
from explorer.studio.errors import UserError
from explorer.studio.extras import require
from explorer.studio.inversion.running import Rendering, draw, latent_digest
from explorer.studio.versions import versions


@dataclass(frozen=True, eq=False)
class FinishedAttack:
    """An attack and what it made.

    native: (1024, 1024, 3) uint8 RGB, the result. latent: its own. nearest: the nearest face that was asked about.
    """

    run: BlackBoxRun
    native: NDArray[np.uint8]
    latent: Tensor
    nearest: NDArray[np.uint8]


AttackEvent = FacesAsked | StartsProgress | InversionStep | Bred | Rendering
RunningAttack = Generator[AttackEvent, None, FinishedAttack | None]


def run_attack(
    networks: Networks,
    box: BlackBox,
    answers: Answers,
    target: BlackBoxTarget,
    settings: AttackSettings,
    manner: Manner | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunningAttack:
    """Attack a black box with so many queries.

    The same attack with the same answers makes the same result, whether they were given now or before.

    Args:
        answers: of this black box. manner: how it is asked.

    Returns:
        The attack; None where it was stopped before there was a result.

    Raises:
        UserError: an unknown attack or encoder, or one that is not here; too few queries; the black box does not answer
            as it should, or sees no face in the photograph.
    """
    spec, faces_asked = checked(settings, asks_target=target.vector is None)
    begun = time.perf_counter()
    account = Account(box, answers, settings.queries, manner)
    vector = _target_vector(box, account, target)
    faces: AskedFaces | None = None
    if spec.student:
        _check_student(settings, box)
    supply = FaceSupply(networks, settings.search.generator, () if spec.student else settings.whites)
    for event in supply.asked(account, faces_asked, int(spec.share * settings.queries) + 1):
        if isinstance(event, AskedFaces):
            faces = event
        else:
            yield event
            if should_stop():
                return None
    assert faces is not None, "the faces come last"
    _check_faces(faces, vector, settings, box)
    search = searched(settings)
    attack = spec.attack(
        vector.to(networks.device),
        faces,
        search,
        generator=networks.generator(search.generator),
        whites={white: networks.recogniser(white) for white in settings.whites},
        detector=networks.detector(),
        measure=settings.measure,
        questions=int(account.left) - 1,
        should_stop=should_stop,
    )
    found = yield from _driven(attack, account)
    if found is None:
        return None
    yield Rendering()
    native = draw(networks, found.latent, search.model_copy(update={"space": found.space}))
    yield Rendering()
    near = NearestFaces(faces, vector, settings.measure).propose(vector, 1, 0)[0]
    nearest = draw(networks, near, search.model_copy(update={"space": "W"}))
    judged = _judged(account, native)
    scores = _scores(networks, target, native)
    record = BlackBoxRun(
        settings=settings,
        target=target.record,
        blackbox=box.name,
        queries=QueryCount(**vars(account.count)),
        faces=len(faces),
        held_out=dict(found.held_out),
        nearness=None if judged is None else _nearness(torch.from_numpy(judged), vector, settings),
        nearest=max_nearness(faces, vector, settings),
        scores=scores,
        nearest_scores={score.encoder: score.score for score in _scores(networks, target, nearest)},
        result_face_found=bool(scores) or target.frame is None,
        seconds=time.perf_counter() - begun,
        latent_sha256=latent_digest(found.latent),
        device=device_name(networks.device),
        versions=versions(
            {"encoders": (*settings.whites, *target.judged_by), "generators": (settings.search.generator,)}
        ),
        networks={id_: catalogue.sha256(id_) for id_ in _network_ids(settings, target)},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return FinishedAttack(record, native, found.latent, nearest)


def checked(settings: AttackSettings, *, asks_target: bool) -> tuple[AttackSpec, int]:
    """The method of an attack, and how many generated faces it asks about.

    Raises:
        UserError: there is no such method or encoder, or the queries do not suffice for it.
        ModuleNotFoundError: what it needs is not installed.
    """
    if settings.attack not in ATTACKS.names():
        raise UserError(f"no attack called {settings.attack!r}; there are {', '.join(ATTACKS.names())}")
    for white in settings.whites:
        attacked_encoder(white)
    spec = ATTACKS[settings.attack]
    kept_back = int(spec.share * settings.queries) + 1 + asks_target
    faces = settings.queries - kept_back
    if faces < FEWEST:
        least = next(n for n in range(FEWEST, 4 * FEWEST) if n - int(spec.share * n) - 1 - asks_target >= FEWEST)
        raise UserError(f"{settings.queries} queries are too few for {spec.name}: it needs at least {least}")
    if spec.student:
        _check_queries(settings, faces)
    if spec.needs:
        require(spec.needs)
    return spec, faces


def _check_queries(settings: AttackSettings, faces: int) -> None:
    """A student may have learnt from no more than the attack asks about: so that attacks are held against each other at
    equal queries."""
    if len(settings.whites) > 1 or settings.whites == WHITES:
        raise UserError(f"--attack {settings.attack}: name the one student that learnt from this black box by --white")
    record = record_of_encoder(settings.whites[0])
    if record.generated < record.queries:
        raise UserError(f"{settings.whites[0]} learnt from {record.learnt_from}: attacks ask about drawn faces alone")
    if record.queries > faces:
        raise UserError(
            f"{settings.whites[0]} learnt from {record.queries} queries, more than the {faces} faces that an attack of "
            f"{settings.queries} asks about: give it --queries {record.queries + settings.queries - faces}"
        )


def _check_student(settings: AttackSettings, box: BlackBox) -> None:
    record = record_of_encoder(settings.whites[0])
    if record.teacher_key != key_of(box.key):
        raise UserError(f"{settings.whites[0]} learnt from {record.teacher}, which is another than {box.name}")


def searched(settings: AttackSettings) -> InversionSettings:
    """The settings of the search, under the names of the encoders that stand in."""
    return settings.search.model_copy(update={"encoder": "+".join(settings.whites), "targets": "none"})


def max_nearness(faces: AskedFaces, vector: Tensor, settings: AttackSettings) -> float:
    """How near the nearest of some faces is to a target (D,), in the black box's measure."""
    scores = similarity_or_distance(faces.vectors, vector[None], settings.measure)
    return float(scores.max() if settings.measure == "cosine" else scores.min())


def _nearness(one: Tensor, other: Tensor, settings: AttackSettings) -> float:
    return float(similarity_or_distance(one, other, settings.measure))


def _target_vector(box: BlackBox, account: Account, target: BlackBoxTarget) -> Tensor:
    if target.vector is not None:
        return target.vector
    assert target.shown is not None, "a target without a vector is a photograph"
    (vector,) = account.ask([target.shown], photograph=target.record.sha256)
    if vector is None:
        raise BlackBoxError(f"{box.name} finds no face in {target.record.name}: choose another photograph")
    return torch.from_numpy(vector)


def _judged(account: Account, native: NDArray[np.uint8]) -> Vector | None:
    """What the black box says of the result; None where it sees no face, or repetitions have used up the budget."""
    frame = cv2.resize(native, (FRAME, FRAME), interpolation=cv2.INTER_AREA).astype(np.uint8)
    with suppress(BudgetSpentError):
        return account.ask([frame])[0]
    return None


def _check_faces(faces: AskedFaces, vector: Tensor, settings: AttackSettings, box: BlackBox) -> None:
    if faces.vectors.shape[1] != len(vector):
        raise BlackBoxError(
            f"{box.name} answers {faces.vectors.shape[1]} numbers, and the target has {len(vector)}: it is not of this "
            "black box"
        )
    if len(faces) < FEWEST:
        raise BlackBoxError(f"{box.name} found a face in {len(faces)} generated faces alone: give it more --queries")


def _driven(attack: Attacking, account: Account) -> Generator[AttackEvent, None, Attacked | None]:
    """Let an attack run; what it asks is asked."""
    reply: list[Tensor | None] | None = None
    try:
        while True:
            try:
                event = attack.send(reply)
            except StopIteration as end:
                found: Attacked | None = end.value
                return found
            reply = None
            if isinstance(event, Question):
                answers = account.ask(list(event.frames))
                reply = [None if answer is None else torch.from_numpy(answer) for answer in answers]
            else:
                yield event
    finally:
        attack.close()


def _scores(networks: Networks, target: BlackBoxTarget, native: NDArray[np.uint8]) -> list[EncoderScore]:
    """Every encoder's verdict on a picture; empty where there is no photograph, or no face in the picture."""
    if not target.judged_by:
        return []
    return score_image(
        native,
        target.judged_by,
        "",
        detector=networks.detector(),
        recognisers={encoder: networks.recogniser(encoder) for encoder in target.judged_by},
        calibrations={encoder: networks.calibration(encoder) for encoder in target.judged_by},
    )


def _network_ids(settings: AttackSettings, target: BlackBoxTarget) -> tuple[str, ...]:
    return main_networks(sorted({*settings.whites, *target.judged_by}), settings.search.generator)
