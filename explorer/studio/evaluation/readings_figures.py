"""Figures 3.2 and 3.3 of the thesis: photographs whose attributes are read rightly from their vectors, and wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.leakage.probes import PROBES
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.evaluation.readings_judged import Answer
from explorer.studio.evaluation.readings_text import TITLES
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid

FIGURES = {"3.2": True, "3.3": False}
"""By the thesis's number: whether the photographs were read rightly."""
DRAWN = ("vector", "reconstruction")
_ACROSS, _SIDE = 6, 224
# Rows of a figure are sides of attributes, of which there are two each.
_ROWS = tuple((name, side) for name, spec in PROBES.items() if spec.kind == "binary" for side in (1, 0))

Frame = NDArray[np.uint8]


def draw_read(
    number: str, way: str, answers: Sequence[Answer], frame_of: Callable[[SetPhotograph], Frame], asked: Sequence[str]
) -> Figure | None:
    """Draw one figure: a row what was said of an attribute, a photograph a person, in the order of the set.

    Args:
        number: of `FIGURES`. way: of `DRAWN`, what read them.
        frame_of: the face of a photograph in the common frame.
        asked: what the makers of the sets ask for.

    Returns:
        None where no photograph was read so.
    """
    rows, counted = list[list[Cell | None]](), list[str]()
    for probe, side in _ROWS:
        mine = [one for one in answers if one.probe == probe and one.said.get(way) == side]
        shown = _one_a_person([one for one in mine if one.right(way) is FIGURES[number]])
        if not shown:
            continue
        words = f"{PROBES[probe].title}: {PROBES[probe].classes[side]}"
        cells = [_cell(one, way, side, frame_of, words if place == 0 else "") for place, one in enumerate(shown)]
        rows.append([*cells, *[None] * (_ACROSS - len(cells))])
        so = sum(one.right(way) is FIGURES[number] for one in mine)
        counted.append(f"{words.lower()}, {so} of {len(mine)}")
    if not rows:
        return None
    return draw_grid([""] * _ACROSS, rows, _note(number, way, counted, asked), GridOptions(mark=False))


def _one_a_person(answers: Sequence[Answer]) -> list[Answer]:
    """The first of each person, as many as have room."""
    by_person = dict[str, Answer]()
    for one in answers:
        by_person.setdefault(one.known.photograph.person, one)
    return list(by_person.values())[:_ACROSS]


def _cell(one: Answer, way: str, side: int, frame_of: Callable[[SetPhotograph], Frame], words: str) -> Cell:
    share = one.probabilities.get(way)
    facts = [] if share is None else [f"{100 * (share if side else 1 - share):.0f} %"]
    return Cell(frame_of(one.known.photograph), facts, reconstruction=False, title=words)


def _note(number: str, way: str, counted: Sequence[str], asked: Sequence[str]) -> str:
    read = "rightly" if FIGURES[number] else "wrongly"
    who = "a small network from" if way == "vector" else "image labellers off a face made from"
    sentences = [
        f"Photographs whose attributes were read {read} by {who} their vectors alone ({TITLES[way]}), one a person",
        "Above each what was said with which probability; truth: labels by hand",
        *(["A class is said where it is likelier than its share of the calibration faces"] if way == "vector" else []),
        f"So were: {'; '.join(counted)}",
        *(credit for credit in dict.fromkeys(asked) if credit),
    ]
    return ". ".join(sentences) + "."


def frames_by(networks: Networks) -> Callable[[SetPhotograph], Frame]:
    """What finds the face of a photograph and brings it into the common frame; each once."""
    found = dict[SetPhotograph, Frame]()

    def frame_of(one: SetPhotograph) -> Frame:
        if one not in found:
            photograph = one.read()
            face = choose_face(photograph, networks.detector().detect(photograph.pixels))
            found[one] = crop_frame(photograph, face, _SIDE).frame
        return found[one]

    return frame_of
