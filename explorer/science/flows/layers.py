"""The invertible layers of a bijection: space to depth, a 1x1 over channels, an affine coupling.

Each maps (B, C, H, W) to a map of as many numbers and says the logarithm of the absolute determinant of its Jacobian,
(B,), without ever forming it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# A coupling multiplies by at most e to this, and by at least e to minus this: so that its inverse stays exact.
_LARGEST_LOG_SCALE = 2.0


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions behind ReLUs, added to what came in; no norm, as one would tie pictures of a batch."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, maps: Tensor) -> Tensor:
        """(B, width, H, W) to the same."""
        changed: Tensor = self.second(F.relu(self.first(F.relu(maps))))
        return maps + changed


class AffineCoupling(nn.Module):
    """Scales and moves half of the channels by what the other half says (Dinh et al. 2017, equations 7 and 8).

    A new one changes nothing.

    Args:
        channels: C, at least 2. width: maps of the two residual blocks that look at the half that stays.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self._staying = channels // 2
        moved = channels - self._staying
        self.looks = nn.Sequential(
            nn.Conv2d(self._staying, width, 3, padding=1),
            ResidualBlock(width),
            ResidualBlock(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * moved, 3, padding=1),
        )
        last = self.looks[-1]
        assert isinstance(last, nn.Conv2d), "it was just made"
        nn.init.zeros_(last.weight)
        assert last.bias is not None, "a convolution has one by default"
        nn.init.zeros_(last.bias)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) to the same, the half that stays first, and the log-determinant (B,)."""
        staying, moving = maps[:, : self._staying], maps[:, self._staying :]
        log_scale, shift = self._said(staying)
        return torch.cat([staying, moving * log_scale.exp() + shift], 1), log_scale.flatten(1).sum(1)

    def inverse(self, maps: Tensor) -> Tensor:
        """What `forward` made these of."""
        staying, moved = maps[:, : self._staying], maps[:, self._staying :]
        log_scale, shift = self._said(staying)
        return torch.cat([staying, (moved - shift) * (-log_scale).exp()], 1)

    def _said(self, staying: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.looks(staying).chunk(2, 1)
        return _LARGEST_LOG_SCALE * torch.tanh(raw / _LARGEST_LOG_SCALE), shift


class InvertibleMixing(nn.Module):
    """A 1x1 convolution that has an inverse (Kingma & Dhariwal 2018, equations 9 to 11): W = P L (U + diag(s)).

    A new one is a rotation drawn by torch's random numbers. The signs of s stay as they were drawn, so that no step of
    a training can make W singular.
    """

    permutation: Tensor
    signs: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        rotation = torch.linalg.qr(torch.randn(channels, channels, dtype=torch.float64)).Q
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation.float())
        self.register_buffer("signs", diagonal.sign().float())
        self.lower = nn.Parameter(lower.tril(-1).float())
        self.upper = nn.Parameter(upper.triu(1).float())
        self.log_diagonal = nn.Parameter(diagonal.abs().log().float())

    @property
    def weight(self) -> Tensor:
        """W, (C, C)."""
        lower, upper = self._factors()
        return self.permutation @ lower @ upper

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) to the same, and the log-determinant (B,)."""
        places = maps.shape[2] * maps.shape[3]
        mixed = F.conv2d(maps, self.weight[:, :, None, None])
        return mixed, (places * self.log_diagonal.sum()).expand(len(maps))

    def inverse(self, maps: Tensor) -> Tensor:
        """What `forward` made these of."""
        lower, upper = self._factors()
        flat = torch.einsum("dc,bdhw->cbhw", self.permutation, maps).flatten(1)
        solved = torch.linalg.solve_triangular(lower, flat, upper=False, unitriangular=True)
        found: Tensor = torch.linalg.solve_triangular(upper, solved, upper=True)
        return found.reshape(maps.shape[1], len(maps), *maps.shape[2:]).transpose(0, 1)

    def _factors(self) -> tuple[Tensor, Tensor]:
        lower = self.lower.tril(-1) + torch.eye(len(self.signs)).to(self.lower)
        return lower, self.upper.triu(1) + torch.diag(self.signs * self.log_diagonal.exp())


def to_depth(maps: Tensor) -> Tensor:
    """(B, C, H, W) to (B, 4 C, H / 2, W / 2): each 2x2 square becomes four channels; the log-determinant is 0."""
    return F.pixel_unshuffle(maps, 2)


def to_space(maps: Tensor) -> Tensor:
    """What `to_depth` made these of."""
    return F.pixel_shuffle(maps, 2)
