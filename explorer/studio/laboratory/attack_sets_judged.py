"""Attacks on the photographs of a set, judged by every encoder: the record behind tables, texts and figure 13."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.same_person import Estimate, mean_by_person
from explorer.science.evaluation.strangers import StrangersError, impostor_rates
from explorer.science.laboratory.attack_scores import (
    AttackedPeople,
    AttackSuccess,
    RocCurve,
    attack_curves,
    attack_success,
)
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import ImpostorRates
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import Networks, device_name
from explorer.studio.evaluation.people_inverted import EmbeddedPeople
from explorer.studio.evaluation.people_judged import OWN_RATES, Failed
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.laboratory.attack_running import threshold_of
from explorer.studio.laboratory.attack_sets import AttackedRow, View, matrix_of
from explorer.studio.versions import versions


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeenThrough(_Record):
    """Attacks as one encoder sees them behind one defence.

    defence: its name, empty for none. knowing: whether the attack knew it, and followed its gradients.
    generated: at the encoder's threshold (FMR 1e-3 of generated impostors, else its makers'); None where it has none.
    own: at the threshold that the set itself gives at `EncoderAttacks.own_rate`; None where its pairs can tell none.
    """

    defence: str
    knowing: bool
    generated: AttackSuccess | None
    own: AttackSuccess | None


class EncoderAttacks(_Record):
    """What one encoder says. attacked: whether its gradients were followed. curves: of figure 13."""

    encoder: str
    measure: Metric
    attacked: bool
    own_rate: float | None
    views: tuple[SeenThrough, ...]
    curves: tuple[RocCurve, ...]


class AttackSetRecord(_Record):
    """A set of people whose photographs were attacked; holds no picture.

    each: photographs of each person that were to be attacked. attacked: how many were.
    without_face: in how many altered pictures no face is found where it was. reached: by how many attacks the goal was
    reached before the picture was rounded to 8 bits.
    largest: the largest change of all, of 255. length, psnr: means over people.
    """

    format: Literal["likeness-attacks/1"] = "likeness-attacks/1"
    set: str
    credit: str
    remarks: tuple[str, ...]
    settings: AttackSettings
    away: bool
    each: int
    people: int
    photographs: int
    attacked: int
    without_face: int
    reached: int
    largest: int
    length: Estimate
    psnr: Estimate | None
    encoders: tuple[EncoderAttacks, ...]
    failed: tuple[Failed, ...]
    device: str
    versions: dict[str, str]
    networks: dict[str, str]
    created: str


def judge_attacks(
    networks: Networks,
    chosen: PhotographSet,
    people: EmbeddedPeople,
    rows: Sequence[AttackedRow],
    settings: AttackSettings,
    each: int,
    failed: Sequence[Failed] = (),
) -> AttackSetRecord:
    """Judge attacks on photographs of a set under every encoder.

    Args:
        rows: at least one. each: how many photographs of a person were to be attacked.
    """
    encoders = sorted(people.photographs[0].embeddings, key=lambda encoder: encoder != settings.encoder)
    names = {name: number for number, name in enumerate(dict.fromkeys(one.person for one in people.photographs))}
    whose = np.array([names[people.photographs[one.planned.row].person] for one in rows])
    records = [one.record for one in rows]
    length = mean_by_person(whose, np.array([one.length for one in records]))
    assert length is not None, "every attack has a length, be it nought"
    psnr = np.array([np.nan if one.psnr is None else one.psnr for one in records])
    return AttackSetRecord(
        set=chosen.name,
        credit=chosen.credit,
        remarks=(*chosen.remarks, *_remarks(people)),
        settings=settings,
        away=records[0].away,
        each=each,
        people=len(names),
        photographs=len(people.photographs),
        attacked=len(rows),
        without_face=sum(not one.found for one in records),
        reached=sum(one.reached for one in records),
        largest=max(one.largest for one in records),
        length=length,
        psnr=mean_by_person(whose, psnr),
        encoders=tuple(_verdict(networks, people, rows, encoder, settings) for encoder in encoders),
        failed=tuple(failed),
        device=device_name(networks.device),
        versions=versions({"encoders": encoders}),
        networks={name: digest for one in records for name, digest in one.networks.items()},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _remarks(people: EmbeddedPeople) -> list[str]:
    repeated = len(people.repeated)
    return [f"{repeated} photographs that repeat another one of the same person are left out"] if repeated else []


def _verdict(
    networks: Networks, people: EmbeddedPeople, rows: Sequence[AttackedRow], encoder: str, settings: AttackSettings
) -> EncoderAttacks:
    own_rate, own = _own_threshold(_strangers(people, encoder))
    threshold = threshold_of(networks, encoder)
    views, shown = list[SeenThrough](), dict[str, AttackedPeople]()
    for name in rows[0].views:
        for knowing in (False, True):
            some = [one.views[name] for one in rows]
            if knowing and some[0].knowing is None:
                continue
            seen = _seen(people, rows, some, encoder, knowing)
            shown[f"{name}, known" if knowing else name] = seen
            views.append(
                SeenThrough(
                    defence=name,
                    knowing=knowing,
                    generated=_at(seen, threshold),
                    own=_at(seen, own),
                )
            )
    return EncoderAttacks(
        encoder=encoder,
        measure=encoder_spec(encoder).measure,
        attacked=encoder == settings.encoder,
        own_rate=own_rate,
        views=tuple(views),
        curves=attack_curves(shown),
    )


def _seen(
    people: EmbeddedPeople, rows: Sequence[AttackedRow], views: Sequence[View], encoder: str, knowing: bool
) -> AttackedPeople:
    names = {name: number for number, name in enumerate(dict.fromkeys(one.person for one in people.photographs))}
    clean, _ = matrix_of([one.clean for one in views], encoder)
    altered = [(one.knowing or {}) if knowing else one.attacked for one in views]
    attacked, found = matrix_of(altered, encoder)
    aims = [one.planned.aim for one in rows]
    return AttackedPeople(
        measure=encoder_spec(encoder).measure,
        people=np.array([names[one.person] for one in people.photographs]),
        photographs=matrix_of([one.embeddings for one in people.photographs], encoder)[0],
        sources=np.array([one.planned.row for one in rows]),
        aims=None if aims[0] is None else np.array(aims),
        clean=clean,
        attacked=attacked,
        found=found,
    )


def _strangers(people: EmbeddedPeople, encoder: str) -> ImpostorRates | None:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(one.person for one in people.photographs))}
    embeddings = torch.stack([one.embeddings[encoder].float() for one in people.photographs])
    whose = torch.tensor([numbers[one.person] for one in people.photographs])
    try:
        return impostor_rates(embeddings, whose, encoder_spec(encoder).measure)
    except StrangersError:
        return None


def _own_threshold(strangers: ImpostorRates | None) -> tuple[float | None, float | None]:
    """A false match rate of the set itself, and the score at it; None where its pairs tell none."""
    told = [(rate, strangers.threshold(rate)) for rate in OWN_RATES] if strangers is not None else []
    return next(((rate, threshold) for rate, threshold in told if threshold is not None), (None, None))


def _at(seen: AttackedPeople, threshold: float | None) -> AttackSuccess | None:
    return None if threshold is None else attack_success(seen, threshold)
