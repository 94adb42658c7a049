"""People and pictures of them, drawn from seeds.

Every aspect has a stream of random numbers of its own, so that the order in which people or aspects are drawn changes
nothing, and a new aspect leaves the others as they were.

The frequencies are nobody's statistics: they give a population in which nothing is missing. Colours of skin, hair and
eyes go together as melanin does; beards and a larger head are drawn together, for the model knows no gender by name.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.scene import (
    COMPONENTS,
    HARMONICS,
    LARGEST_SEED,
    Background,
    Beard,
    BeardStyle,
    Brows,
    Camera,
    Eyes,
    Glasses,
    GlassesShape,
    Hair,
    HairStyle,
    Hat,
    Light,
    Person,
    Pigment,
    Scene,
    Skin,
)

Floats = NDArray[np.float64]
Random = np.random.Generator
Mood = Literal["neutral", "smile", "laugh", "talk", "surprise", "frown"]
MOODS: tuple[Mood, ...] = get_args(Mood)

# Components of shape beyond these hold a tenth of a millimetre each.
_DRAWN = 40
_MOODS: dict[Mood, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouthSmile": 0.7, "cheekSquint": 0.35, "eyeSquint": 0.15},
    "laugh": {"mouthSmile": 0.75, "jawOpen": 0.3, "cheekSquint": 0.5, "eyeSquint": 0.25, "mouthUpperUp": 0.35},
    "talk": {"jawOpen": 0.22, "mouthFunnel": 0.2, "mouthLowerDown": 0.25},
    "surprise": {"jawOpen": 0.35, "browInnerUp": 0.7, "browOuterUp": 0.6, "eyeWide": 0.5},
    "frown": {"browDown": 0.7, "mouthFrown": 0.5, "eyeSquint": 0.25, "mouthPress": 0.3},
}
_WITHOUT_SIDES = ("jawOpen", "browInnerUp", "mouthFunnel")


def stream_of(seed: int, aspect: str) -> Random:
    """Chance of one aspect of what is drawn from a seed: each has its own, so that none shifts another."""
    return np.random.default_rng([seed, zlib.crc32(aspect.encode())])


def _chance(random: Random, share: float) -> bool:
    return bool(random.random() < share)


def _beta(random: Random, low: float, high: float, a: float = 2.0, b: float = 2.0) -> float:
    return round(float(low + (high - low) * random.beta(a, b)), 4)


def _clipped(values: Floats, limit: float) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in np.clip(values, -limit, limit))


def _seed(random: Random) -> int:
    return int(random.integers(0, LARGEST_SEED))


def draw_person(seed: int, *, broad: bool | None = None, dark: float | None = None, age: float | None = None) -> Person:
    """The person of a seed, the same wherever and whenever they are drawn.

    Args:
        broad: whether the head is built broadly, which goes with beards and short hair. dark: 0 light to 1 dark, of
            skin, eyes and hair. age: 0 young to 1 old, of the hair. None of them given, the seed decides.

    Raises:
        ValueError: the seed is not from 0 to 2^31 - 1.

    Example:
        >>> from explorer.science.synthetic import draw_person
        >>> draw_person(3) == draw_person(3), draw_person(3).identity == draw_person(4).identity
        (True, False)
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"there is no person {seed}: seeds go from 0 to {LARGEST_SEED}")
    broad = _chance(stream_of(seed, "build"), 0.5) if broad is None else broad
    random = stream_of(seed, "shape")
    identity = np.zeros(COMPONENTS)
    identity[:_DRAWN] = random.normal(size=_DRAWN)
    # The first component is the size of the head, which is largest with men.
    identity[0] = random.normal(0.6 if broad else -0.8, 0.6)
    random = stream_of(seed, "colour")
    drawn = random.random()
    dark = drawn if dark is None else dark
    colours = np.array([0.55 - 1.75 * dark, *random.normal(0, (0.5, 0.5, 0.7))])
    age = stream_of(seed, "age").random() if age is None else age
    return Person(
        seed=seed,
        identity=_clipped(identity[:_DRAWN], 2.2),
        colours=_clipped(colours, 2.0),
        skin=_skin(seed, dark),
        eyes=_eyes(seed, dark),
        pigment=_pigment(seed, dark, age),
        hair=_hair(seed, broad),
        brows=Brows(thickness=_beta(stream_of(seed, "brows"), 5 if broad else 4, 10), density=0.75 if broad else 0.6),
        lashes=_beta(stream_of(seed, "lashes"), 0.2, 0.6 if broad else 1.0),
        beard=_beard(seed, broad),
    )


def _skin(seed: int, dark: float) -> Skin:
    random = stream_of(seed, "skin")
    pale = 1 - dark
    return Skin(
        redness=_beta(random, 0, 0.8),
        lips=_beta(random, 0.1, 1.0),
        freckles=_beta(random, 0.2, 0.9) if _chance(random, 0.3 * pale) else 0.0,
        gloss=_beta(random, 0.1, 0.9),
        seed=_seed(random),
    )


