"""Figure 1 of Vec2Face-v2, drawn of a trained metric: pictures as pixels and as latents, and the way between two.

The bijection maps pictures one to one, so that every distance of latents is one of pictures, and every point between
two latents is a picture.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.ratios import latents_of
from explorer.science.training.metric import LabelledPictures
from explorer.studio.errors import UserError
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, SMALL, Page, house_style

_WIDTH, _SIDE, _TOP, _GAP = 180.0, 84.0, 8.0, 12.0
_CLASSES, _EACH = 5, 4
# Pictures on the way between two, ends included.
STEPS = 7
_COLOURS = (ATTACKED, *HELD_OUT[:4])

Floats = NDArray[np.float64]


@torch.no_grad()
def idea_figure(name: str, bijection: Bijection, pictures: LabelledPictures) -> Figure:
    """Draw some pictures of a few classes in the plane of their pixels, in that of their latents, and a way.

    Args:
        name: of the set.

    Raises:
        UserError: the pictures are of fewer than two classes, or each class has but one.
    """
    some = chosen(pictures)
    floats = some.floats
    latents = latents_of(bijection, floats)
    # A picture, another of its class, and one of another class.
    first = 0
    same = int((some.classes == some.classes[0]).nonzero()[1])
    other = int((some.classes != some.classes[0]).nonzero()[0])
    way, drawn = way_between(bijection, latents[first], latents[other]), floats.permute(0, 2, 3, 1).numpy()
    with house_style():
        page = Page(_WIDTH, _TOP + _SIDE + 36, 300)
        for place, (title, vectors) in enumerate((("pixels", floats.flatten(1)), ("latents", latents))):
            axes = page.axes(place * (_SIDE + _GAP), _TOP, _SIDE, _SIDE)
            _plane(axes, plane_of(vectors), drawn, some.classes, ((first, same), (first, other)), vectors)
            page.text(place * (_SIDE + _GAP), _TOP - 2.5, f"{name}: distances of {title}", weight="SemiBold")
        page.text(0, _TOP + _SIDE + 5, "between two latents, each mapped back to its picture", weight="SemiBold")
        size = 20.0
        for place, picture in enumerate(way.clamp(0, 1)):
            pixels = np.ascontiguousarray((picture.permute(1, 2, 0).expand(-1, -1, 3).numpy() * 255).round(), np.uint8)
            page.picture(pixels, place * (size + 2), _TOP + _SIDE + 7, size)
        note = (
            "The planes are those of the first two principal components; a frame's colour is a class. Lines: a picture "
            "to one of its class and to one of another, with their distances."
        )
        page.text(0, page.height - 2, note, size=SMALL, colour=GREY)
        return page.figure


def chosen(pictures: LabelledPictures) -> LabelledPictures:
    """A few pictures of each of the first classes that have two, class by class.

    Raises:
        UserError: there are no two such classes.
    """
    rows = list[Tensor]()
    for one in pictures.classes.unique():
        own = (pictures.classes == one).nonzero().flatten()
        if len(own) > 1 and len(rows) < _CLASSES:
            rows.append(own[:_EACH])
    if len(rows) < 2:
        raise UserError("the figure shows two pictures of each of two classes, and there are fewer")
    return pictures.only(torch.cat(rows))


def plane_of(vectors: Tensor) -> Floats:
    """Vectors (N, D) in the plane of their first two principal components, (N, 2)."""
    apart = (vectors - vectors.mean(0)).double()
    _, _, directions = torch.linalg.svd(apart, full_matrices=False)
    plane: Floats = (apart @ directions[:2].T).numpy()
    return plane


def way_between(bijection: Bijection, one: Tensor, other: Tensor) -> Tensor:
    """Pictures (STEPS, C, S, S) on the straight way between two latents (D,); the first and last are the two's own."""
    shares = torch.linspace(0, 1, STEPS)[:, None]
    device = next(bijection.parameters()).device
    return bijection.inverse((torch.lerp(one[None], other[None], shares)).to(device)).cpu()


def _plane(
    axes: Axes,
    places: Floats,
    pictures: NDArray[np.float32],
    classes: Tensor,
    pairs: tuple[tuple[int, int], ...],
    vectors: Tensor,
) -> None:
    kinds = classes.unique().tolist()
    axes.set_xticks([])
    axes.set_yticks([])
    reach = float(np.abs(places).max()) * 1.15 or 1.0
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    for ends in pairs:
        for begin, end in pairwise(ends):
            apart = float((vectors[begin] - vectors[end]).norm())
            axes.plot(*places[[begin, end]].T, color=GREY, lw=0.8, zorder=1)
            middle = places[[begin, end]].mean(0)
            axes.annotate(f"{apart:.3g}", tuple(middle), fontsize=SMALL, zorder=2)
    for place, picture, kind in zip(places, pictures, classes.tolist(), strict=True):
        shown = OffsetImage(np.repeat(picture, 3, 2) if picture.shape[2] == 1 else picture, zoom=9 / picture.shape[0])
        frame = {"edgecolor": _COLOURS[kinds.index(kind)], "linewidth": 1.0}
        axes.add_artist(AnnotationBbox(shown, tuple(place), pad=0.1, bboxprops=frame, zorder=3))
