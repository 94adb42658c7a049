"""The authentication experiment (DIFFUSE, 6.2.6): does a synthetic set beside the target set make encoders better, and
does it matter that no gender is missing in it?

For each set several encoders are trained, alike but for their seeds, and tested on people of the target set who are in
no training. What is done is kept in a folder: the same command goes on where it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.authentication import (
    count_pairs,
    estimate,
    over_trainings,
    rejected,
    roc_fars,
    thresholds,
)
from explorer.science.evaluation.same_person import Estimate
from explorer.science.training.face_encoder import TrainingFaces, embed_faces, train_face_encoder
from explorer.science.training.loop import CPU, Compute
from explorer.studio.errors import UserError
from explorer.studio.evaluation.authentication_sets import ExperimentSets, FaceCutter, gender_counts
from explorer.studio.evaluation.authentication_settings import ARMS, FARS, Arm, AuthenticationSettings
from explorer.studio.people.sources import GENDERS, Gender
from explorer.studio.places import private_folder

Floats = NDArray[np.float64]
# Told what is being done, and how much of it is done.
Step = Callable[[str, int, int], object]
FACES = "faces"


class Rejection(BaseModel):
    """False rejections at one FAR, as shares. by_training: of each, in the order of their seeds.

    women, men: of pairs of them, at the threshold of all. less: how much lower than with the target set alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    far: float
    frr: Estimate
    by_training: tuple[float, ...]
    women: Estimate | None = None
    men: Estimate | None = None
    less: Estimate | None = None


class ArmResult(BaseModel):
    """What a set comes to. people, women, men, pictures: it was trained on. roc: FRR at the record's `fars`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: Arm
    people: int
    women: int
    men: int
    pictures: int
    rejections: tuple[Rejection, ...]
    roc: tuple[Estimate, ...]


class AuthenticationRecord(BaseModel):
    """The whole experiment.

    target: name of the target set. source: what synthetic people follow from. test: people, women, men, pictures, pairs
    of one person (genuine) and of two (impostors). untold: FARs that so few impostor pairs cannot tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    source: dict[str, Any]
    settings: AuthenticationSettings
    test: dict[str, int]
    untold: tuple[float, ...]
    fars: tuple[float, ...]
    arms: tuple[ArmResult, ...]
    remarks: tuple[str, ...] = ()