def _eyes(seed: int, dark: float) -> Eyes:
    random = stream_of(seed, "eyes")
    light = _chance(random, max(0.0, 0.75 - 1.5 * dark))
    return Eyes(
        melanin=_beta(random, 0.0, 0.4) if light else _beta(random, 0.55, 1.0),
        green=_beta(random, 0.0, 1.0),
        iris=_beta(random, 5.6, 6.3),
        pupil=_beta(random, 1.2, 2.6),
        redness=_beta(random, 0.0, 0.5),
    )


def _pigment(seed: int, dark: float, age: float) -> Pigment:
    random = stream_of(seed, "pigment")
    blond = _chance(random, max(0.0, 0.7 - 1.4 * dark))
    melanin = _beta(random, 0.15, 0.6) if blond else _beta(random, 0.6, 1.0)
    red = _beta(random, 0.5, 0.9) if blond and _chance(random, 0.2) else _beta(random, 0.02, 0.25)
    return Pigment(melanin=melanin, red=red, grey=_beta(random, 0.1, 1.0) if age > 0.8 else 0.0)


def _hair(seed: int, broad: bool) -> Hair:
    random = stream_of(seed, "hair")
    styles: list[HairStyle] = ["none", "cropped", "short", "medium", "long"]
    shares = [0.12, 0.28, 0.48, 0.09, 0.03] if broad else [0.0, 0.04, 0.2, 0.36, 0.4]
    style = styles[int(random.choice(len(styles), p=shares))]
    lengths = {"none": (1, 2), "cropped": (3, 9), "short": (18, 55), "medium": (90, 170), "long": (200, 330)}
    return Hair(
        style=style,
        length=_beta(random, *lengths[style]),
        volume=_beta(random, 2, 4) if style in {"none", "cropped"} else _beta(random, 9, 24),
        curl=_beta(random, 0, 1, 1.2, 2),
        parting=round(float(random.uniform(-0.8, 0.8)), 3),
        recession=_beta(random, 0, 0.9 if broad else 0.25, 1.3, 2),
        seed=_seed(random),
    )


def _beard(seed: int, broad: bool) -> Beard:
    random = stream_of(seed, "beard")
    if not broad:
        return Beard()
    styles: list[BeardStyle] = ["none", "stubble", "moustache", "goatee", "full"]
    style = styles[int(random.choice(len(styles), p=[0.4, 0.27, 0.08, 0.08, 0.17]))]
    return Beard(style=style, length=_beta(random, 4, 14), density=_beta(random, 0.3, 1.0), seed=_seed(random))


def draw_scene(person: Person, seed: int, yaw: float = 30.0) -> Scene:
    """A picture of a person: pose, expression, light, camera, background and what they wear, from a seed.

    Args:
        yaw: the furthest that the head turns aside, in degrees.

    Raises:
        ValueError: the seed is not from 0 to 2^31 - 1.

    Example:
        >>> from explorer.science.synthetic import draw_person, draw_scene
        >>> person = draw_person(3)
        >>> draw_scene(person, 0).person == draw_scene(person, 1).person == person
        True
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"there is no picture {seed}: seeds go from 0 to {LARGEST_SEED}")
    whole = (person.seed or 0) * (LARGEST_SEED + 1) + seed
    random = stream_of(whole, "pose")
    pose = {"yaw": yaw, "pitch": 12.0, "roll": 8.0}
    turned = {name: round(float(np.clip(random.normal(0, most / 2), -most, most)), 3) for name, most in pose.items()}
    random = stream_of(whole, "gaze")
    # Eyes come back toward the viewer from where the head has turned.
    gaze = tuple(round(float(random.normal(-back * 0.4, 3)), 3) for back in (turned["yaw"], -turned["pitch"]))
    return Scene(
        person=person,
        seed=seed,
        yaw=turned["yaw"],
        pitch=turned["pitch"],
        roll=turned["roll"],
        gaze=(float(np.clip(gaze[0], -25, 25)), float(np.clip(gaze[1], -15, 15))),
        expression=_expression(stream_of(whole, "expression")),
        light=_light(stream_of(whole, "light")),
        camera=_camera(stream_of(whole, "camera")),
        background=_background(stream_of(whole, "background")),
        clothes=_cloth(stream_of(whole, "clothes")),
        glasses=_glasses(stream_of(person.seed or 0, "glasses"), stream_of(whole, "glasses")),
        hat=_hat(stream_of(whole, "hat")),
    )


def mood_units(mood: Mood) -> dict[str, float]:
    """Strengths of the units of an expression, both sides alike, by the units' names."""
    return {side: strength for name, strength in _MOODS[mood].items() for side in _sides(name)}


