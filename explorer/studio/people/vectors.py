"""Vectors of groups and of gender, found and judged: of drawn people, whose labels are true, and of photographs.

(DIFFUSE, 6.2.2, 6.2.3, figures 16, 18, 20, 21 and 26.) Of drawn people one half gives the groups' vectors, and the
other half is classified by them. What the words mean is said in `science.synthetic.macro_model`: they name sliders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.synthetic.gender_vectors import GenderCoefficients, judge_gender
from explorer.science.synthetic.labelled import draw_population
from explorer.science.synthetic.macro_model import MacroModel
from explorer.science.synthetic.parameter_vectors import (
    GroupVectors,
    ParameterVectorError,
    coefficients,
    confusion,
    group_vectors,
)
from explorer.science.synthetic.scene import LARGEST_SEED
from explorer.studio.errors import UserError

Floats = NDArray[np.float64]

FEWEST, MOST = 240, 200_000
# Sets of figure 26 have so many people each, of seeds that follow on those who are judged.
_IN_SET = 1000


class VectorSettings(BaseModel):
    """What, with the program's version, determines every number. photographs: a set's name, without its folders."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="of the first person; the others follow")
    count: int = Field(20_000, ge=FEWEST, le=MOST, description="how many people are drawn")
    faces: int = Field(6, ge=1, le=12, description="new faces of each group in figure 19")
    spread: float = Field(1.0, ge=0, le=2, description="how far they lie from the vector; 1 as far as its people")
    photographs: str | None = None
    most: int = Field(2000, ge=10, le=200_000, description="photographs that are fitted at most")


@dataclass(frozen=True, eq=False)
class FittedPhotographs:
    """N fitted faces of a set. name: of the set. without_face: of its photographs.

    shapes: (N, K) deviations. males: (N,) 1 or 0. groups, people: (N,). learnt: (N,) whether in the set's part for
    learning; all where it has none.
    """

    name: str
    without_face: int
    shapes: Floats
    males: NDArray[np.int64]
    groups: NDArray[np.str_]
    people: NDArray[np.str_]
    learnt: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judged:
    """What was found in one set of people. transferred: of photographs, how well the vector of drawn people separates,
    and own how well the model's own does, of all and however few they are.

    vectors, shares: of groups, with whom who is taken for; None where the set has one group. judged: how many people
    were classified. gender: None where a class has too few people, which remark says.
    """

    name: str
    people: int
    faces: int
    vectors: GroupVectors | None
    shares: Floats | None
    judged: int
    gender: GenderCoefficients | None
    transferred: Estimate | None = None
    own: Estimate | None = None
    remark: str = ""

    def record(self) -> dict[str, Any]:
        """The numbers, for JSON."""
        return {
            "set": self.name,
            "people": self.people,
            "faces": self.faces,
            "groups": None if self.vectors is None else list(self.vectors.names),
            "people_of_each_vector": None if self.vectors is None else self.vectors.people,
            "classified": self.judged,
            "confusion": None if self.shares is None else self.shares.round(4).tolist(),
            "gender_auc": [] if self.gender is None else _areas(self.gender),
            "gender_auc_of_drawn_peoples_vector": None if self.transferred is None else self.transferred.model_dump(),
            "gender_auc_of_the_models_own_vector": None if self.own is None else self.own.model_dump(),
            "remark": self.remark,
        }


@dataclass(frozen=True, eq=False)
class GenderSet:
    """A set of figure 26: the coefficients of its people along the learnt vector, and whose slider or label says male.

    coefficients, males: (N,).
    """

    name: str
    coefficients: Floats
    males: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FoundVectors:
    """All that the figures show. drawn: the drawn people's shapes (N, K) with their groups; sets: of figure 26."""

    settings: VectorSettings
    judged: tuple[Judged, ...]
    shapes: Floats
    groups: NDArray[np.str_]
    sets: tuple[GenderSet, ...]


