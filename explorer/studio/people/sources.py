"""Pictures of people who never were, by the seed of a person, whatever draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.labelled import draw_macros
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.rendered import Rendered
from explorer.studio.people.drawing import drawn_people, people_model, person_of_seed
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.values import PeopleSettings

Gender = Literal["woman", "man"]
GENDERS: tuple[Gender, ...] = ("woman", "man")

# Of the 68 landmarks: the outlines of the eyes on the image's left and right, the nose's tip, the mouth's corners.
_EYES, _NOSE, _MOUTH = (slice(36, 42), slice(42, 48)), 30, (48, 54)
_BETWEEN_BROWS = 0.7


@dataclass(frozen=True, eq=False)
class PersonPicture:
    """A picture of a person.

    pixels: (H, W, 3) uint8 RGB; three times the same of what has no colours.
    points: (5, 2) pixels, in the order of `Face.points`, as they are in truth; None where nobody knows them.
    name: of the picture, for remarks.
    """

    pixels: NDArray[np.uint8]
    points: NDArray[np.float64] | None
    name: str = ""


class PeopleSource(Protocol):
    """What draws people; the same seed is the same person to all of them."""

    @property
    def record(self) -> dict[str, Any]:
        """Everything that, beside a person's seed, their pictures follow from."""

    def gender(self, seed: int) -> Gender:
        """As what a person was drawn: a label of the population, no property of a shape."""

    def parameters(self, seed: int) -> NDArray[np.float64]:
        """(K,) a person's shape in the morphable model, in deviations."""

    def pictures(self, seeds: Sequence[int], count: int) -> Iterator[list[PersonPicture]]:
        """The first so many pictures of each person, person by person as they are asked for."""


@dataclass(frozen=True)
class DrawnPeople:
    """People of either renderer, labelled or not. settings: but for whom they are of.

    Gender is the end of MakeHuman's slider that a labelled person's whole shape was made nearer to; of others it is the
    build, which moves one component of the shape, and what grows on the head.
    """

    settings: PeopleSettings

    @property
    def record(self) -> dict[str, Any]:
        """What pictures follow from."""
        return self.settings.model_dump(mode="json", exclude={"seed", "count", "pictures"})

    def gender(self, seed: int) -> Gender:
        """By the slider of gender; where there are none, by the build that brows and beard follow.

        All of one build have brows of one density.

        Raises:
            UserError: the file of sliders' effects is missing or damaged.
        """
        settings = self.settings
        if settings.by_sliders:
            sliders = draw_macros(seed, load_macro_model(), settings.group, settings.gender)
            return "man" if sliders.sex == "male" else "woman"
        return "man" if draw_person(seed).brows.density > _BETWEEN_BROWS else "woman"

    def parameters(self, seed: int) -> NDArray[np.float64]:
        """(K,) the components of the person's shape.

        Raises:
            UserError: as of `person_of_seed`.
        """
        return np.array(person_of_seed(seed, self.settings).identity)

    def pictures(self, seeds: Sequence[int], count: int) -> Iterator[list[PersonPicture]]:
        """Draw people, one after the other.

        Raises:
            ModuleNotFoundError, UserError, TracingError: as of `drawn_people`.
        """
        people = (person_of_seed(seed, self.settings) for seed in seeds)
        scenes = [draw_scene(person, number, self.settings.yaw) for person in people for number in range(count)]
        drawn = drawn_people(scenes, self.settings, people_model())
        for seed in seeds:
            yield [_picture(one, f"person {seed}, picture {number}") for number, one in enumerate(islice(drawn, count))]


def five_points(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points that alignments go by, (5, 2), of 68 landmarks (68, 2)."""
    eyes = [landmarks[eye].mean(0) for eye in _EYES]
    return np.stack([*eyes, landmarks[_NOSE], *(landmarks[corner] for corner in _MOUTH)])


def seeds_of(source: PeopleSource, first: int, wanted: dict[Gender, int]) -> dict[Gender, tuple[int, ...]]:
    """The first so many people of each gender among those whose seeds follow."""
    found: dict[Gender, list[int]] = {gender: [] for gender in GENDERS}
    seed = first
    while any(len(found[gender]) < wanted.get(gender, 0) for gender in GENDERS):
        gender = source.gender(seed)
        if len(found[gender]) < wanted.get(gender, 0):
            found[gender].append(seed)
        seed += 1
    return {gender: tuple(seeds) for gender, seeds in found.items()}


def _picture(drawn: Rendered, name: str) -> PersonPicture:
    return PersonPicture(drawn.pixels, five_points(drawn.landmarks().points), name)
