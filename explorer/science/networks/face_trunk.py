"""MobileFaceNet's convolutions as a network that can be trained (Chen et al. 2018; InsightFace's `mbf` at width 2).

An encoder of this kind holds the same convolutions in its file, norms folded into them. Of whatever size the picture
is: what an encoder adds behind them, for its own template alone, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.networks.errors import NetworkFileError

# Channels of the stem; then (blocks, channels inside, channels outside) of the three stages, each behind a halving.
_STEM = 128
_STAGES = ((4, 128, 128), (6, 256, 256), (2, 256, 256))
_HALVINGS = ((128, 128), (256, 256), (512, 256))
_LAST = 512
# Channels of the maps that it gives, at a quarter, an eighth and a sixteenth of the picture's side.
CHANNELS = (128, 256, _LAST)


class FaceTrunk(nn.Module):
    """Pictures (B, 3, S, S) in [-1, 1] to maps at a quarter, an eighth and a sixteenth of the side.

    Example:
        >>> import torch
        >>> from explorer.science.networks.face_trunk import FaceTrunk
        >>> [tuple(one.shape[1:]) for one in FaceTrunk()(torch.zeros(1, 3, 32, 32))]
        [(128, 8, 8), (256, 4, 4), (512, 2, 2)]
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_convolved(3, _STEM, 3, stride=2), *_convolved(_STEM, _STEM, 3, groups=_STEM // 2))
        self.stages = nn.ModuleList()
        before = _STEM
        for (wide, after), (blocks, inner, outer) in zip(_HALVINGS, _STAGES, strict=True):
            halving = _Bottleneck(before, wide, after, stride=2)
            self.stages.append(nn.Sequential(halving, *(_Bottleneck(outer, inner, outer) for _ in range(blocks))))
            before = outer
        self.last = nn.Sequential(*_convolved(before, _LAST, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The maps, of 128, 256 and 512 channels."""
        x = self.stem(pictures)
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found[0], found[1], self.last(x)

    def freeze_first(self) -> None:
        """Let stem and first stage stay as they are: half of the work of learning is theirs, and they see edges."""
        self.stem.requires_grad_(False)
        self.stages[0].requires_grad_(False)

    @torch.no_grad()
    def take(self, constants: Iterable[Tensor]) -> None:
        """Begin with the weights of an encoder's file.

        Args:
            constants: kernels, biases and slopes in the order in which they act; what comes behind them is left.

        Raises:
            NetworkFileError: they are those of another network.
        """
        given = iter(constants)
        for name, parameter in self.named_parameters():
            value = next(given, None)
            if value is None or value.numel() != parameter.numel():
                raise NetworkFileError(f"the encoder is no MobileFaceNet of this kind: {name} is not there")
            parameter.copy_(value.reshape(parameter.shape))


class _Bottleneck(nn.Module):
    """Widen, convolve each channel, narrow; the input is added where the size stays."""

    def __init__(self, before: int, wide: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_convolved(before, wide, 1),
            *_convolved(wide, wide, 3, stride, groups=wide),
            nn.Conv2d(wide, after, 1),
        )
        self.residual = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        return x + found if self.residual else found


class _Slope(nn.Module):
    """PReLU composed of two rectifiers: torch's own keeps a gradient of its slopes for every pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((channels,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        if not self.slope.requires_grad:
            return F.prelu(x, self.slope.to(x.dtype))
        return torch.relu(x) - self.slope.to(x.dtype)[:, None, None] * torch.relu(-x)


def _convolved(before: int, after: int, side: int, stride: int = 1, groups: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(before, after, side, stride, side // 2, groups=groups), _Slope(after)
