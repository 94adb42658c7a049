"""People whose labels are known: drawn by the sliders of which the model's heads were made, each from a seed.

The labels are where the sliders stood, under the names that MakeHuman's authors gave them (`Macros`). A balanced set
has as many people of every group and gender as of any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.macro_model import Floats, MacroModel
from explorer.science.synthetic.population import draw_person, stream_of
from explorer.science.synthetic.scene import COLOURS, FURTHEST, GENDERS, GROUPS, LARGEST_SEED, Macros, Person

# Of a table of settings, so many rows are made at a time.
_ROWS = 2000
# The first component of colour goes from dark to light: what `draw_person` takes for 0 and for 1 of darkness.
_LIGHT, _DARKER = 0.55, 1.75
# Of twenty painted skins none lies further from their mean.
_PALEST = 2.5


@dataclass(frozen=True, eq=False)
class Population:
    """N people in a model's space. seeds: theirs. macros: their labels. shapes: (N, K) deviations, not clipped.

    Example:
        >>> from explorer.science.synthetic import draw_population
        >>> draw_population(macros, 0, 6, balanced=True).groups.tolist()[:4]
        ['african', 'asian', 'caucasian', 'african']
    """

    seeds: tuple[int, ...]
    macros: tuple[Macros, ...]
    shapes: Floats

    @property
    def groups(self) -> NDArray[np.str_]:
        """(N,) the group with the largest share of each."""
        return np.array([one.group for one in self.macros])

    @property
    def males(self) -> NDArray[np.int64]:
        """(N,) 1 where the slider of gender stands nearer to male, else 0."""
        return np.array([one.gender > 0.5 for one in self.macros], np.int64)

    @property
    def strata(self) -> NDArray[np.str_]:
        """(N,) gender and age in one word each, by which samples of groups are balanced."""
        return np.array([f"{one.sex}, {'older' if one.age > 0.5 else 'younger'}" for one in self.macros])


def draw_macros(seed: int, macros: MacroModel, group: str | None = None, gender: str | None = None) -> Macros:
    """Where the sliders of a seed's person stand.

    Args:
        group: the one that is to have the largest share. gender: the end that its slider is to stand nearer to. With
            either the person is another one than without.

    Raises:
        ValueError: there is no such seed, group or gender.

    Example:
        >>> from explorer.science.synthetic import draw_macros
        >>> draw_macros(3, macros) == draw_macros(3, macros), draw_macros(3, macros, gender="male").sex
        (True, 'male')
    """
    _checked(seed, group, gender)
    random = stream_of(seed, "macros")
    shares = random.dirichlet([macros.spread.concentration] * len(GROUPS))
    male, age = random.random(), random.random()
    weight = float(np.clip(random.normal(0, macros.spread.weight), -1, 1))
    if group is not None:
        # Groups are drawn alike: to exchange two shares is to draw among those of whom the largest is this one.
        largest, wanted = int(shares.argmax()), GROUPS.index(group)
        shares[[largest, wanted]] = shares[[wanted, largest]]
    if gender is not None:
        male = (male + GENDERS.index(gender)) / 2
    first, second = (round(float(share), 5) for share in shares[:2])
    third = round(1 - first - second, 5)
    return Macros(
        groups=(first, second, max(third, 0.0)), gender=round(male, 5), age=round(age, 5), weight=round(weight, 5)
    )


def draw_population(
    macros: MacroModel, seed: int, count: int, *, balanced: bool = False, gender: str | None = None
) -> Population:
    """People of a seed and of those that follow.

    Args:
        balanced: whether groups and genders take turns, so that all are equally many where the count allows it.
        gender: of all of them; the groups alone take turns then.

    Raises:
        ValueError: there is no such gender, or seeds end before the last.

    Example:
        >>> from collections import Counter
        >>> from explorer.science.synthetic import draw_population
        >>> people = draw_population(macros, 0, 12, balanced=True)
        >>> sorted(Counter(people.groups.tolist()).items()), int(people.males.sum()), people.shapes.shape
        ([('african', 4), ('asian', 4), ('caucasian', 4)], 6, (12, 80))
    """
    seeds = tuple(range(seed, seed + count))
    cells = [(group, sex) for sex in (GENDERS if gender is None else (gender,)) for group in GROUPS]
    asked = [cells[place % len(cells)] if balanced else (None, gender) for place in range(count)]
    drawn = tuple(draw_macros(one, macros, *cell) for one, cell in zip(seeds, asked, strict=True))
    return Population(seeds, drawn, shapes_of(seeds, drawn, macros))


def shapes_of(seeds: tuple[int, ...], drawn: tuple[Macros, ...], macros: MacroModel) -> Floats:
    """(N, K) the shapes of people whose sliders stand so, and whose local controls their seeds set."""
    rows = []
    for first in range(0, len(seeds), _ROWS):
        some = drawn[first : first + _ROWS]
        gender, age, weight = np.array([(one.gender, one.age, one.weight) for one in some]).T
        groups = np.array([one.groups for one in some])
        settings = np.stack([_settings(seed, macros) for seed in seeds[first : first + _ROWS]])
        rows.append(macros.shapes(gender, age, weight, groups, settings))
    return np.concatenate(rows) if rows else np.zeros((0, macros.components))


def draw_labelled(seed: int, macros: MacroModel, group: str | None = None, gender: str | None = None) -> Person:
    """The person of a seed with known labels: shape and colour by the sliders, what grows on the head by chance.

    Args:
        group, gender: as of `draw_macros`.

    Raises:
        ValueError: as `draw_macros`.

    Example:
        >>> from explorer.science.synthetic import draw_labelled
        >>> person = draw_labelled(3, macros, group="asian", gender="female")
        >>> person.macros.group, person.macros.sex, person == draw_labelled(3, macros, "asian", "female")
        ('asian', 'female', True)
    """
    return person_by_sliders(seed, draw_macros(seed, macros, group, gender), macros)


def person_by_sliders(seed: int, sliders: Macros, macros: MacroModel) -> Person:
    """The person of a seed whose sliders stand so: local controls, and what grows on the head, are the seed's."""
    shape = shapes_of((seed,), (sliders,), macros)[0]
    random = stream_of(seed, "colour by group")
    colours = np.array(sliders.groups) @ macros.colour_means() + macros.colour_spread() * random.normal(size=COLOURS)
    person = person_of(seed, shape, colours, broad=sliders.gender > 0.5, age=sliders.age)
    return person.model_copy(update={"macros": sliders})


