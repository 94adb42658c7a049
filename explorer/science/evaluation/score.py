"""The verdict of one encoder on a reconstruction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, model_validator

GENERATED = "generated"
"""The population of threshold, FMR and rank: generated faces, each of its own latent."""

_TITLES = {"orl": "ORL", GENERATED: "generated faces"}


class PhotographRates(BaseModel):
    """What strangers of a population of photographs do under an encoder, in pairs of photographs of different people.

    people: of the population; pairs: of their photographs.
    passing: pairs that pass the encoder's threshold; low, high: the 95 % interval of their share, by person.
    nearer: pairs that are at least as near as the score.

    Example:
        >>> from explorer.science.evaluation import PhotographRates
        >>> rates = PhotographRates(population="orl", people=40, pairs=78000, passing=2, low=0, high=1e-4, nearer=78)
        >>> rates.words(), rates.words(rates.nearer)
        ('2.6e-5 on ORL', '1e-3 on ORL')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    population: str
    people: int
    pairs: int
    passing: int
    low: float
    high: float
    nearer: int

    @property
    def title(self) -> str:
        """What the population is called in texts."""
        return population_title(self.population)

    def words(self, passing: int | None = None) -> str:
        """The share that passes the threshold, or that so many pairs are: "2.6e-5 on ORL", "0 of 78,000 on ORL"."""
        count = self.passing if passing is None else passing
        share = short_rate(count / self.pairs) if count else f"0 of {self.pairs:,}"
        return f"{share} on {self.title}"

    def words_by_person(self) -> str:
        """The share that passes the threshold with its interval and on what it was measured."""
        ends = f"{short_rate(self.low)} to {short_rate(self.high)}"
        return f"{self.words()} ({ends} by person; {self.people} people, {self.pairs:,} pairs)"


def strangers_words(photographs: Iterable[PhotographRates]) -> str:
    """Which share of strangers passes an encoder's threshold, such as "2.6e-5 on ORL, 7.1 % on openpeople"; empty
    where nobody was measured."""
    return ", ".join(rates.words() for rates in photographs)


def strangers_range(scores: Iterable[EncoderScore], written: Callable[[float], str] | None = None) -> str:
    """Which share of strangers passes the thresholds of several encoders: "0 to 9e-5 on ORL, 1.3 to 8.3 % on
    openpeople"; empty where nobody was measured.

    Args:
        written: writes a share; `short_rate` where None.
    """
    written = written or short_rate
    shares: dict[str, list[float]] = {}
    for score in scores:
        for rates in score.photographs:
            shares.setdefault(rates.title, []).append(rates.passing / rates.pairs)
    return ", ".join(
        f"{_range(written(min(found)), written(max(found)))} on {title}" for title, found in shares.items()
    )


def _range(low: str, high: str) -> str:
    """Such as "0 to 9e-5", "1.3 to 8.3 %"; one of them where they are the same."""
    if low == high:
        return low
    return f"{low.removesuffix(' %')} to {high}" if high.endswith(" %") else f"{low} to {high}"


def population_title(population: str) -> str:
    """What a population is called in texts: "ORL", "openpeople", or a set of the user's by its name."""
    return _TITLES.get(population, population)


def short_rate(rate: float) -> str:
    """A rate in few characters: "2.6e-5", "7.1 %", "0".

    Example:
        >>> from explorer.science.evaluation.score import short_rate
        >>> [short_rate(rate) for rate in (0, 2.56e-5, 1e-3, 0.0712, 1)]
        ['0', '2.6e-5', '1e-3', '7.1 %', '100 %']
    """
    if rate == 0:
        return "0"
    if rate >= 0.01:
        return f"{100 * rate:.0f} %" if rate >= 0.0995 else f"{100 * rate:.2g} %"
    mantissa, exponent = f"{rate:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


class Standing(NamedTuple):
    """What a score is worth among generated impostors; the fields are those of `EncoderScore`."""

    threshold: float
    passes: bool
    fmr: float
    fmr_resolution: float
    rank: int
    gallery: int


class EncoderScore(BaseModel):
    """One encoder's verdict on the saved native-resolution image, detected and aligned again.

    threshold: at FMR 1e-3 on generated impostors; own_threshold: the makers'.
    fmr: share of generated impostor pairs that this score would let pass; fmr_resolution: 1 / pairs, the smallest FMR
        that they can resolve.
    rank: place of the target when the reconstruction is searched in a gallery of generated faces and the target.
    population: of whom threshold, FMR and rank speak.
    photographs: what strangers on photographs do at this threshold and at this score.

    The fields of `Standing` are None, all of them, where there are no impostor statistics for the encoder.

    Example:
        >>> from explorer.science.evaluation import EncoderScore
        >>> score = EncoderScore(
        ...     encoder="sface", measure="cosine", attacked=False, score=0.5, threshold=0.4, passes=True, fmr=1e-4,
        ...     fmr_resolution=1e-5, rank=1, gallery=500,
        ... )
        >>> EncoderScore.model_validate_json(score.model_dump_json()) == score
        True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    measure: Literal["cosine", "euclidean"]
    attacked: bool
    score: float
    threshold: float | None
    passes: bool | None
    own_threshold: float | None = None
    passes_own: bool | None = None
    fmr: float | None
    fmr_resolution: float | None
    rank: int | None
    gallery: int | None
    population: str = GENERATED
    photographs: tuple[PhotographRates, ...] = ()

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        given = [getattr(self, name) is not None for name in Standing._fields]
        if any(given) and not all(given):
            raise ValueError(f"the score under {self.encoder} knows some of what it is worth, and not all")
        return self

    @property
    def standing(self) -> Standing | None:
        """What the score is worth; None where there are no impostor statistics for the encoder."""
        return None if self.threshold is None else Standing(*(getattr(self, name) for name in Standing._fields))


AT_THRESHOLD = "threshold at FMR 1e-3 (generated impostors)"
"""What every verdict goes by: the score that one of a thousand pairs of generated strangers would reach, too."""


def verdict(measure: str, passes: bool, *, whole: bool = False) -> str:
    """What a score says at its encoder's threshold. It says no more: people are told apart by no threshold.

    Args:
        measure: of the encoder, "cosine" or "euclidean"; a distance lies within its threshold or beyond it.
        passes: whether the score is at least as near as the threshold.
        whole: with what the threshold is.

    Example:
        >>> from explorer.science.evaluation.score import verdict
        >>> verdict("cosine", True, whole=True)
        'above threshold at FMR 1e-3 (generated impostors)'
        >>> verdict("euclidean", False)
        'beyond threshold'
    """
    words = (("beyond", "within") if measure == "euclidean" else ("below", "above"))[passes]
    return f"{words} {AT_THRESHOLD if whole else 'threshold'}"


def without_statistics(encoder: str, *, whole: bool = False) -> str:
    """Why a score has no standing, in words.

    Args:
        whole: with what makes the statistics.

    Example:
        >>> from explorer.science.evaluation.score import without_statistics
        >>> without_statistics("mine", whole=True)
        'no impostor statistics for mine: make them by likeness train gallery --encoder mine --work FOLDER'
    """
    said = f"no impostor statistics for {encoder}"
    return f"{said}: make them by {statistics_command(encoder)}" if whole else said


def statistics_command(encoder: str) -> str:
    """What measures an encoder on generated faces."""
    return f"likeness train gallery --encoder {encoder} --work FOLDER"