@dataclass(eq=False)
class Experiment:
    """An experiment in a folder.

    sets: who is trained on and tested on. cutter: gives their faces.
    """

    sets: ExperimentSets
    settings: AuthenticationSettings
    cutter: FaceCutter
    work: Path
    compute: Compute = CPU
    step: Step = lambda text, done, total: None
    _remarks: list[str] = field(default_factory=list)

    def run(self) -> AuthenticationRecord:
        """Draw or read everybody, train, and judge.

        Raises:
            UserError: too few people of the target set show a face.
            TrainingError: lightning-fabric is missing, or a checkpoint is damaged.
        """
        faces = self._everybody()
        tested = [one for one in self.sets.test if len(faces[one.key])]
        pictures = np.concatenate([faces[one.key] for one in tested]) if tested else np.zeros((0, 1, 1), np.uint8)
        people = _numbers([len(faces[one.key]) for one in tested])
        if len(tested) < 2 or max(np.bincount(people)) < 2:
            raise UserError(f"{self.sets.name}: fewer than two people to test on show a face in two pictures")
        groups = {gender: np.array([one.gender == gender for one in tested]) for gender in GENDERS}
        judged = {arm: self._arm(arm, faces, pictures, people, groups) for arm in ARMS}
        first = next(iter(judged.values()))
        told = first.each[0].told
        return AuthenticationRecord(
            target=self.sets.name,
            source=self.cutter.source.record,
            settings=self.settings,
            test=gender_counts(tested)
            | {"pictures": len(pictures), "genuine": first.genuine, "impostors": first.impostors},
            untold=tuple(far for far in FARS if far not in told),
            fars=tuple(map(float, first.fars)),
            arms=tuple(self._result(arm, judged, told, faces) for arm in ARMS),
            remarks=(*self.sets.remarks, *self._remarks),
        )

    def _everybody(self) -> dict[str, NDArray[np.uint8]]:
        members = self.sets.everybody()
        found, left_out = self.cutter.faces(members, lambda done: self.step("people", done, len(members)))
        self._remarks += left_out
        return found

    def _arm(
        self,
        arm: Arm,
        faces: dict[str, NDArray[np.uint8]],
        pictures: NDArray[np.uint8],
        people: NDArray[np.int64],
        groups: dict[Gender, NDArray[np.bool_]],
    ) -> _Judged:
        known = [one for one in self.sets.trained_on(arm) if len(faces[one.key])]
        learnt = TrainingFaces(
            np.concatenate([faces[one.key] for one in known]), _numbers([len(faces[one.key]) for one in known])
        )
        judged = [
            _judge(self._trained(arm, number, learnt, pictures), people, groups)
            for number in range(self.settings.trainings)
        ]
        return _Judged.of(judged, ARMS.index(arm))

    def _trained(
        self, arm: Arm, number: int, learnt: TrainingFaces, pictures: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Embeddings of the tested faces by one encoder, trained or taken from its checkpoint."""
        recipe = self.settings.recipe(number)
        folder = private_folder(self.work / "trainings")
        checkpoint = folder / f"{arm}-{number}-{learnt.digest()[:12]}-{recipe.steps}x{recipe.batch}.pt"
        name, state = f"{arm}, training {number + 1} of {self.settings.trainings}", None
        for state in train_face_encoder(learnt, recipe, checkpoint, self.compute):
            self.step(name, state.steps, recipe.steps)
        assert state is not None, "a training has at least one round"
        return embed_faces(state.encoder, pictures)

    def _result(
        self, arm: Arm, judged: dict[Arm, _Judged], told: Sequence[float], faces: dict[str, NDArray[np.uint8]]
    ) -> ArmResult:
        one, known = judged[arm], [each for each in self.sets.trained_on(arm) if len(faces[each.key])]
        return ArmResult(
            arm=arm,
            **gender_counts(known),
            pictures=sum(len(faces[each.key]) for each in known),
            rejections=tuple(
                Rejection(
                    far=far,
                    frr=one.frr(far),
                    by_training=one.by_training(far),
                    women=one.group("woman", far),
                    men=one.group("man", far),
                    less=None if arm == "target" else one.less(judged["target"], far),
                )
                for far in told
            ),
            roc=one.curve(),
        )


@dataclass(frozen=True, eq=False)
class _One:
    """One encoder's rates by draws, (1 + draws, F).

    rates, of_group: at FARS, of all people and of a gender. curve: at `roc_fars`. told: which of FARS are told. counts:
    how many people there are, and of each gender.
    """

    rates: Floats
    of_group: dict[Gender, Floats]
    curve: Floats
    told: tuple[float, ...]
    genuine: int
    impostors: int
    counts: dict[Gender | None, int]


def _judge(embeddings: NDArray[np.float32], people: NDArray[np.int64], groups: dict[Gender, NDArray[np.bool_]]) -> _One:
    counts = count_pairs(embeddings, people)
    twice = counts.same.sum(1) > 0
    steps = thresholds(counts, [*FARS, *map(float, roc_fars(counts.impostors))])
    whole, few = rejected(counts, steps), len(FARS)
    return _One(
        whole[:, :few],
        {
            gender: rejected(counts, steps[:, :few], group)
            for gender, group in groups.items()
            if (group & twice).sum() > 1
        },
        whole[:, few:],
        tuple(far for far in FARS if counts.tells(far)),
        counts.genuine,
        counts.impostors,
        {None: counts.people} | {gender: int(group.sum()) for gender, group in groups.items()},
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """The encoders of one set, and the mean of their rates by draws of people and encoders."""

    each: list[_One]
    rates: Floats
    of_group: dict[Gender, Floats]
    roc: Floats

    @classmethod
    def of(cls, each: list[_One], stream: int) -> _Judged:
        return cls(
            each,
            over_trainings([one.rates for one in each], stream),
            {gender: over_trainings([one.of_group[gender] for one in each], stream) for gender in each[0].of_group},
            over_trainings([one.curve for one in each], stream),
        )

    @property
    def genuine(self) -> int:
        return self.each[0].genuine

    @property
    def impostors(self) -> int:
        return self.each[0].impostors

    @property
    def fars(self) -> Floats:
        return roc_fars(self.impostors)

    def frr(self, far: float) -> Estimate:
        return estimate(self.rates[:, FARS.index(far)], self.each[0].counts[None])

    def by_training(self, far: float) -> tuple[float, ...]:
        return tuple(float(one.rates[0, FARS.index(far)]) for one in self.each)

    def group(self, gender: Gender, far: float) -> Estimate | None:
        if gender not in self.of_group:
            return None
        return estimate(self.of_group[gender][:, FARS.index(far)], self.each[0].counts[gender])

    def less(self, alone: _Judged, far: float) -> Estimate:
        place = FARS.index(far)
        return estimate(alone.rates[:, place] - self.rates[:, place])

    def curve(self) -> tuple[Estimate, ...]:
        return tuple(estimate(self.roc[:, place]) for place in range(self.roc.shape[1]))


def _numbers(counts: Sequence[int]) -> NDArray[np.int64]:
    """Of so many pictures of each person, the person's number at each picture."""
    return np.repeat(np.arange(len(counts)), counts).astype(np.int64)
