"""How far a student's answers are its teacher's, on faces that nothing was learnt from, by person beside chance."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from scipy.stats import spearmanr
from torch import Tensor

from explorer.science.distillation.student import StudentError
from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.separation import SeparationError, separation
from explorer.science.flows.ratios import pairs_of
from explorer.science.recognition.base import Metric, similarity_or_distance

# Fewer faces say nothing of ranks.
_FEWEST = 3
# Over how many pairs of faces orders are compared.
_PAIRS = 20_000


class Agreement(BaseModel):
    """How far two encoders agree on the same faces.

    cosine: of their answers, face by face, in the mean. centred: the same less the teacher's mean over these faces,
        which is what a plain cosine says nothing of where that mean is long; chance: the same between a face's answer
        and that of the next person.
    ranks: Spearman's correlation of their scores over pairs of faces; chance is 0.
    nearest: share of faces whose nearest other face is the same by both; nearest_chance, of a name drawn at random.
    teacher_auc, student_auc: same against different people, each by its own answers; None where nobody has two faces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    faces: int
    people: int
    cosine: Estimate
    centred: Estimate
    chance: float
    ranks: float
    nearest: Estimate
    nearest_chance: float
    teacher_auc: float | None = None
    student_auc: float | None = None


def agreement(name: str, teacher: Tensor, student: Tensor, people: Tensor, measure: Metric) -> Agreement:
    """Compare a student's answers with its teacher's.

    Args:
        name: of the set. teacher, student: (N, D) of the same faces. people: (N,) whose each is.
        measure: by which the teacher's answers are compared.

    Raises:
        StudentError: there are fewer than three faces or two people, or the answers have different sizes.

    Example:
        >>> import torch
        >>> from explorer.science.distillation import agreement
        >>> answers = torch.randn(12, 8, generator=torch.Generator().manual_seed(0))
        >>> found = agreement("itself", answers, answers, torch.arange(12) // 2, "cosine")
        >>> round(found.centred.value, 6), round(found.ranks, 6), found.nearest.value
        (1.0, 1.0, 1.0)
    """
    if teacher.shape != student.shape:
        raise StudentError(f"the teacher answers {tuple(teacher.shape)}, the student {tuple(student.shape)}")
    if len(teacher) < _FEWEST or len(people.unique()) < 2:
        raise StudentError(f"{name}: {len(teacher)} faces of {len(people.unique())} people are too few to compare by")
    teacher, student = teacher.double(), student.double()
    centre = teacher.mean(0)
    less, learnt = teacher - centre, student - centre
    nearest = _nearest(teacher, measure) == _nearest(student, measure)
    first, second = pairs_of(len(teacher), _PAIRS, 0)
    scores = [similarity_or_distance(rows[first], rows[second], measure).numpy() for rows in (teacher, student)]
    areas = [_area(rows, people, measure) for rows in (teacher, student)]
    return Agreement(
        name=name,
        faces=len(teacher),
        people=len(people.unique()),
        cosine=_mean(F.cosine_similarity(teacher, student), people),
        centred=_mean(F.cosine_similarity(less, learnt), people),
        chance=float(F.cosine_similarity(less, learnt[_others(people)]).mean()),
        ranks=float(spearmanr(*scores).statistic),
        nearest=_mean(nearest.double(), people),
        nearest_chance=1 / (len(teacher) - 1),
        teacher_auc=areas[0],
        student_auc=areas[1],
    )


def _mean(values: Tensor, people: Tensor) -> Estimate:
    """The mean over faces, and its interval by person."""
    of: Callable[[Tensor], float | None] = lambda rows: float(values[rows].mean())  # noqa: E731 - it is handed on once
    low, high = interval_of_people(people, of) or (None, None)
    return Estimate(value=float(values.mean()), low=low, high=high)


def _nearest(answers: Tensor, measure: Metric) -> Tensor:
    """Of each face the nearest other one, (N,)."""
    if measure == "cosine":
        unit = F.normalize(answers, dim=1)
        scores = unit @ unit.T
    else:
        scores = -torch.cdist(answers, answers)
    return scores.fill_diagonal_(-torch.inf).argmax(1)


def _others(people: Tensor) -> Tensor:
    """For each face the number of one of the next person, (N,)."""
    names, whose = people.unique(return_inverse=True)
    firsts = torch.stack([(whose == one).nonzero()[0, 0] for one in range(len(names))])
    return firsts[(whose + 1) % len(names)]


def _area(answers: Tensor, people: Tensor, measure: Metric) -> float | None:
    try:
        return separation(answers, people, measure, interval=False).auc
    except SeparationError:
        return None
