"""A small world: styles of a few numbers whose first ones are the classes, and a generator that draws planes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.science.training.translator import Teaching
from explorer.science.translation.attributes import LabelledStyles
from explorer.science.translation.settings import TranslatorSettings

WIDTH, LAYERS, SIDE = 8, 3, 16
ELEMENTS = {"smiling": 0, "gender": 1}
SMALL = TranslatorSettings(couplings=2, hidden=8, batch=2, labelled=16, settling=2, steps=3, rate=5e-3, drawn_at=SIDE)


def faces(count: int = 200, seed: int = 0) -> LabelledStyles:
    """Classes are the signs of two mixtures of the coordinates; every third face mixes two w."""
    random = torch.Generator().manual_seed(seed)
    w, other = (torch.randn(count, WIDTH, generator=random) for _ in range(2))
    classes = {"smiling": (w[:, 2] + w[:, 3]).sign(), "gender": (w[:, 4] - w[:, 2]).sign()}
    crossover = torch.where(torch.arange(count) % 3 == 0, LAYERS - 1, 0)
    return LabelledStyles(w, other, crossover, LAYERS, torch.arange(count) % 3, classes)


def draw(styles: Tensor, side: int) -> Tensor:
    """Pictures whose thirds are the means over the layers of a style's first numbers."""
    shown = styles.mean(1)[:, 2:5].sigmoid()
    return shown[:, :, None, None].expand(-1, -1, side, side)


class Classifier(nn.Module):
    """Reads what is drawn."""

    def forward(self, pictures: Tensor) -> Tensor:
        red, green, blue = (4 * pictures.mean((2, 3)) - 2).unbind(1)
        return torch.stack([red + green, blue - red], 1)


class Real:
    """Pictures of faces as they are."""

    def __len__(self) -> int:
        return 200

    def pictures(self, rows: Tensor) -> Tensor:
        return draw(faces().styles(rows), SIDE)


def teaching() -> Teaching:
    """All that a translator of this world learns from."""
    bare = torch.zeros(WIDTH), torch.ones(WIDTH)
    return Teaching(faces(), ELEMENTS, *bare, draw, Classifier(), Real(), lambda pictures: pictures.mean((2, 3)) - 0.5)
