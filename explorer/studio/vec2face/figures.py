"""Figures 4 to 7 of Vec2Face-v2: faces in the wild, conditions, backgrounds, and several vectors of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.recognition.base import Encoder
from explorer.science.vec2face.generator import VectorToFace
from explorer.studio.export.page import Page, house_style
from explorer.studio.vec2face.material import VectorMaterial
from explorer.studio.vec2face.replaced import Draw

Kind = Literal["wild", "conditions", "backgrounds", "people"]
NUMBERS: dict[Kind, int] = {"wild": 4, "conditions": 5, "backgrounds": 6, "people": 7}
"""Of the paper's figures."""
_PEOPLE, _EACH, _BACKGROUNDS = 8, 4, 7
_SIDE, _LABELS, _TOP, _GAP, _DPI = 19.0, 30.0, 12.0, 1.0, 300
# What is hidden, as rectangles about points: rows of them, and how far they reach in parts of the eyes' distance.
_HIDDEN = {"eyes hidden": ((0, 1), 0.45, 0.25), "mouth hidden": ((3, 4), 0.35, 0.3)}


@dataclass(frozen=True, eq=False)
class Shown:
    """Faces beside each other: photographs (n, S, S, 3) uint8, their vectors (n, D), and what each is."""

    photographs: Tensor
    vectors: Tensor
    captions: tuple[str, ...]


def shown_for(kind: Kind, material: VectorMaterial, encoder: Encoder) -> Shown:
    """The faces of a figure.

    wild: the first face of each of up to eight people. conditions: of two people a photograph, another, and the first
    with eyes or mouth hidden, whose vectors are of what is left. people: up to four photographs of each of two.
    """
    vectors, name = material.vectors[encoder.spec.id], encoder.spec.id
    whose = [(material.people == person).nonzero().flatten() for person in material.people.unique()]
    if kind in ("wild", "backgrounds"):
        rows = torch.stack([own[0] for own in whose[: 3 if kind == "backgrounds" else _PEOPLE]])
        return Shown(material.pictures[rows], vectors[rows], tuple("" for _ in rows))
    # Who has several photographs comes first.
    two = sorted(whose, key=len, reverse=True)[:2]
    if kind == "people":
        rows = torch.cat([own[:_EACH] for own in two])
        captions = [f"person {number}" for number, own in enumerate(two, 1) for _ in own[:_EACH]]
        return Shown(material.pictures[rows], vectors[rows], tuple(captions))
    parts = [_conditions(material.rows(own[:2]), name, encoder) for own in two]
    return Shown(
        torch.cat([one.photographs for one in parts]),
        torch.cat([one.vectors for one in parts]),
        tuple(caption for one in parts for caption in one.captions),
    )


@torch.no_grad()
def _conditions(own: VectorMaterial, name: str, encoder: Encoder) -> Shown:
    pictures, vectors, captions = list(own.pictures), list(own.vectors[name]), ["photograph", "another"][: len(own)]
    for caption, (points, across, down) in _HIDDEN.items():
        hidden = _hidden(own.pictures[0], own.points[0], points, across, down)
        image = hidden.permute(2, 0, 1)[None].float() / 255
        placed = own.points[:1] * hidden.shape[0]
        pictures.append(hidden)
        vectors.append(encoder.embed(image.to(encoder.device), placed.to(encoder.device))[0].cpu())
        captions.append(caption)
    return Shown(torch.stack(pictures), torch.stack(vectors), tuple(captions))


def _hidden(picture: Tensor, points: Tensor, which: Sequence[int], across: float, down: float) -> Tensor:
    """A picture (S, S, 3) with a black rectangle about some of its points, in parts of the side."""
    side, eyes = picture.shape[0], float((points[1] - points[0]).norm())
    chosen, reach = points[list(which)], torch.tensor([across, down]) * eyes
    left, top = ((chosen.amin(0) - reach) * side).round().long().clamp(0, side).tolist()
    right, bottom = ((chosen.amax(0) + reach) * side).round().long().clamp(0, side).tolist()
    changed = picture.clone()
    changed[top:bottom, left:right] = 0
    return changed


def comparison_figure(title: str, shown: Shown, ways: Mapping[str, Draw]) -> Figure:
    """Photographs above what each way makes of their vectors."""
    rows = [("photograph", list(shown.photographs.numpy()))]
    rows += [(name, _bytes(draw(shown.vectors))) for name, draw in ways.items()]
    return _grid(title, rows, shown.captions)


def backgrounds_figure(title: str, shown: Shown, generators: Mapping[str, VectorToFace]) -> Figure:
    """Beside each photograph its vector drawn with several backgrounds, a row for each generator and face."""
    rows = list[tuple[str, list[NDArray[np.uint8]]]]()
    for name, generator in generators.items():
        backgrounds = generator.backgrounds(_BACKGROUNDS)
        for photograph, vector in zip(shown.photographs, shown.vectors, strict=True):
            drawn = generator.pictures(vector.expand(_BACKGROUNDS, -1), backgrounds)
            rows.append((name, [photograph.numpy(), *_bytes(drawn)]))
    return _grid(title, rows, ("photograph", *(f"v {number}" for number in range(1, _BACKGROUNDS + 1))))


def _bytes(pictures: Tensor) -> list[NDArray[np.uint8]]:
    whole = pictures.cpu().mul(255).round().byte().permute(0, 2, 3, 1).contiguous()
    return list(whole.numpy())


def _grid(title: str, rows: Sequence[tuple[str, Sequence[NDArray[np.uint8]]]], captions: Sequence[str]) -> Figure:
    step = _SIDE + _GAP
    with house_style():
        page = Page(_LABELS + len(captions) * step, _TOP + len(rows) * step, _DPI)
        page.text(1.0, 4.0, title, weight="SemiBold")
        for column, caption in enumerate(captions):
            page.text(_LABELS + column * step + _SIDE / 2, _TOP - 1.5, caption, align="center")
        for row, (name, pictures) in enumerate(rows):
            top = _TOP + row * step
            page.text(1.0, top + _SIDE / 2, name)
            for column, picture in enumerate(pictures):
                page.picture(picture, _LABELS + column * step, top, _SIDE)
        return page.figure
