"""Maps that undo an alteration in the embeddings: least squares of upright ones by altered ones (eq. 6), with a ridge.

A map is linear, without an intercept, as in the paper: an intercept makes all mapped faces alike. The ridge is chosen
on held-out people, and so is what the map falls back to where few faces tell: nothing, or the altered embedding as it
is. What counts in that choice is how well held-out faces, once mapped, are told from strangers: the ridge of the least
squared error shrinks all faces together. A map knows on whom it was fitted, and is not judged by them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor
from torch.nn import functional

from explorer.science.errors import LikenessError
from explorer.science.evaluation.ridge import FOLDS, decomposed, equal_people, folds_of
from explorer.science.laboratory.geometry import Mode
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import sign_of
from explorer.science.recognition.score_reference import score_matrix

Source = Literal["generated faces", "photographs of other people"]
Towards = Literal["nothing", "altered"]
"""What a map of an infinite ridge gives: nothing, or the altered embedding as it is."""

# Of the ridge, in units of the mean square of the inputs.
PENALTIES = tuple(10.0 ** (exponent / 2) for exponent in range(-4, 9))

# Of a set of so many people or more, ten are left out at a time; of a smaller one each person alone; of a larger one so
# many that there are ten maps.
LEFT_OUT, _ENOUGH, _MOST_GROUPS = 10, 20, 10
_LEAST_PEOPLE = 3
# So many faces, the first ones, tell how well a ridge tells people apart.
_JUDGED = 1000


class MapError(LikenessError, ValueError):
    """Faces that no map can be fitted on or judged by, or a file that holds none; the message says which."""


class FittedOn(BaseModel):
    """On what a map was fitted.

    source: in words. set: its name. faces, people: how many. seeds: of the first generated face, and how many seeds.
    penalty: of the ridge, in units of the mean square of the altered embeddings' numbers. towards: what the map falls
        back to.
    held_out: mean cosine of mapped embeddings of held-out people to their upright ones; unmapped: of the altered ones.
    digests: of each person, by which the map knows them again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    source: Source
    set: str = Field(max_length=300)
    faces: int = Field(ge=1)
    people: int = Field(ge=1)
    seeds: tuple[int, int] | None = None
    penalty: float = Field(ge=0)
    towards: Towards
    held_out: float
    unmapped: float
    digests: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Such as "fitted on 450 generated faces", "fitted on 360 photographs of 36 people (orl)"."""
        if self.source == "generated faces":
            return f"fitted on {self.faces} generated faces"
        return f"fitted on {self.faces} photographs of {self.people} people ({self.set})"


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """Upright embeddings of altered ones, for one encoder and alteration.

    measure: of the encoder; under cosine the map takes and gives directions, and the length is the usual one.
    weight: (D, D) float64, which acts on rows.
    length: of what the map gives; 0 under a distance, where lengths are mapped, too.
    """

    encoder: str
    measure: Metric
    alteration: str
    mode: Mode
    weight: Tensor
    length: float
    fitted_on: FittedOn

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Altered embeddings (N, D) to mapped ones (N, D), of the same type; gradients flow.

        Raises:
            MapError: they have another size.
        """
        if embeddings.shape[-1] != len(self.weight):
            raise MapError(
                f"an embedding of {self.encoder} has {len(self.weight)} numbers, not {embeddings.shape[-1]}: choose "
                "the map of the encoder that it was made by"
            )
        mapped = _as_compared(embeddings.double(), self.measure) @ self.weight
        return (mapped if self.length == 0 else functional.normalize(mapped, dim=-1) * self.length).to(embeddings.dtype)

    def knows(self, person: str, set_name: str) -> bool:
        """Whether the map was fitted on photographs of a person of a set."""
        return digest_of(set_name, person) in self.fitted_on.digests

    def refuse_known(self, people: Iterable[str], set_name: str) -> None:
        """Refuse to be judged by people of a set on whom the map was fitted.

        Raises:
            MapError: one of them is among them.
        """
        both = sorted({person for person in people if self.knows(person, set_name)})
        if both:
            raise MapError(
                f"the map of {self.alteration} was fitted on photographs of {', '.join(both[:3])}, and cannot be "
                "judged by the same people: leave them out of one side"
            )


def digest_of(set_name: str, person: str) -> str:
    """By which a map knows a person again, without naming them."""
    return hashlib.sha256(f"{set_name}/{person}".encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True)
