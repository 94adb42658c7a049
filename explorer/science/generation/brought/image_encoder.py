"""Networks that tell the latent of a photograph: pSp's, e4e's and ReStyle's encoders, as their makers' files hold them.

Richardson et al., "Encoding in Style" (2021): styles from three levels of a feature pyramid over IR-SE-50. Tov et al.,
"Designing an Encoder for StyleGAN Image Manipulation" (2021): the first style, and how each further one differs. Alaluf
et al., "ReStyle" (2021): all styles from the last level, by steps that see what was drawn so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Draws latents (B, L, K): (B, 3, R, R) in [0, 1].
Draw = Callable[[Tensor], Tensor]
# Up to which of the styles the coarse and the middle level of a pyramid are asked.
COARSE, MIDDLE = 3, 7
# The body halves its input so often before the last level.
_HALVINGS = 4


@dataclass(frozen=True)
class Unit:
    """One residual unit of the body. inner, outer: channels; stride; squeezed: of its channel gate, None without."""

    inner: int
    outer: int
    stride: int
    squeezed: int | None


@dataclass(frozen=True)
class EncoderPlan:
    """What an encoder is made of.

    channels: of its input, 3, or 6 of one that sees what was drawn so far. units: of the body.
    pools: for each style, how often its level is halved until one pixel is left. width: K of a style.
    pyramid: whether there are three levels. progressive: whether all styles but the first are differences from it.
    """

    channels: int
    units: tuple[Unit, ...]
    pools: tuple[int, ...]
    width: int
    pyramid: bool
    progressive: bool

    @property
    def side(self) -> int:
        """Of the picture, in pixels: what the first style's halvings and the body's leave one pixel of."""
        return 1 << (self.pools[0] + _HALVINGS)

    @property
    def family(self) -> str:
        """Whose it is."""
        if self.channels == 6:
            return "ReStyle over e4e" if self.progressive else "ReStyle over pSp"
        return "e4e" if self.progressive else "pSp"

    @property
    def level_ends(self) -> tuple[int, ...]:
        """The last unit of each width of the body."""
        widths = [unit.outer for unit in self.units]
        changes = [place for place, (one, other) in enumerate(pairwise(widths)) if one != other]
        return (*changes, len(widths) - 1)


class ImageEncoder(nn.Module):
    """Tells the W+ latent of a photograph; frozen, differentiable in it.

    Args:
        plan: what it is made of; tensors are loaded under the makers' names.
        average: (L, K), the latent that it begins at.
    """

    average: Tensor

    def __init__(self, plan: EncoderPlan, average: Tensor) -> None:
        super().__init__()
        self.plan = plan
        first, last = plan.units[0].inner, plan.units[-1].outer
        self.input_layer = nn.Sequential(
            nn.Conv2d(plan.channels, first, 3, 1, 1, bias=False), nn.BatchNorm2d(first), nn.PReLU(first)
        )
        self.body = nn.Sequential(*(_Residual(unit) for unit in plan.units))
        self.styles = nn.ModuleList(_Style(last, plan.width, pools) for pools in plan.pools)
        if plan.pyramid:
            fine, middle, _ = (plan.units[end].outer for end in plan.level_ends[-3:])
            self.latlayer1 = nn.Conv2d(middle, last, 1)
            self.latlayer2 = nn.Conv2d(fine, last, 1)
        self.register_buffer("average", average, persistent=False)
        self.requires_grad_(False)
        self.eval()

    def encode(self, image: Tensor, draw: Draw | None = None, steps: int = 5) -> Tensor:
        """The latent of a photograph in the common frame.

        Args:
            image: (B, 3, S, S) in [0, 1].
            draw: of the generator that it was made for; asked by one that sees what was drawn so far.
            steps: that such a one makes.

        Returns:
            (B, L, K), of W+.

        Raises:
            ValueError: it has to see what is drawn, and nothing draws.
        """
        codes = self.average.expand(len(image), -1, -1)
        picture = self._picture(image)
        if self.plan.channels == 3:
            moved: Tensor = codes + self(picture)
            return moved
        if draw is None:
            raise ValueError(f"{self.plan.family} sees what was drawn so far: it needs its generator")
        for _ in range(steps):
            codes = codes + self(torch.cat([picture, self._picture(draw(codes))], 1))
        return codes

    def forward(self, picture: Tensor) -> Tensor:
        """How far the styles lie from where it begins: (B, channels, side, side) in [-1, 1] to (B, L, K)."""
        x, ends, levels = self.input_layer(picture), self.plan.level_ends, list[Tensor]()
        for place, unit in enumerate(self.body):
            x = unit(x)
            if place in ends[-3:]:
                levels.append(x)
        found = [style(level) for style, level in zip(self.styles, self._levels(levels), strict=True)]
        if self.plan.progressive:
            found = [found[0], *(found[0] + difference for difference in found[1:])]
        return torch.stack(found, 1)

    def _levels(self, seen: list[Tensor]) -> list[Tensor]:
        """For each style, the features that it is told from."""
        count, coarse = len(self.plan.pools), seen[-1]
        if not self.plan.pyramid:
            return [coarse] * count
        middle = _enlarged(coarse, seen[-2]) + self.latlayer1(seen[-2])
        fine = _enlarged(middle, seen[-3]) + self.latlayer2(seen[-3])
        return [coarse if style < COARSE else middle if style < MIDDLE else fine for style in range(count)]

    def _picture(self, image: Tensor) -> Tensor:
        """A picture as large as it is wanted, in [-1, 1]; what is larger is averaged."""
        side = self.plan.side
        if image.shape[-1] >= side:
            return 2 * F.adaptive_avg_pool2d(image, side) - 1
        return 2 * F.interpolate(image, (side, side), mode="bilinear", align_corners=False) - 1


class _Residual(nn.Module):
    """A unit of IR-SE: batch norm, two convolutions with a PReLU between, batch norm, a gate of the channels."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        inner, outer, stride = unit.inner, unit.outer, unit.stride
        self.shortcut_layer: nn.Module
        if inner == outer:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))
        gate = () if unit.squeezed is None else (_Gate(outer, unit.squeezed),)
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inner),
            nn.Conv2d(inner, outer, 3, 1, 1, bias=False),
            nn.PReLU(outer),
            nn.Conv2d(outer, outer, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outer),
            *gate,
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inner, H, W) to (B, outer, H / stride, W / stride)."""
        answer: Tensor = self.res_layer(x) + self.shortcut_layer(x)
        return answer


class _Gate(nn.Module):
    """Weighs channels by what they hold on average (Hu et al. 2018)."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeezed, 1, bias=False)
        self.fc2 = nn.Conv2d(squeezed, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W), weighed."""
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class _Style(nn.Module):
    """A level halved until one pixel is left, and a linear layer of equalised rate (Karras et al. 2018)."""

    def __init__(self, inner: int, width: int, pools: int) -> None:
        super().__init__()
        # Activations stand between the convolutions, as in the makers' numbering.
        layers: list[nn.Module] = []
        for place in range(pools):
            layers += [nn.Conv2d(width if place else inner, width, 3, 2, 1), nn.LeakyReLU()]
        self.convs = nn.Sequential(*layers)
        self.linear = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inner, H, W) to (B, width)."""
        x = self.convs(x).flatten(1)
        return F.linear(x, self.linear.weight * self.linear.in_features**-0.5, self.linear.bias)


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=True)
