"""Faces made from photographs of known people, judged by every encoder: the record behind tables and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.same_person import (
    Closeness,
    Identification,
    SeenPeople,
    Success,
    closeness,
    different_pairs,
    identification,
    success,
)
from explorer.science.evaluation.strangers import MOST_PHOTOGRAPHS
from explorer.science.inversion.settings import InversionSettings, RecordedSettings
from explorer.science.recognition.base import Metric
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.people_inverted import EmbeddedPeople, MadeFace
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.origins import plugins_among
from explorer.studio.versions import versions

# Of the set itself: the first of them that its pairs can tell.
OWN_RATES = (1e-3, 1e-2)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderVerdict(_Record):
    """What one encoder says.

    generated: at its threshold of generated impostors; None where it has no impostor statistics.
    own: at the threshold that the set itself gives for `own_rate`, a false match rate that its pairs can tell; None
        where they can tell none.
    """

    encoder: str
    measure: Metric
    attacked: bool
    generated: Success | None
    own: Success | None
    own_rate: float | None
    closeness: Closeness
    identification: Identification | None


class Failed(_Record):
    """A photograph that could not be used, and why."""

    photograph: str
    reason: str


class PeopleRecord(_Record):
    """A set of people, faces made from their photographs, and what encoders say of them; holds no pictures.

    with_others: people of whom another photograph is there than one that was inverted.
    different_pairs: of photographs of different people.
    """

    format: Literal["likeness-people/1"] = "likeness-people/1"
    set: str
    credit: str
    remarks: tuple[str, ...]
    settings: RecordedSettings
    each: int
    people: int
    with_others: int
    photographs: int
    made: int
    without_face: int
    guided_by_photograph: bool
    different_pairs: int
    encoders: tuple[EncoderVerdict, ...]
    failed: tuple[Failed, ...]
    device: str
    versions: dict[str, str]
    networks: dict[str, str]
    created: str

    @property
    def held_out(self) -> tuple[EncoderVerdict, ...]:
        """Of the encoders that took no part in making the faces."""
        return tuple(one for one in self.encoders if not one.attacked)

    def lowest(self) -> dict[str, tuple[float, str]]:
        """The lowest share over held-out encoders at their thresholds of generated impostors, and under which of them:
        type_1, type_2, original, of_original, as far as they are known."""
        found = {}
        for name in ("type_1", "type_2", "original", "of_original"):
            shares = [
                (estimate.value, one.encoder)
                for one in self.held_out
                if one.generated is not None and (estimate := getattr(one.generated, name)) is not None
            ]
            if shares:
                found[name] = min(shares)
        return found


class PairRow(_Record):
    """One comparison of one person: which photograph was inverted, and with which photograph what was compared."""

    person: str
    source: str
    other: str
    encoder: str
    attacked: bool
    kind: Literal["type I", "type II", "original"]
    score: float | None
    passes: bool | None


def judge_people(
    networks: Networks,
    chosen: PhotographSet,
    people: EmbeddedPeople,
    made: Mapping[int, MadeFace],
    settings: InversionSettings,
    each: int,
    failed: Sequence[Failed] = (),
) -> tuple[PeopleRecord, list[PairRow]]:
    """Hold faces against all photographs of their set, under every encoder.

    Args:
        made: faces by the row of the photograph in `people` that they were made from; at least one.
        each: how many of a person were to be inverted. failed: what could not be used of the set.
    """
    encoders = sorted(people.photographs[0].embeddings, key=lambda encoder: encoder != settings.encoder)
    verdicts, pairs = [], []
    for encoder in encoders:
        seen, impostors = _seen(people, made, encoder), networks.calibration(encoder)
        threshold = None if impostors is None else impostors.threshold
        verdicts.append(_verdict(seen, encoder, encoder == settings.encoder, threshold))
        pairs += _pairs(people, seen, encoder, encoder == settings.encoder, threshold)
    runs = [one.run for one in made.values()]
    record = PeopleRecord(
        set=chosen.name,
        credit=chosen.credit,
        remarks=(*chosen.remarks, *_remarks(people, seen)),
        settings=settings,
        each=each,
        people=len({one.person for one in people.photographs}),
        with_others=len(set(seen.whose[seen.others.any(1)].tolist())),
        photographs=len(people.photographs),
        made=len(made),
        without_face=sum(not one.embeddings for one in made.values()),
        guided_by_photograph=any(run.guided_by_photograph for run in runs),
        different_pairs=different_pairs(seen.people),
        encoders=tuple(verdicts),
        failed=tuple(failed),
        device=runs[0].device,
        versions=versions() | {name: one for run in runs for name, one in plugins_among(run.versions).items()},
        networks={name: digest for run in runs for name, digest in run.networks.items()},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return record, pairs


def _remarks(people: EmbeddedPeople, seen: SeenPeople) -> list[str]:
    said = []
    if seen.strangers is None and different_pairs(seen.people):
        said.append(f"false matches are counted among {MOST_PHOTOGRAPHS} photographs at most: here they are not known")
    if people.several:
        shown = _counted(people.several, "photograph shows", "photographs show")
        said.append(f"{shown} several faces: the most prominent one is taken")
    if people.repeated:
        said.append(f"left out, for the same picture of the same person is there already: {_named(people.repeated)}")
    if people.shared:
        said.append(f"the same picture is said to be of different people: {_named(people.shared)}")
    return said


def _named(titles: Sequence[str], most: int = 3) -> str:
    more = len(titles) - most
    return ", ".join(titles[:most]) + (f" and {more} more" if more > 0 else "")


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _seen(people: EmbeddedPeople, made: Mapping[int, MadeFace], encoder: str) -> SeenPeople:
    names = {name: number for number, name in enumerate(dict.fromkeys(one.person for one in people.photographs))}
    dimension = encoder_spec(encoder).dimension
    faces = [one.embeddings.get(encoder) for one in made.values()]
    return SeenPeople(
        encoder_spec(encoder).measure,
        np.array([names[one.person] for one in people.photographs]),
        _matrix([one.embeddings[encoder] for one in people.photographs]),
        np.array(list(made)),
        _matrix([torch.zeros(dimension) if one is None else one for one in faces]),
        np.array([one is not None for one in faces]),
    )


def _matrix(embeddings: Sequence[Tensor]) -> NDArray[np.float32]:
    return torch.stack(list(embeddings)).float().numpy()


def _verdict(seen: SeenPeople, encoder: str, attacked: bool, threshold: float | None) -> EncoderVerdict:
    rate, own = _own_threshold(seen)
    return EncoderVerdict(
        encoder=encoder,
        measure=seen.measure,
        attacked=attacked,
        generated=None if threshold is None else success(seen, threshold),
        own=None if own is None else success(seen, own),
        own_rate=rate,
        closeness=closeness(seen),
        identification=identification(seen),
    )


def _own_threshold(seen: SeenPeople) -> tuple[float | None, float | None]:
    """A false match rate of the set itself, and the score at it; None where its pairs tell none."""
    if seen.strangers is None:
        return None, None
    told = ((rate, seen.strangers.threshold(rate)) for rate in OWN_RATES)
    return next(((rate, threshold) for rate, threshold in told if threshold is not None), (None, None))


def _pairs(
    people: EmbeddedPeople, seen: SeenPeople, encoder: str, attacked: bool, threshold: float | None
) -> list[PairRow]:
    """Every comparison behind the shares of success, in the order of the photographs."""
    rows = []

    def add(kind: Literal["type I", "type II", "original"], number: int, other: int, found: bool) -> None:
        source = people.photographs[seen.sources[number]]
        scores = seen.originals if kind == "original" else seen.made
        passes = None if threshold is None else bool(seen.passing(scores[number, other], threshold) and found)
        rows.append(
            PairRow(
                person=source.person,
                source=source.name,
                other=people.photographs[other].name,
                encoder=encoder,
                attacked=attacked,
                kind=kind,
                score=float(scores[number, other]) if found else None,
                passes=passes,
            )
        )

    for number, (source, found) in enumerate(zip(seen.sources.tolist(), seen.found.tolist(), strict=True)):
        others = np.flatnonzero(seen.others[number]).tolist()
        add("type I", number, source, found)
        for other in others:
            add("type II", number, other, found)
        for other in others:
            add("original", number, other, True)
    return rows
