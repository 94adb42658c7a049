"""What strangers do on a set of photographs: embedded by every encoder, counted by person, and then let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.evaluation.score import GENERATED, short_rate
from explorer.science.evaluation.strangers import impostor_rates
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.recognition.impostors import ImpostorRates
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.corpus import embed
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class EmbeddedSet:
    """The faces of a set under some encoders, row by row.

    photographs: those with a usable face. people: (N,) numbers, by the order of the set's `people`.
    embeddings: (N, D) by encoder, on the CPU. left_out: why each other photograph is none of them.
    """

    photographs: tuple[SetPhotograph, ...]
    people: Tensor
    embeddings: Mapping[str, Tensor]
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class MeasuredSet:
    """How many strangers of a set pass at every score, by encoder.

    credit, remarks: as the set has them; what was left out is among the remarks.
    """

    name: str
    rates: Mapping[str, ImpostorRates]
    credit: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many people it has."""
        return self._first.people

    @property
    def photographs(self) -> int:
        """How many photographs were embedded."""
        return self._first.photographs

    @property
    def pairs(self) -> int:
        """How many pairs of photographs show different people."""
        return self._first.pairs

    @property
    def _first(self) -> ImpostorRates:
        return next(iter(self.rates.values()))


@torch.no_grad()
def embed_set(
    photographs: PhotographSet,
    encoders: Iterable[str],
    networks: Networks,
    step: Step = lambda done, total: None,
    each: int | None = None,
) -> EmbeddedSet:
    """Find and embed the most prominent face of each photograph.

    Args:
        step: told how many photographs of how many are done.
        each: at most so many photographs of each person, the first ones.

    Raises:
        MissingNetwork: a network is not in the cache.
        UserError: no photograph has a usable face.
    """
    recognisers = {encoder: networks.recogniser(encoder) for encoder in encoders}
    detector, people = networks.detector(), list(photographs.people)
    wanted = [one for person in people for one in photographs.of(person)[:each]]
    found, rows, left_out = list[SetPhotograph](), list[dict[str, Tensor]](), list[str]()
    for done, one in enumerate(wanted):
        step(done, len(wanted))
        try:
            photograph = one.read()
            face = choose_face(photograph, detector.detect(photograph.pixels))
        except FaceError as error:
            left_out.append(f"{one.person}: {error}")
            continue
        found.append(one)
        rows.append(embed(recognisers, photograph, face))
    step(len(wanted), len(wanted))
    if not rows:
        raise UserError(f"no usable face is found in the {len(wanted)} photographs of {photographs.name}")
    numbers = {person: number for number, person in enumerate(people)}
    return EmbeddedSet(
        tuple(found),
        torch.tensor([numbers[one.person] for one in found]),
        {encoder: torch.stack([row[encoder] for row in rows]) for encoder in recognisers},
        tuple(left_out),
    )


def measure_set(
    photographs: PhotographSet,
    encoders: Iterable[str],
    networks: Networks,
    step: Step = lambda done, total: None,
    each: int | None = None,
) -> MeasuredSet:
    """Count the strangers of a set under every encoder; otherwise as `embed_set`.

    Raises:
        StrangersError: only one person is left, or too many photographs.
    """
    embedded = embed_set(photographs, encoders, networks, step, each)
    rates = {
        encoder: impostor_rates(embeddings, embedded.people, encoder_spec(encoder).measure)
        for encoder, embeddings in embedded.embeddings.items()
    }
    remarks = (*photographs.remarks, *embedded.left_out)
    return MeasuredSet(photographs.name, rates, photographs.credit, remarks)


def measure_generated(encoders: Iterable[str], networks: Networks) -> MeasuredSet:
    """Count the strangers among the gallery's generated faces, each of whom is a person, under every encoder.

    Raises:
        UserError: an encoder has no gallery.
    """
    rates = {}
    for encoder in encoders:
        calibration = networks.calibration(encoder)
        if calibration is None:
            raise UserError(f"{encoder} has no gallery: make it with `likeness train gallery --encoder {encoder}`")
        gallery = calibration.gallery
        rates[encoder] = impostor_rates(gallery, torch.arange(len(gallery)), calibration.measure)
    return MeasuredSet(GENERATED, rates)


@dataclass(frozen=True)
class EncoderRow:
    """What one encoder's strangers do on a set, as tables show it.

    threshold: at FMR 1e-3 on generated impostors, or None; rate: of strangers that pass it, with its interval.
    own_threshold, own_rate: the same at the makers' threshold. at: by FMR, the threshold on this set, None where so
    few pairs cannot tell it.
    """

    encoder: str
    measure: str
    pairs: int
    threshold: float | None
    rate: tuple[float, float, float] | None
    own_threshold: float | None
    own_rate: tuple[float, float, float] | None
    at: Mapping[float, float | None]


def rows_of(measured: MeasuredSet, networks: Networks, fmrs: Iterable[float]) -> list[EncoderRow]:
    """The rows of a table, one an encoder.

    Args:
        fmrs: the false match rates whose thresholds are wanted.
    """
    wanted, rows = tuple(fmrs), []
    for encoder, rates in measured.rates.items():
        spec, calibration = encoder_spec(encoder), networks.calibration(encoder)
        threshold = None if calibration is None else calibration.threshold
        rows.append(
            EncoderRow(
                encoder,
                spec.measure,
                rates.pairs,
                threshold,
                _rate(rates, threshold),
                spec.own_threshold,
                _rate(rates, spec.own_threshold),
                {fmr: rates.threshold(fmr) for fmr in wanted},
            )
        )
    return rows


def _rate(rates: ImpostorRates, threshold: float | None) -> tuple[float, float, float] | None:
    if threshold is None:
        return None
    at = rates.at(threshold)
    return at.value, at.low, at.high


def interval_words(rate: tuple[float, float, float] | None) -> str:
    """Such as "2.6e-5 [0, 9e-5]"; a dash where there is no rate."""
    if rate is None:
        return "–"
    value, low, high = map(short_rate, rate)
    return f"{value} [{low}, {high}]"
