"""Histograms of colours that gradients flow through, and how far apart two histograms are (thesis eqs. 4.4 and 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.science.leakage.labels.histogram import BINS

# Values whose sigmoids are held at once: what bounds the memory, however many pixels and bins there are.
_CHUNK = 1 << 18


@dataclass(frozen=True)
class HistogramForm:
    """How values are softly put into bins.

    low, high: the outer edges, in levels of 0 to 255; the edges between lie evenly.
    open_ends: whether whatever lies below or above counts in the outer bins. If not, the outer edges are as soft as
        the others, and mass is lost there.
    shares: whether the bins are divided by the number of values.
    sharpness: sigma of the sigmoids, per level.
    """

    low: float
    high: float
    open_ends: bool
    shares: bool
    sharpness: float

    def edges(self, bins: int) -> tuple[float, ...]:
        """Where one bin gives way to the next, in levels: bins - 1 of them, or bins + 1 with closed ends."""
        width = (self.high - self.low) / bins
        inner = range(1, bins) if self.open_ends else range(bins + 1)
        return tuple(self.low + width * edge for edge in inner)


# No whole level lies on an edge, nothing is lost, and the bins sum to one (DESIGN, "Slips in the papers").
DEFAULT = HistogramForm(low=-0.5, high=255.5, open_ends=True, shares=True, sharpness=0.35)
# Eq. 4.4 as printed, with its sigma.
AS_PUBLISHED = HistogramForm(low=0.0, high=255.0, open_ends=False, shares=False, sharpness=1.85)


def soft_histogram(values: Tensor, bins: int = BINS, form: HistogramForm = DEFAULT) -> Tensor:
    """Softly put values into bins: eq. 4.4, a difference of sigmoids at a bin's two edges.

    Only the values are kept for the gradient, and sigmoids are made in bounded pieces, so that memory does not grow
    with the number of values times the number of bins.

    Args:
        values: (..., M) levels from 0 to 255, floating point; gradients flow to them.
        bins: how many, at least 1.
        form: ours or the printed one.

    Returns:
        (..., bins): shares that sum to one in our form, soft counts in the printed one.

    Raises:
        ValueError: there are no values, or no bins.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import soft_histogram
        >>> shares = soft_histogram(torch.tensor([12.0, 13.0, 191.0, 192.0]), bins=10)
        >>> [round(share, 1) for share in shares.tolist()]
        [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0]
    """
    if values.shape[-1] == 0 or bins < 1:
        raise ValueError(f"a histogram needs at least one value and one bin, not {values.shape[-1]} and {bins}")
    above: Tensor = _SoftCountsAbove.apply(values, form.edges(bins), form.sharpness)  # type: ignore[no-untyped-call]
    if form.open_ends:
        everything = values.new_full((*values.shape[:-1], 1), values.shape[-1])
        above = torch.cat([everything, above, torch.zeros_like(everything)], -1)
    counts = above[..., :-1] - above[..., 1:]
    return counts / values.shape[-1] if form.shares else counts


def colour_histogram(image: Tensor, bins: int = BINS, form: HistogramForm = DEFAULT) -> Tensor:
    """Soft histograms of the three colours of images: (B, 3, H, W) RGB in [0, 1] to (B, 3, bins).

    Example:
        >>> import torch
        >>> from explorer.science.leakage import colour_histogram
        >>> shares = colour_histogram(torch.rand(2, 3, 16, 16))
        >>> shares.shape, torch.allclose(shares.sum(-1), torch.ones(2, 3))
        (torch.Size([2, 3, 10]), True)
    """
    return soft_histogram(image.flatten(2) * 255, bins, form)


def earth_movers_distance(one: Tensor, other: Tensor) -> Tensor:
    """How far, in bins, the mass of one histogram lies from another's: scipy's `wasserstein_distance` on bin indices.

    Between histograms on a line it is the sum of the differences of their cumulative shares.

    Args:
        one, other: (..., bins), at least 0, broadcast against each other; each is divided by its sum.

    Returns:
        (...), from 0 to bins - 1.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import earth_movers_distance
        >>> earth_movers_distance(torch.eye(10)[0], torch.eye(10)[3]).item()  # all of it moves by three bins
        3.0
    """
    shares = one / one.sum(-1, keepdim=True) - other / other.sum(-1, keepdim=True)
    return shares.cumsum(-1).abs().sum(-1)


class _SoftCountsAbove(torch.autograd.Function):
    """For each edge e the sum of sigmoid(sharpness (x - e)) over the values: (..., M) to (..., edges)."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, edges: tuple[float, ...], sharpness: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.edges, ctx.sharpness = edges, sharpness
        rows = values.reshape(-1, values.shape[-1])
        sums = rows.new_zeros(len(rows), len(edges))
        for piece in rows.split(_columns(rows), 1):
            for index, edge in enumerate(edges):
                sums[:, index] += torch.sigmoid_((piece - edge).mul_(sharpness)).sum(1)
        return sums.reshape(*values.shape[:-1], len(edges))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (values,) = ctx.saved_tensors
        rows = values.reshape(-1, values.shape[-1])
        wanted = gradient.reshape(len(rows), len(ctx.edges))
        result = torch.zeros_like(rows)
        pieces = zip(rows.split(_columns(rows), 1), result.split(_columns(rows), 1), strict=True)
        for piece, place in pieces:
            for index, edge in enumerate(ctx.edges):
                soft = torch.sigmoid_((piece - edge).mul_(ctx.sharpness))
                place.addcmul_(wanted[:, index : index + 1] * ctx.sharpness, soft * (1 - soft))
        return result.reshape(values.shape), None, None


def _columns(rows: Tensor) -> int:
    """How many columns make a piece of bounded size."""
    return max(1, _CHUNK // len(rows))