def person_of(seed: int, shape: Floats, colours: Floats, *, broad: bool, age: float | None = None) -> Person:
    """A person of a shape (K,) and colours (A,) in deviations, with hair, eyes and skin that go with them.

    Args:
        broad, age: as of `draw_person`.
    """
    dark = float(np.clip((_LIGHT - colours[0]) / _DARKER, 0, 1))
    grown = draw_person(seed, broad=broad, dark=dark, age=age)
    return grown.model_copy(update={"identity": _clipped(shape, FURTHEST), "colours": _clipped(colours, _PALEST)})


def _clipped(values: Floats, limit: float) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in np.clip(values, -limit, limit))


def _settings(seed: int, macros: MacroModel) -> Floats:
    """(S,) how a seed sets the local controls: both sides alike but for a little."""
    random = stream_of(seed, "controls")
    common = random.normal(0, macros.spread.control, int(macros.control_of.max()) + 1)[macros.control_of]
    own = random.normal(0, macros.spread.asymmetry, len(common)) * macros.paired
    return np.clip(common + own, -1, 1)


def _checked(seed: int, group: str | None, gender: str | None) -> None:
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"there is no person {seed}: seeds go from 0 to {LARGEST_SEED}")
    for name, said, known in (("group", group, GROUPS), ("gender", gender, GENDERS)):
        if said is not None and said not in known:
            raise ValueError(f"there is no {name} {said!r}; there are {', '.join(known)}")
