"""What a corpus's card states: how common each attribute is, how much labels waver, how far people agree with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.labels import THRESHOLDS
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.leakage.labels.histogram import binned
from explorer.science.leakage.labels.landmarks import interocular

Arrays = Mapping[str, NDArray[Any]]
# Attributes that a person labels without seeing what the labellers say, and what a person checks of the rest.
LABELLED = (*THRESHOLDS, "expression")
CHECKED = ("landmarks", "age", "pose")


@dataclass(frozen=True)
class Statement:
    """One line of a table: what it is about, and its value in words."""

    about: str
    value: str


def has(labels: Arrays, attribute: str) -> NDArray[np.bool_]:
    """Which of N faces have an attribute, by its threshold."""
    found: NDArray[np.bool_] = labels[attribute] >= THRESHOLDS[attribute]
    return found


def prevalence(labels: Arrays) -> list[Statement]:
    """How common each attribute is among N faces, and how the numbers are spread."""
    statements = [Statement(name, f"{has(labels, name).mean():.1%}") for name in THRESHOLDS]
    chosen = _named(labels)
    statements += [Statement(name, f"{(chosen == place).mean():.1%}") for place, name in enumerate(EXPRESSIONS)]
    pose = labels["pose"]
    numbers = {"age": labels["age"], "yaw": pose[:, 0], "pitch": pose[:, 1]}
    for name, values in numbers.items():
        low, middle, high = np.percentile(values, (5, 50, 95))
        statements.append(Statement(name, f"{middle:.0f} ({low:.0f} to {high:.0f})"))
    return statements


def wavering(first: Arrays, second: Arrays) -> list[Statement]:
    """How much the labels of N faces change when a random camera sees them again.

    Landmarks and pose are compared in each view's own aligned frame, so alignment counts too.
    """
    statements = []
    for name in THRESHOLDS:
        flips = has(first, name) != has(second, name)
        statements.append(Statement(name, f"{flips.mean():.1%} change sides"))
    statements.append(Statement("expression", f"{(_named(first) != _named(second)).mean():.1%} change their name"))
    points, again = (labels["landmarks"] for labels in (first, second))
    away = np.linalg.norm(points - again, axis=-1).mean(-1) / interocular(points)
    statements.append(Statement("landmarks", f"{np.median(away):.1%} of the interocular distance"))
    years = np.abs(first["age"] - second["age"])
    statements.append(Statement("age", f"{np.median(years):.1f} years"))
    turned = np.abs(first["pose"] - second["pose"])
    for place, name in enumerate(("yaw", "pitch", "roll")):
        statements.append(Statement(name, f"{np.median(turned[:, place]):.1f} degrees"))
    one, other = (binned(labels["histogram"]) for labels in (first, second))
    moved = np.abs((one - other).cumsum(-1)).sum(-1).mean(-1)
    statements.append(Statement("histogram", f"EMD {np.median(moved):.2f} bins: the camera's own doing"))
    return statements


def agreement(labels: Arrays, hand: Mapping[str, list[str]]) -> list[Statement]:
    """How far labellers agree with a person.

    Args:
        labels: of N faces.
        hand: N answers by attribute: "1" or "0", for `expression` its name, empty where the person cannot tell. For
            `landmarks`, `age` and `pose`, whether the label is right.
    """
    statements = []
    for name in THRESHOLDS:
        answers = np.array(hand[name])
        told = answers != ""
        truth, ours = answers[told] == "1", has(labels, name)[told]
        seen = f"{(ours & ~truth).sum()} of {(~truth).sum()} wrongly seen"
        missed = f"{(~ours & truth).sum()} of {truth.sum()} missed"
        statements.append(Statement(name, f"{_share(truth == ours)}: {seen}, {missed}"))
    answers = np.array(hand["expression"])
    told = answers != ""
    same = np.array(EXPRESSIONS)[_named(labels)][told] == answers[told]
    statements.append(Statement("expression", _share(same)))
    for name in CHECKED:
        answers = np.array(hand[name])
        told = answers != ""
        statements.append(Statement(name, f"{_share(answers[told] == '1')} found right"))
    return statements


def _share(right: NDArray[np.bool_]) -> str:
    """ "95.0% of 40", or "none" where nobody answered."""
    return f"{right.mean():.1%} of {len(right)}" if len(right) else "none"


def _named(labels: Arrays) -> NDArray[np.intp]:
    places: NDArray[np.intp] = labels["expression"].argmax(-1)
    return places
