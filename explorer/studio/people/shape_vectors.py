"""The vectors along which a face of the shipped model can be moved: groups, and gender in two ways (DIFFUSE, 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from explorer.science.synthetic.scene import GROUPS
from explorer.studio.people.macro_file import load_macro_model

ABOUT = (
    "African, asian, caucasian, female and male are names that the authors of a modelling programme (MakeHuman) gave "
    "to sliders, and to shapes that they modelled. They describe no people; where a face lies along them says "
    "nothing of whom it is."
)


@dataclass(frozen=True)
class ShapeVector:
    """A direction. unit: (K,) of length 1, in deviations of the model. kind: what it is one of, as a heading says."""

    name: str
    kind: str
    hint: str
    unit: tuple[float, ...]


@cache
def shape_vectors() -> tuple[ShapeVector, ...]:
    """All of them: a vector for each group; the model's own of gender; the classifier's, of all and in each group.

    Raises:
        UserError: their file is missing or damaged.
    """
    import numpy as np

    macros = load_macro_model()
    found = [
        (group, "Groups", f"From the middle of the three to where MakeHuman's slider {group} stands at its end", one)
        for group, one in zip(GROUPS, macros.group_directions(), strict=True)
    ]
    found.append(
        ("the model's own", "Gender", "From MakeHuman's female targets to its male ones", macros.gender_vector())
    )
    found += [
        (
            f"classifier, {name}",
            "Gender",
            f"The normal of a linear classifier of drawn people's sliders of gender, {of}",
            normal,
        )
        for name, of, normal in zip(
            ("all", *GROUPS), ("of all groups", *(f"of {group} alone" for group in GROUPS)), macros.normals, strict=True
        )
    ]
    return tuple(
        ShapeVector(name, kind, hint, tuple((vector / np.linalg.norm(vector)).tolist()))
        for name, kind, hint, vector in found
    )