def _sides(unit: str) -> list[str]:
    return [unit] if unit in _WITHOUT_SIDES else [f"{unit}Left", f"{unit}Right"]


def _expression(random: Random) -> tuple[tuple[str, float], ...]:
    mood = list(_MOODS)[int(random.choice(len(_MOODS), p=[0.35, 0.3, 0.12, 0.1, 0.06, 0.07]))]
    units: dict[str, float] = {}
    for name, strength in _MOODS[mood].items():
        sides = _sides(name)
        whole = strength * random.uniform(0.6, 1.2)
        units |= {side: whole * random.uniform(0.9, 1.1) for side in sides}
    blink = abs(random.normal(0, 0.08))
    units |= {"eyeBlinkLeft": blink, "eyeBlinkRight": blink}
    return tuple((name, round(float(min(1.0, strength)), 4)) for name, strength in units.items())


def lamp(direction: Sequence[float], colour: Sequence[float] | Floats) -> Floats:
    """The harmonics (9, 3) of a distant lamp: max(0, n . d) to the second order, in the basis of `geometry.lighting`.

    Args:
        direction: to the lamp, of any length above 0. colour: of a white surface that faces it.
    """
    x, y, z = np.asarray(direction, float) / np.linalg.norm(direction)
    first, second = 2 / 3 * math.sqrt(3), math.sqrt(15) / 4
    quadratic = np.array([x * y, y * z, (3 * z * z - 1) / math.sqrt(12), x * z, (x * x - y * y) / 2])
    # max(0, c) = 1/4 + c/2 + 5/16 P2(c) + ..., and P2(n . d) is three times the sum of products of the five.
    harmonics = np.array([0.25, *(0.5 / first * np.array([y, z, x])), *(15 / 16 / second * quadratic)])
    light: Floats = harmonics[:, None] * np.asarray(colour, float)
    return light


def _light(random: Random) -> tuple[Light, ...]:
    def tint(strength: float) -> Floats:
        warm = random.normal(0, 0.08)
        return strength * np.array([1 + warm, 1.0, 1 - warm])

    light = np.zeros((HARMONICS, 3))
    light[0] = tint(random.uniform(0.35, 0.7))
    # The sky is brighter than the ground.
    light[1] = light[0] * random.uniform(0.05, 0.25)
    side, up = random.normal(0, 0.8), random.uniform(0.1, 0.9)
    light += lamp((side, up, 1.0), tint(random.uniform(0.5, 1.1)))
    light += lamp(
        (-2 * np.sign(side), random.uniform(-0.2, 0.5), random.uniform(-0.5, 1)), tint(random.uniform(0, 0.5))
    )
    red, green, blue = light.T.round(4).tolist()
    return tuple(zip(red, green, blue, strict=True))


def _camera(random: Random) -> Camera:
    shift = np.clip(random.normal((0, -0.08), 0.02), (-0.06, -0.14), (0.06, -0.02)).round(4)
    distance = 450 * math.exp(random.uniform(0, 1.8))
    return Camera(height=_beta(random, 235, 330), shift=(shift[0], shift[1]), distance=round(distance, 1))


def _background(random: Random) -> Background:
    kinds: list[Literal["plain", "gradient", "blurred"]] = ["plain", "gradient", "blurred"]
    kind = kinds[int(random.choice(3, p=[0.2, 0.3, 0.5]))]
    level = random.uniform(0.15, 0.85)
    count = {"plain": 1, "gradient": 2, "blurred": 5}[kind]
    colours = np.clip(level + random.normal(0, 0.14, (count, 1)) + random.normal(0, 0.06, (count, 3)), 0, 1).round(4)
    return Background(kind=kind, colours=tuple((r, g, b) for r, g, b in colours.tolist()), seed=_seed(random))


def _glasses(of_person: Random, of_picture: Random) -> Glasses | None:
    if not _chance(of_person, 0.3) or not _chance(of_picture, 0.8):
        return None
    shapes: list[GlassesShape] = ["round", "oval", "square"]
    colours = [(0.03, 0.03, 0.03), (0.16, 0.07, 0.03), (0.4, 0.4, 0.42), (0.5, 0.36, 0.16), (0.05, 0.08, 0.2)]
    width = _beta(of_person, 42, 52)
    return Glasses(
        shape=shapes[int(of_person.integers(3))],
        width=width,
        height=round(width * float(of_person.uniform(0.68, 0.92)), 3),
        rim=_beta(of_person, 1.0, 3.4),
        colour=colours[int(of_person.integers(len(colours)))],
    )


def _hat(random: Random) -> Hat | None:
    if not _chance(random, 0.07):
        return None
    return Hat(colour=_cloth(random))


def _cloth(random: Random) -> Light:
    level, hue = random.uniform(0.02, 0.5), random.uniform(0.5, 1.5, 3)
    red, green, blue = np.clip(level * hue, 0, 1).round(3).tolist()
    return red, green, blue