def find_vectors(macros: MacroModel, settings: VectorSettings, photographs: FittedPhotographs | None) -> FoundVectors:
    """Draw people, find the vectors, and judge them; of photographs likewise.

    Raises:
        UserError: the people's seeds end before the last, or there are too few of a kind.
    """
    last = settings.seed + settings.count + 2 * _IN_SET - 1
    if last > LARGEST_SEED:
        raise UserError(f"the last person's seed would be {last}: seeds go to {LARGEST_SEED}")
    people = draw_population(macros, settings.seed, settings.count)
    half = np.arange(settings.count) < settings.count // 2
    try:
        vectors, shares = _classified(people.shapes, people.groups, people.strata, half, settings.seed)
        gender = judge_gender(people.shapes, people.males, people.groups, macros.gender_vector(), seed=settings.seed)
    except ParameterVectorError as error:
        raise UserError(f"{settings.count} people are too few: {error}") from error
    drawn = Judged("drawn people", settings.count, settings.count, vectors, shares, int((~half).sum()), gender)
    judged, sets = [drawn], [GenderSet("drawn people", coefficients(people.shapes, macros.normals[0]), people.males)]
    first = settings.seed + settings.count
    for name, start, options in (
        ("balanced", first, {"balanced": True}),
        ("unbalanced, male alone", first + _IN_SET, {"gender": "male"}),
    ):
        some = draw_population(macros, start, _IN_SET, **options)
        sets.append(GenderSet(name, coefficients(some.shapes, macros.normals[0]), some.males))
    if photographs is not None:
        judged.append(judge_photographs(photographs, macros, settings.seed))
        along = coefficients(photographs.shapes, macros.normals[0])
        sets.append(GenderSet(photographs.name, along, photographs.males))
    return FoundVectors(settings, tuple(judged), people.shapes, people.groups, tuple(sets))


def judge_photographs(photographs: FittedPhotographs, macros: MacroModel, seed: int) -> Judged:
    """The same of fitted photographs; what they are too few for is left out, and said."""
    remarks, vectors, shares, gender = list[str](), None, None, None
    if len(set(photographs.groups)) > 1:
        strata = np.array(["male" if male else "female" for male in photographs.males])
        try:
            vectors, shares = _classified(photographs.shapes, photographs.groups, strata, photographs.learnt, seed)
        except ParameterVectorError as error:
            remarks.append(f"no vectors of groups: {error}")
    else:
        remarks.append("no vectors of groups: the set's labels name none")
    truth, whose = photographs.males, photographs.people
    try:
        own = macros.gender_vector()
        gender = judge_gender(photographs.shapes, truth, photographs.groups, own, whose, seed)
    except ParameterVectorError as error:
        remarks.append(f"no vectors of gender: {error}")
    if photographs.without_face:
        remarks.append(f"photographs without a face: {photographs.without_face}")
    return Judged(
        name=photographs.name,
        people=len(set(whose)),
        faces=len(whose),
        vectors=vectors,
        shares=shares,
        judged=0 if shares is None else int((~photographs.learnt).sum()),
        gender=gender,
        own=auc_of_people(coefficients(photographs.shapes, macros.gender_vector()), truth, whose),
        transferred=auc_of_people(coefficients(photographs.shapes, macros.normals[0]), truth, whose),
        remark="; ".join(remarks),
    )


def _classified(
    shapes: Floats, groups: NDArray[np.str_], strata: NDArray[np.str_], learnt: NDArray[np.bool_], seed: int
) -> tuple[GroupVectors, Floats]:
    """Vectors of those who are learnt from, and whom the others are taken for."""
    vectors = group_vectors(shapes[learnt], groups[learnt], strata[learnt], seed)
    return vectors, confusion(groups[~learnt], vectors.classified(shapes[~learnt]), vectors.names)


def _areas(gender: GenderCoefficients) -> list[dict[str, Any]]:
    return [
        {
            "group": one.group,
            "people": one.people,
            "faces": one.faces,
            "own": one.own.model_dump(),
            "svm": one.svm.model_dump(),
        }
        for one in gender.separations
    ]
