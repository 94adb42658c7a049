"""What the People dock does to a scene: each change gives a new one, whose labels are still true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.science.synthetic.labelled import person_by_sliders
from explorer.science.synthetic.macro_model import MacroModel
from explorer.science.synthetic.population import draw_scene
from explorer.science.synthetic.scene import (
    FURTHEST,
    GROUPS,
    Background,
    Glasses,
    Light,
    Macros,
    Person,
    Scene,
    Sky,
)
from explorer.science.synthetic.surfaces import Floats
from explorer.science.synthetic.surroundings import harmonics_of_map, sky_around
from explorer.studio.people.choice import USUAL_YAW, PersonChoice
from explorer.studio.people.drawing import person_of_seed

_BRIGHTEST = 20.0
# How many colours a background has, and how much darker the last of them is.
_COLOURS = {"plain": 1, "gradient": 2, "blurred": 5}
_DARKER = 0.5
# By the style of hair, the usual length of a strand and how far it stands off, in millimetres.
_HAIR = {
    "none": (1.0, 3.0),
    "cropped": (6.0, 3.0),
    "short": (36.0, 14.0),
    "medium": (130.0, 16.0),
    "long": (260.0, 16.0),
}


def person_drawn(choice: PersonChoice) -> Person:
    """The person of the choice's seed.

    Raises:
        UserError: the file of sliders' effects is missing or damaged.
    """
    return person_of_seed(choice.seed, choice.among())


def scene_drawn(choice: PersonChoice) -> Scene:
    """The person of the choice's seed in the picture of its number, as `likeness people draw` has them.

    Raises:
        UserError: as `person_drawn`.
    """
    return draw_scene(person_drawn(choice), choice.number, USUAL_YAW)


def changed(scene: Scene, **changes: Any) -> Scene:
    """A scene with other values, checked.

    Raises:
        ValueError: a value is none that there can be.
    """
    return Scene.model_validate({**dict(scene), **changes})


def person_changed(scene: Scene, part: str, **changes: Any) -> Scene:
    """A scene whose person has other values in a part such as "hair"; what is no label of the shape stays true.

    Raises:
        ValueError: as `changed`.
    """
    whole = getattr(scene.person, part)
    new = type(whole).model_validate({**dict(whole), **changes})
    return changed(scene, person=Person.model_validate({**dict(scene.person), part: new, "seed": None}))


def along(scene: Scene, unit: Sequence[float]) -> float:
    """How far a scene's person lies along a vector of length 1, in deviations."""
    return float(np.dot(_padded(scene, len(unit)), unit))


def moved_along(scene: Scene, unit: Sequence[float], value: float) -> Scene:
    """A scene whose person lies so far along a vector; of no seed any more, and without the labels of its sliders."""
    identity = _padded(scene, len(unit))
    moved = identity + (value - float(np.dot(identity, unit))) * np.asarray(unit)
    held = tuple(round(float(one), 4) for one in np.clip(moved, -FURTHEST, FURTHEST))
    person = scene.person.model_copy(update={"identity": held, "macros": None, "seed": None})
    return changed(scene, person=person)


def _padded(scene: Scene, count: int) -> Floats:
    identity = np.zeros(count)
    known = scene.person.identity[:count]
    identity[: len(known)] = known
    return identity


def slid(scene: Scene, seed: int, macros: MacroModel, **changes: float) -> Scene:
    """A scene whose person's sliders stand otherwise, which are their labels; hair and eyes stay.

    Args:
        seed: whose local controls the head has. changes: of gender, age and weight, and of groups by their names.

    Raises:
        ValueError: the person was not drawn by sliders.
    """
    old = scene.person.macros
    if old is None:
        raise ValueError("this person was not drawn by sliders, or was moved since")
    groups = old.groups
    for name in GROUPS:
        if name in changes:
            groups = with_share(groups, GROUPS.index(name), changes[name])
    rest = {name: round(value, 5) for name, value in changes.items() if name not in GROUPS}
    sliders = Macros.model_validate({**dict(old), **rest, "groups": groups})
    made = person_by_sliders(seed, sliders, macros)
    kept = {"identity": made.identity, "colours": made.colours, "macros": sliders, "seed": None}
    return changed(scene, person=scene.person.model_copy(update=kept))


def with_share(groups: Sequence[float], place: int, share: float) -> tuple[float, float, float]:
    """Shares of which one is set; the others keep their proportion and fill what is left."""
    share = min(max(share, 0.0), 1.0)
    others = [one for index, one in enumerate(groups) if index != place]
    total = sum(others)
    parts = [one / total if total > 0 else 0.5 for one in others]
    filled = [round((1 - share) * part, 5) for part in parts]
    filled[1] = max(0.0, round(1 - round(share, 5) - filled[0], 5))
    filled.insert(place, round(share, 5))
    first, second, third = filled
    return first, second, third


def with_unit(scene: Scene, name: str, strength: float) -> Scene:
    """A scene with a unit of expression so strong; one of strength 0 is left out."""
    units = {**dict(scene.expression), name: round(strength, 4)}
    return with_expression(scene, units)


def with_expression(scene: Scene, units: Mapping[str, float]) -> Scene:
    """A scene with these units alone."""
    return changed(scene, expression=tuple((name, value) for name, value in units.items() if value > 0))


def with_hair(scene: Scene, style: str) -> Scene:
    """A scene whose person wears the hair so, as long and full as such hair usually is.

    Raises:
        ValueError: there is no such style.
    """
    length, volume = _HAIR.get(style, (36.0, 14.0))
    return person_changed(scene, "hair", style=style, length=length, volume=volume)


def with_glasses(scene: Scene, shape: str | None) -> Scene:
    """A scene with glasses of a shape, of the colour that there was; or without.

    Raises:
        ValueError: there is no such shape.
    """
    if shape is None:
        return changed(scene, glasses=None)
    return changed(scene, glasses=Glasses.model_validate({**dict(scene.glasses or Glasses()), "shape": shape}))


def with_background(
    scene: Scene, *, kind: str | None = None, colour: tuple[float, float, float] | None = None
) -> Scene:
    """A scene with another background: as many colours as such a one has, the others about the first.

    Raises:
        ValueError: there is no such kind.
    """
    old = scene.background
    kind = old.kind if kind is None else kind
    first = np.array(old.colours[0] if colour is None else colour)
    count = _COLOURS.get(kind, 1)
    if colour is None and len(old.colours) >= count:
        colours = old.colours[:count]
    else:
        shades = np.linspace(0, _DARKER, count)
        red, green, blue = np.clip(first[:, None] * (1 - shades), 0, 1).round(4).tolist()
        colours = tuple(zip(red, green, blue, strict=True))
    return changed(scene, background=Background.model_validate({"kind": kind, "colours": colours, "seed": old.seed}))


def lit_by_sky(scene: Scene, sky: Sky, even: Floats) -> Scene:
    """A scene under a sky; its harmonics are the sky's.

    Args:
        even: the sky's map, as of `surroundings.even_sky`.
    """
    harmonics = np.clip(harmonics_of_map(sky_around(sky, even)), -_BRIGHTEST, _BRIGHTEST).round(4)
    red, green, blue = harmonics.T.tolist()
    light: tuple[Light, ...] = tuple(zip(red, green, blue, strict=True))
    return changed(scene, sky=sky, light=light)
