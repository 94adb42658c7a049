"""What is true of a picture of somebody who never was, kept beside the photograph that it has become. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from explorer.science.synthetic.scene import GROUPS, Scene
from explorer.studio.people.choice import Rendering

LANDMARKS = 68
Point = tuple[FiniteFloat, FiniteFloat]

# A share of a group below this is not worth a word.
_LEAST = 0.05
SMILES = ("mouthSmileLeft", "mouthSmileRight")


class PictureTruth(BaseModel):
    """The scene that a picture was drawn of, and where its landmarks lie.

    landmarks: 68, in pixels of the picture, x right and y down, centres at +0.5. landmarks_seen: whether each is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scene: Scene
    rendering: Rendering
    landmarks: Annotated[tuple[Point, ...], Field(min_length=LANDMARKS, max_length=LANDMARKS)]
    landmarks_seen: Annotated[tuple[bool, ...], Field(min_length=LANDMARKS, max_length=LANDMARKS)]

    def attributes(self) -> Mapping[str, str]:
        """What is true of what probes read, in words, by the probes' names; nothing of what no label says."""
        scene = self.scene
        strengths = dict(scene.expression)
        smile = sum(strengths.get(name, 0.0) for name in SMILES) / len(SMILES)
        said = {
            "smiling": f"mouth smile {smile:.2f}" if smile else "no smile",
            "eyeglasses": "none" if scene.glasses is None else f"{scene.glasses.shape} glasses",
            "hat": "none" if scene.hat is None else "a woollen hat",
            "expression": expression_words(scene),
            "yaw": f"{scene.yaw:.1f}°",
            "pitch": f"{scene.pitch:.1f}°",
        }
        macros = scene.person.macros
        if macros is not None:
            said["gender"] = f"slider {macros.gender:.2f}, {macros.sex}"
            said["age"] = f"slider {macros.age:.2f}, 1 is old"
        return said


def expression_words(scene: Scene) -> str:
    """The strongest units, such as "jawOpen 0.35, browInnerUp 0.20"; both sides in one where they are nearly alike."""
    strengths = {name: value for name, value in scene.expression if value >= 0.005}
    whole: dict[str, float] = {}
    for name, value in strengths.items():
        stem = name.removesuffix("Left").removesuffix("Right")
        sides = [strengths.get(f"{stem}{side}") for side in ("Left", "Right")]
        if stem != name and None not in sides:
            whole[stem] = sum(side for side in sides if side is not None) / 2
        else:
            whole[name] = value
    strongest = sorted(whole.items(), key=lambda one: -one[1])[:3]
    more = len(whole) - len(strongest)
    words = ", ".join(f"{name} {value:.2f}" for name, value in strongest)
    return (words + (f" and {more} more" if more else "")) or "neutral"


def truth_lines(truth: PictureTruth) -> list[tuple[str, str]]:
    """Everything that is known of a picture for certain, as titles and words."""
    scene, person, macros = truth.scene, truth.scene.person, truth.scene.person.macros
    lines = [("Person", f"seed {person.seed}" if person.seed is not None else "of no seed: changed by hand")]
    if macros is not None:
        shares = ", ".join(f"{name} {share:.2f}" for name, share in zip(GROUPS, macros.groups, strict=True))
        lines += [
            ("Gender slider", f"{macros.gender:.2f} ({macros.sex})"),
            ("Age slider", f"{macros.age:.2f} (0 young, 1 old)"),
            ("Weight slider", f"{macros.weight:+.2f}"),
            ("Group sliders", shares),
        ]
    else:
        lines.append(("Gender, age, group", "no label: not drawn by sliders, or moved since"))
    lines += [
        ("Yaw, pitch, roll", f"{scene.yaw:.1f}°, {scene.pitch:.1f}°, {scene.roll:.1f}°"),
        ("Expression", expression_words(scene)),
        ("Glasses", "none" if scene.glasses is None else scene.glasses.shape),
        ("Hat", "none" if scene.hat is None else "woollen"),
        ("Hair", person.hair.style),
        ("Beard", person.beard.style),
        ("Landmarks seen", f"{sum(truth.landmarks_seen)} of {LANDMARKS}"),
        ("Light", scene.sky.name if scene.sky is not None else "nine harmonics"),
    ]
    return lines


def truth_words(truth: PictureTruth) -> str:
    """The most of it in a few words; what is not worn is left out."""
    scene, macros = truth.scene, truth.scene.person.macros
    said = ["not drawn by sliders, or moved since: no label of gender, age and group"]
    if macros is not None:
        groups = [f"{name} {share:.2f}" for name, share in zip(GROUPS, macros.groups, strict=True) if share >= _LEAST]
        said = [
            f"gender {macros.gender:.2f} {macros.sex}",
            f"age {macros.age:.2f}",
            f"weight {macros.weight:+.2f}",
            *groups,
        ]
    said += [f"yaw {scene.yaw:.1f}°, pitch {scene.pitch:.1f}°, roll {scene.roll:.1f}°", expression_words(scene)]
    said += [] if scene.glasses is None else ["glasses"]
    said += [] if scene.hat is None else ["hat"]
    said += [] if scene.person.beard.style == "none" else [f"beard {scene.person.beard.style}"]
    return " · ".join([*said, f"{sum(truth.landmarks_seen)} of {LANDMARKS} landmarks seen"])