class MapOf:
    """Which map is fitted. name: of the set of faces. seeds: as `FittedOn` has them.

    Example:
        >>> from explorer.science.laboratory import MapOf
        >>> of = MapOf("sface", "cosine", "rotated-30", "template", "generated faces", "generated faces", (7, 500))
        >>> of.alteration, of.seeds
        ('rotated-30', (7, 500))
    """

    encoder: str
    measure: Metric
    alteration: str
    mode: Mode
    source: Source
    name: str
    seeds: tuple[int, int] | None = None


def fit_map(
    altered: Tensor, upright: Tensor, people: Sequence[str], of: MapOf, penalties: Sequence[float] = PENALTIES
) -> EmbeddingMap:
    """Fit the least-squares map of eq. 6 in float64; everybody weighs the same.

    Args:
        altered, upright: (N, D), row by row of the same photographs; rows that are not finite are left out.
        people: (N,) whose photograph each is.

    Raises:
        MapError: faces of fewer than three people are left.

    Example:
        >>> import torch
        >>> from explorer.science.laboratory import MapOf, fit_map
        >>> upright = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
        >>> of = MapOf("dlib-resnet", "euclidean", "rotated-30", "template", "generated faces", "made up")
        >>> fitted = fit_map(2 * upright, upright, [f"seed {row}" for row in range(60)], of)
        >>> torch.allclose(fitted(2 * upright), upright, atol=0.1), fitted.fitted_on.words
        (True, 'fitted on 60 generated faces')
    """
    there = (altered.isfinite() & upright.isfinite()).all(1)
    kept = [person for person, known in zip(people, there.tolist(), strict=True) if known]
    names = list(dict.fromkeys(kept))
    if len(names) < _LEAST_PEOPLE:
        raise MapError(f"a map takes faces of at least {_LEAST_PEOPLE} people, and there are {len(names)}: give more")
    given, wanted = (_as_compared(one[there].double(), of.measure) for one in (altered, upright))
    number = {name: place for place, name in enumerate(names)}
    whose = torch.tensor([number[one] for one in kept])
    chosen = max(_tried(given, wanted, whose, of.measure, penalties), key=lambda one: one.apart)
    start = given if chosen.towards == "altered" else torch.zeros_like(given)
    parts = decomposed(given, wanted - start, equal_people(whose), intercept=False)
    weight = parts.linear(chosen.penalty).weight
    if chosen.towards == "altered":
        weight = weight + torch.eye(len(weight), dtype=torch.float64)
    fitted_on = FittedOn(
        source=of.source,
        set=of.name,
        faces=len(kept),
        people=len(names),
        seeds=of.seeds,
        penalty=chosen.penalty,
        towards=chosen.towards,
        held_out=float(torch.cosine_similarity(chosen.held_out, wanted).mean()),
        unmapped=float(torch.cosine_similarity(given, wanted).mean()),
        digests=() if of.source == "generated faces" else tuple(digest_of(of.name, name) for name in names),
    )
    length = float(upright[there].double().norm(dim=1).mean()) if of.measure == "cosine" else 0.0
    return EmbeddingMap(of.encoder, of.measure, of.alteration, of.mode, weight, length, fitted_on)


@dataclass(frozen=True, eq=False)
class _Tried:
    """A ridge, what maps with it make of faces (N, D) whose people had no part in them, and how far these are apart."""

    towards: Towards
    penalty: float
    held_out: Tensor
    apart: float


def _tried(
    given: Tensor, wanted: Tensor, whose: Tensor, measure: Metric, penalties: Sequence[float]
) -> Iterator[_Tried]:
    """Every ridge on held-out people; of those that are equally good the first is taken."""
    weights, fold = equal_people(whose), folds_of(whose, min(FOLDS, len(whose.unique())))
    starts: dict[Towards, Tensor] = {"altered": given, "nothing": torch.zeros_like(given)}
    for towards, start in starts.items():
        said = torch.empty(len(penalties), *wanted.shape, dtype=torch.float64)
        for number in fold.unique():
            out = fold == number
            parts = decomposed(given[~out], (wanted - start)[~out], weights[~out], intercept=False)
            for place, answers in enumerate(parts.said(given[out], penalties)):
                said[place, out] = answers + start[out]
        for penalty, mapped in zip(penalties, said, strict=True):
            yield _Tried(towards, penalty, mapped, _apart(mapped, wanted, whose, measure))


