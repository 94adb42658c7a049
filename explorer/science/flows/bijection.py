"""H of Vec2Face-v2, section IV: a one-to-one map between pictures and latents, over several scales."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from explorer.science.flows.layers import AffineCoupling, InvertibleMixing, to_depth, to_space
from explorer.science.flows.settings import MetricSettings


class Bijection(nn.Module):
    """Maps pictures one to one onto latents of as many numbers (section IV-F, after Dinh et al. 2017, section 3.6).

    Each mapping halves the side, mixes the channels and couples them; the half that was moved then leaves as part of
    the latent, and the half that stayed goes on. So with a single coupling a mapping, too, only the last half is a
    linear function of the picture.

    Example:
        >>> import torch
        >>> from explorer.science.flows import Bijection, MetricSettings
        >>> bijection = Bijection(MetricSettings(side=8, mappings=2, width=4))
        >>> pictures = torch.rand(2, 3, 8, 8)
        >>> latents, log_determinant = bijection(pictures)
        >>> latents.shape, log_determinant.shape
        (torch.Size([2, 192]), torch.Size([2]))
        >>> bool((bijection.inverse(latents) - pictures).abs().max() < 1e-5)
        True
    """

    def __init__(self, settings: MetricSettings) -> None:
        super().__init__()
        self.settings = settings
        channels: int = settings.channels
        mappings = list[nn.Module]()
        for _ in range(settings.mappings):
            channels *= 4
            mappings.append(_Mapping(channels, settings.couplings, settings.width))
            channels //= 2
        self.mappings = nn.ModuleList(mappings)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, C, S, S) to latents (B, C S^2) and log |det J| (B,), the second half of eq. 12.

        Raises:
            ValueError: the pictures are of another size than that of the settings.
        """
        shape = self.settings.channels, self.settings.side, self.settings.side
        if pictures.shape[1:] != shape:
            raise ValueError(f"pictures have shape {tuple(pictures.shape)}: give (B, {', '.join(map(str, shape))})")
        maps, parts, log_determinant = pictures, list[Tensor](), pictures.new_zeros(len(pictures))
        for mapping in self._each():
            maps, change = mapping(to_depth(maps))
            log_determinant = log_determinant + change
            if mapping is not self.mappings[-1]:
                maps, leaving = maps.chunk(2, 1)
                parts.append(leaving.flatten(1))
        return torch.cat([*parts, maps.flatten(1)], 1), log_determinant

    def latents(self, pictures: Tensor) -> Tensor:
        """Latents (B, C S^2) alone."""
        found: Tensor = self(pictures)[0]
        return found

    def inverse(self, latents: Tensor) -> Tensor:
        """Latents (B, C S^2) to the pictures (B, C, S, S) that have them.

        Raises:
            ValueError: they have another number of numbers.
        """
        if latents.ndim != 2 or latents.shape[1] != self.settings.dimension:
            raise ValueError(f"latents have shape {tuple(latents.shape)}: give (B, {self.settings.dimension})")
        parts = self._parted(latents)
        maps = parts.pop()
        for mapping in reversed(list(self._each())):
            if mapping is not self.mappings[-1]:
                maps = torch.cat([maps, parts.pop()], 1)
            maps = to_space(mapping.inverse(maps))
        return maps

    def _each(self) -> list[_Mapping]:
        return [cast(_Mapping, mapping) for mapping in self.mappings]

    def _parted(self, latents: Tensor) -> list[Tensor]:
        """What left behind each mapping, as maps; the last one's whole maps at the end."""
        channels: int = self.settings.channels
        side, begin, parts = self.settings.side, 0, list[Tensor]()
        for number in range(len(self.mappings)):
            side //= 2
            channels *= 2
            own = channels if number < len(self.mappings) - 1 else 2 * channels
            end = begin + own * side**2
            parts.append(latents[:, begin:end].reshape(len(latents), own, side, side))
            begin = end
        return parts


class _Mapping(nn.Module):
    """Some couplings, each behind a mixing."""

    def __init__(self, channels: int, couplings: int, width: int) -> None:
        super().__init__()
        self.mixings = nn.ModuleList(InvertibleMixing(channels) for _ in range(couplings))
        self.couplings = nn.ModuleList(AffineCoupling(channels, width) for _ in range(couplings))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        log_determinant = maps.new_zeros(len(maps))
        for mixing, coupling in zip(self.mixings, self.couplings, strict=True):
            maps, mixed = mixing(maps)
            maps, coupled = coupling(maps)
            log_determinant = log_determinant + mixed + coupled
        return maps, log_determinant

    def inverse(self, maps: Tensor) -> Tensor:
        for mixing, coupling in zip(reversed(self.mixings), reversed(self.couplings), strict=True):
            maps = cast(InvertibleMixing, mixing).inverse(cast(AffineCoupling, coupling).inverse(maps))
        return maps
