"""What a bijective metric is worth: people told apart by its distance and by pixels, and by how much it stretches."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from explorer.science.evaluation.separation import Separation, SeparationError, separation
from explorer.science.flows.bijection import Bijection
from explorer.science.flows.ratios import PAIRS, DistanceRatios, RatioError, distance_ratios, latents_of
from explorer.science.training.metric import LabelledPictures
from explorer.studio.errors import UserError
from explorer.studio.export.page import ATTACKED, BODY, GREY, HELD_OUT, Page, house_style, plain_axes

_WIDTH, _HEIGHT, _SIDE, _LEFT, _TOP = 90.0, 82.0, 62.0, 16.0, 9.0
# Pictures that are held against each other at most; spread over those there are.
MOST = 1500


class Told(BaseModel):
    """How a distance tells the same class from others; as of `Separation`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: float
    low: float
    high: float
    apart: float


class MetricScores(BaseModel):
    """pictures of classes; `pixels` and `latents`: the two distances. smallest, largest: latent to pixel distance, over
    `pairs`. inverse: by how much a picture that is mapped there and back differs at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    words: str
    pictures: int
    classes: int
    pixels: Told
    latents: Told
    pairs: int
    smallest: float
    largest: float
    inverse: float


def metric_scores(
    name: str, bijection: Bijection, pictures: LabelledPictures, pairs: int = PAIRS
) -> tuple[MetricScores, DistanceRatios]:
    """Measure a metric on pictures that nothing was learnt from.

    Args:
        pairs: of the ratios.

    Raises:
        UserError: the pictures are of another size, hold no two of one class, or do not differ.
    """
    shape = bijection.settings.channels, bijection.settings.side, bijection.settings.side
    if pictures.pictures.shape[1:] != shape:
        raise UserError(f"{name}: the metric takes {shape[0]} colours at {shape[1]} px, and its pictures are others")
    some = pictures if len(pictures) <= MOST else pictures.only(_spread(len(pictures)))
    try:
        ratios = distance_ratios(bijection, some.floats, some.classes, pairs)
        latents = latents_of(bijection, some.floats)
        told = [separation(rows, some.classes, "euclidean") for rows in (some.floats.flatten(1), latents)]
    except (RatioError, SeparationError) as error:
        raise UserError(f"{name}: {error}") from error
    few = some.floats[:16]
    scores = MetricScores(
        name=name,
        words=some.words,
        pictures=len(some),
        classes=some.count,
        pixels=_told(told[0]),
        latents=_told(told[1]),
        pairs=len(ratios.ratios),
        smallest=ratios.smallest,
        largest=ratios.largest,
        inverse=float((bijection.inverse(latents[:16]) - few).abs().max()),
    )
    return scores, ratios


def scores_text(scores: MetricScores) -> str:
    """The scores as lines of text."""
    lines = [f"{scores.name}: {scores.pictures} pictures of {scores.classes}"]
    for title, told in (("pixels", scores.pixels), ("bijective", scores.latents)):
        lines.append(f"  {title:9}  AUC {told.auc:.3f} ({told.low:.3f} to {told.high:.3f})  d' {told.apart:.2f}")
    bounds = f"{scores.smallest:.3g} to {scores.largest:.3g}"
    lines.append(f"  latent to pixel distance: {bounds} over {scores.pairs:,} pairs")
    lines.append(f"  there and back: differs by {scores.inverse:.1e} at most")
    return "\n".join(lines)


def ratio_figure(scores: MetricScores, ratios: DistanceRatios) -> Figure:
    """Distances of latents over those of pixels, a dot a pair, between the lines of the smallest and largest ratio
    (eq. 9)."""
    with house_style():
        page = Page(_WIDTH, _HEIGHT, 300)
        axes = page.axes(_LEFT, _TOP, _WIDTH - _LEFT - 4, _SIDE)
        plain_axes(axes)
        for same, colour, words in ((False, GREY, "different"), (True, ATTACKED, "same")):
            rows = ratios.same == same
            axes.plot(
                ratios.pixels[rows].numpy(),
                ratios.latents[rows].numpy(),
                ".",
                markersize=1.5,
                alpha=0.4,
                color=colour,
                label=words,
                rasterized=True,
            )
        end = float(ratios.pixels.max())
        for ratio in (scores.smallest, scores.largest):
            axes.plot([0, end], [0, ratio * end], color=HELD_OUT[0], linewidth=0.8)
        axes.set_xlim(0, end * 1.02)
        axes.set_ylim(0, float(ratios.latents.max()) * 1.05)
        axes.set_xlabel("distance of pixels", fontsize=BODY)
        axes.set_ylabel("distance of latents", fontsize=BODY)
        axes.legend(fontsize=BODY, frameon=False, loc="upper left", markerscale=4)
        page.text(_LEFT, 5.0, f"{scores.name}: ratios {scores.smallest:.3g} to {scores.largest:.3g}", weight="SemiBold")
        return page.figure


def _told(found: Separation) -> Told:
    return Told(auc=found.auc, low=found.low, high=found.high, apart=found.apart)


def _spread(of: int) -> Tensor:
    return torch.arange(MOST) * of // MOST
