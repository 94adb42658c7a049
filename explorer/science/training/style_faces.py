"""Styles whose faces an encoder of photographs learns from, and how a camera changes their pictures.

A face of the generator has one w in all layers; a photograph is not among these. Some faces therefore mix the layers of
two or three w, and of some every layer goes a way of its own toward another w: what lies around W is then known, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.shares import drawn

# Faces lie far from those of corpus, gallery, preview heads, regressors and decoders; unseen ones far from these.
STYLE_SEED, UNSEEN_SEED = 130_000_000, 140_000_000
# Kinds of faces in turn: one w, the layers of some mixed, every layer on a way of its own.
_KINDS = ("one", "one", "mixed", "mixed", "apart")
_MIXED = 3
_FURTHEST = 0.5


@torch.no_grad()
def styles_of(generator: Generator, numbers: Sequence[int], seed: int = STYLE_SEED) -> Tensor:
    """The styles of faces by their numbers: (n, L, K); each follows from seed and number alone."""
    return torch.stack([_style(generator, number, seed + number) for number in numbers])


def _style(generator: Generator, number: int, seed: int) -> Tensor:
    layers = generator.spec.style_layers
    kind = _KINDS[number % len(_KINDS)]
    random = torch.Generator().manual_seed(seed)
    count = {"one": 1, "mixed": _MIXED, "apart": 1 + layers}[kind]
    _, w = generator.sample(count, seed)
    if kind == "one":
        return w.expand(layers, -1)
    if kind == "mixed":
        ends = torch.randint(1, layers, (_MIXED - 1,), generator=random).sort().values
        return w[torch.searchsorted(ends, torch.arange(layers), right=True).to(w.device)]
    way = _FURTHEST * torch.rand(layers, 1, generator=random).to(w)
    return w[:1] + way * (w[1:] - w[:1])


@dataclass(frozen=True)
class Lens:
    """How far pictures are changed, as standard deviations.

    exposure: of the logarithm of all colours. balance: of each. contrast: of the exponent.
    noise, blur: at most so much noise in units of full scale, and so small a share of the side that is left of details.
    """

    exposure: float = 0.15
    balance: float = 0.05
    contrast: float = 0.1
    noise: float = 0.03
    blur: float = 0.5


def through_lens(pictures: Tensor, lens: Lens) -> tuple[Tensor, Tensor]:
    """Pictures (B, 3, S, S) in [0, 1] as a camera takes them, by torch's random numbers.

    Returns:
        What is seen, and what is to be drawn: the same light and colours, without noise and blur.
    """
    batch = len(pictures)

    def normal(count: int) -> Tensor:
        return drawn(batch, lambda rows: torch.randn(rows, count, 1, 1)).to(pictures)

    gain = (lens.exposure * normal(1) + lens.balance * normal(3)).exp()
    lit = (pictures.clamp_min(1e-3) ** (lens.contrast * normal(1)).exp() * gain).clamp(0, 1)
    side = pictures.shape[-1]
    smaller = max(round(side * (lens.blur + (1 - lens.blur) * float(torch.rand(())))), 1)
    blurred = lit
    if smaller < side:
        blurred = F.interpolate(lit, (smaller, smaller), mode="bilinear", align_corners=False, antialias=True)
        blurred = F.interpolate(blurred, (side, side), mode="bilinear", align_corners=False)
    level = drawn(batch, lambda rows: torch.rand(rows, 1, 1, 1)).to(pictures)
    noise = lens.noise * level * drawn(batch, lambda rows: torch.randn(rows, *pictures.shape[1:])).to(pictures)
    return (blurred + noise).clamp(0, 1), lit
