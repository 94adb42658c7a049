"""How well encoders tell people apart by altered faces, with and without maps: table 2 of Deep Face Decoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.accepting import FAR, Accepted, Pairs, mean_by_person
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.geometry import UPRIGHT, Mode
from explorer.science.laboratory.geometry_maps import (
    EmbeddingMap,
    FittedOn,
    MapOf,
    Source,
    fit_map,
    leave_out,
    mapped_by_others,
)
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import LEAST_PASSING
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.laboratory.altered_faces import AlteredSet, Wanted

GENERATED: Source = "generated faces"
PHOTOGRAPHS: Source = "photographs of other people"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Share(_Record):
    """What one way of comparing comes to.

    tar: share of pairs of one person that pass where at most a share `far` of the strangers' pairs does; gained: over
        no map. threshold: the score that must be surpassed, from the strangers of the same comparison; passing: how
        many pairs of strangers do.
    cosine: mean of the altered embedding, mapped or not, with the upright one of the same photograph.
    """

    tar: Estimate
    gained: Estimate | None
    threshold: float
    passing: int
    cosine: Estimate | None


class MappedShare(Share):
    """The same with a map. fitted_on: of photographs, how one of the maps was fitted whose people are others."""

    fitted_on: FittedOn


class AlterationRow(_Record):
    """One alteration. found: share of the photographs whose altered face was found again; 1 without realignment."""

    alteration: str
    mode: Mode
    found: float
    without: Share
    generated: MappedShare | None
    photographs: MappedShare | None


class EncoderTable(_Record):
    """One encoder. upright: photographs as they are, compared with each other."""

    encoder: str
    measure: Metric
    upright: Share
    rows: tuple[AlterationRow, ...]


class GeometryRecord(_Record):
    """A set of photographs, one of each pair altered, and what encoders say; holds no pictures and no embeddings.

    genuine, impostors: how many pairs show one person, and two. unpaired: listed pairs without a usable face.
    seeds: of the generated faces that maps were fitted on, the first and how many.
    """

    format: Literal["likeness-geometry/1"] = "likeness-geometry/1"
    set: str
    credit: str
    remarks: tuple[str, ...]
    protocol: str
    people: int
    photographs: int
    genuine: int
    impostors: int
    unpaired: int
    far: float
    seeds: tuple[int, int] | None
    encoders: tuple[EncoderTable, ...]
    device: str
    versions: dict[str, str]
    networks: dict[str, str]

    @property
    def roughly(self) -> bool:
        """Whether so few pairs of strangers may pass that the threshold is known roughly alone (the rule of 30)."""
        return self.far * self.impostors < LEAST_PASSING


@dataclass(frozen=True, eq=False)
class Fitting:
    """What maps are fitted on. generated: faces as they were seen, with their seeds; given: maps of files, by encoder;
    photographs: whether maps are fitted on other people of the set."""

    generated: AlteredSet | None = None
    seeds: tuple[int, int] | None = None
    given: Mapping[str, Sequence[EmbeddingMap]] | None = None
    photographs: bool = True


@dataclass(frozen=True, eq=False)
class JudgedEncoder:
    """The rows of an encoder, and the maps that can be kept: on generated faces, and on all photographs of the set."""

    table: EncoderTable
    maps: tuple[EmbeddingMap, ...]


def judge_encoder(
    encoder: str,
    wanted: Wanted,
    seen: AlteredSet,
    pairs: Pairs,
    set_name: str,
    fitting: Fitting,
    step: Callable[[str], object] = lambda what: None,
) -> JudgedEncoder:
    """Compare upright with altered photographs, each alteration without a map and with those there are.

    Args:
        pairs: of the rows of `seen`; the second photograph of each pair is the altered one.
        step: told what comes next; what it raises ends the work.

    Raises:
        MapError: people are too few for a map, or a given map was fitted on people of the set.
    """
    judging = _Judging(encoder, encoder_spec(encoder).measure, seen, pairs, set_name)
    rows, maps = list[AlterationRow](), list[EmbeddingMap]()
    for mode, one in wanted.shown:
        if one == UPRIGHT:
            continue
        step(f"{encoder}: {one.name}, {mode}")
        altered = seen.seen[mode, encoder, one.name]
        without = judging.accepted(altered)
        by_generated = judging.fitted_on_generated(mode, one.name, fitting)
        generated = None if by_generated is None else judging.mapped(altered, [by_generated], without)
        photographs = None
        if fitting.photographs:
            of = MapOf(encoder, judging.measure, one.name, mode, PHOTOGRAPHS, set_name)
            others = leave_out(altered, judging.upright, seen.people, of)
            photographs = judging.mapped(altered, others, without)
            maps.append(fit_map(altered, judging.upright, seen.people, of))
        maps += [] if by_generated is None or fitting.generated is None else [by_generated]
        found = float(altered.isfinite().all(1).double().mean())
        share = judging.share(altered, without)
        rows.append(
            AlterationRow(
                alteration=one.name, mode=mode, found=found, without=share, generated=generated, photographs=photographs
            )
        )
    as_it_is = judging.share(judging.upright, judging.accepted(judging.upright))
    table = EncoderTable(encoder=encoder, measure=judging.measure, upright=as_it_is, rows=tuple(rows))
    return JudgedEncoder(table, tuple(maps))


@dataclass(frozen=True, eq=False)
class _Judging:
    """One encoder on one set."""

    encoder: str
    measure: Metric
    seen: AlteredSet
    pairs: Pairs
    set_name: str

    @property
    def upright(self) -> Tensor:
        return self.seen.seen["template", self.encoder, UPRIGHT.name]

    def accepted(self, altered: Tensor) -> Accepted:
        return self.pairs.accepted(self.pairs.scores(self.upright, altered, self.measure), self.measure, FAR)

    def share(self, altered: Tensor, accepted: Accepted, gained: Estimate | None = None) -> Share:
        return Share(**self._numbers(altered, accepted, gained))

    def mapped(self, altered: Tensor, maps: Sequence[EmbeddingMap], without: Accepted) -> MappedShare:
        """What maps come to that know nobody whom they are judged by."""
        given = mapped_by_others(altered, self.seen.people, self.set_name, maps)
        accepted = self.accepted(given)
        fitted_on = maps[0].fitted_on.model_copy(update={"digests": ()})
        return MappedShare(fitted_on=fitted_on, **self._numbers(given, accepted, accepted.gained_over(without)))

    def _numbers(self, altered: Tensor, accepted: Accepted, gained: Estimate | None) -> dict[str, object]:
        cosine = torch.cosine_similarity(altered.double(), self.upright.double())
        return {
            "tar": accepted.tar,
            "gained": gained,
            "threshold": accepted.threshold,
            "passing": accepted.passing,
            "cosine": mean_by_person(cosine, self.seen.people),
        }

    def fitted_on_generated(self, mode: Mode, alteration: str, fitting: Fitting) -> EmbeddingMap | None:
        """The map of a file, or else that of the generated faces; None where there is neither."""
        for one in (fitting.given or {}).get(self.encoder, ()):
            if (one.mode, one.alteration) == (mode, alteration):
                one.refuse_known(self.seen.people, self.set_name)
                return one
        if fitting.generated is None:
            return None
        faces = fitting.generated
        of = MapOf(self.encoder, self.measure, alteration, mode, GENERATED, GENERATED, fitting.seeds)
        upright = faces.seen["template", self.encoder, UPRIGHT.name]
        return fit_map(faces.seen[mode, self.encoder, alteration], upright, faces.people, of)