def _apart(mapped: Tensor, upright: Tensor, whose: Tensor, measure: Metric) -> float:
    """The distance d' of the scores of mapped faces with upright ones of the same person and of strangers.

    Unlike `separation`'s, a face's own upright picture counts: of generated faces there is no other one.
    """
    one, other, people = mapped[:_JUDGED].float(), upright[:_JUDGED].float(), whose[:_JUDGED]
    scores = sign_of(measure) * score_matrix(one, other, measure)
    same = people[:, None] == people[None]
    own, strangers = scores[same].double(), scores[~same].double()
    deviation = ((own.var(correction=0) + strangers.var(correction=0)) / 2).sqrt()
    apart = float((own.mean() - strangers.mean()) / deviation.clamp_min(1e-12))
    return apart if math.isfinite(apart) else -math.inf


def _as_compared(embeddings: Tensor, measure: Metric) -> Tensor:
    """Embeddings as the encoder compares them: of a cosine the directions."""
    return functional.normalize(embeddings, dim=-1) if measure == "cosine" else embeddings


def groups_of(people: Sequence[str]) -> list[frozenset[str]]:
    """The people who are left out together: ten at a time, one where there are fewer than twenty, and more than ten
    where there are more than a hundred."""
    names = list(dict.fromkeys(people))
    size = max(LEFT_OUT, math.ceil(len(names) / _MOST_GROUPS)) if len(names) >= _ENOUGH else 1
    return [frozenset(names[start : start + size]) for start in range(0, len(names), size)]


def mapped_by_others(altered: Tensor, people: Sequence[str], set_name: str, fitted: Sequence[EmbeddingMap]) -> Tensor:
    """Every photograph's embedding by the first map on whose faces its person is not.

    Args:
        altered: (N, D). people: (N,) of the set of that name. fitted: the maps of `leave_out`, or any others.

    Raises:
        MapError: a person is among those that every map was fitted on.
    """
    which = dict[str, int]()
    for person in dict.fromkeys(people):
        own = next((place for place, one in enumerate(fitted) if not one.knows(person, set_name)), None)
        if own is None:
            fitted[0].refuse_known([person], set_name)
        else:
            which[person] = own
    places, mapped = torch.tensor([which[person] for person in people]), torch.empty_like(altered)
    for place, one in enumerate(fitted):
        mapped[places == place] = one(altered[places == place])
    return mapped


def leave_out(altered: Tensor, upright: Tensor, people: Sequence[str], of: MapOf) -> list[EmbeddingMap]:
    """The maps fitted on all but ten people, for each ten (`groups_of`); otherwise as `fit_map`."""
    fitted = []
    for group in groups_of(people):
        rows = torch.tensor([person not in group for person in people])
        others = [person for person in people if person not in group]
        fitted.append(fit_map(altered[rows], upright[rows], others, of))
    return fitted


_FORMAT = "likeness-geometry-maps/1"


def maps_to_tensors(maps: Sequence[EmbeddingMap]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Maps of one encoder as tensors and metadata for a safetensors file, in single precision."""
    tensors, about = {}, []
    for number, one in enumerate(maps):
        tensors[f"{number}/weight"] = one.weight.float()
        said = {"encoder": one.encoder, "measure": one.measure, "alteration": one.alteration, "mode": one.mode}
        about.append({**said, "length": one.length, "fitted_on": one.fitted_on.model_dump(mode="json")})
    return tensors, {"format": _FORMAT, "maps": json.dumps(about)}


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    encoder: str
    measure: Metric
    alteration: str
    mode: Mode
    length: float = Field(ge=0)
    fitted_on: FittedOn


def maps_from_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> list[EmbeddingMap]:
    """The maps of a safetensors file.

    Raises:
        MapError: it holds none, or they are damaged.
    """
    if metadata.get("format") != _FORMAT:
        raise MapError("the file holds no maps of embeddings: give one that `likeness lab geometry` wrote")
    try:
        headers = [_Header.model_validate(one) for one in _listed(metadata["maps"])]
        return [
            EmbeddingMap(
                header.encoder,
                header.measure,
                header.alteration,
                header.mode,
                _square(tensors[f"{number}/weight"]),
                header.length,
                header.fitted_on,
            )
            for number, header in enumerate(headers)
        ]
    except (KeyError, ValueError, ValidationError) as error:
        raise MapError("the file of maps is damaged: make it again with `likeness lab geometry`") from error


def _listed(text: str) -> list[Any]:
    said = json.loads(text)
    if not isinstance(said, list):
        raise ValueError("no list")
    return said


def _square(tensor: Tensor) -> Tensor:
    if tensor.ndim != 2 or tensor.shape[0] != tensor.shape[1] or not bool(tensor.isfinite().all()):
        raise ValueError("another shape, or numbers that are not finite")
    return tensor.double()
