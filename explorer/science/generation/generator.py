"""The generator as the rest of the program sees it: latent spaces in, images in [0, 1] out."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from explorer.science.generation.mobilestylegan import (
    BLOCKS,
    NATIVE_RESOLUTION,
    MappingNetwork,
    SynthesisNetwork,
)
from explorer.science.generation.preview import PreviewHead
from explorer.science.generation.spec import GeneratorSpec, Space
from explorer.science.networks.openvino_ir import IrNetwork

_STATISTICS_SAMPLES = 10_000
_LEAST_SPREAD = 1e-8  # of a coordinate that is always the same: latents are measured in units of it


class Generator(nn.Module):
    """MobileStyleGAN with its preview heads.

    Args:
        spec: what it states of itself; below, L and K are its numbers of style layers and of coordinates of each.
        mapping, synthesis: the networks.
        heads: preview heads by resolution (128, 256); a resolution without a head is refused by `image`.
        mean_w: (K,) the mean of W, where it is known otherwise than by drawing.

    Attributes:
        mean_w, spread_w: (K,) mean and standard deviation of W over 10,000 draws of z with seed 0.

    Example:
        >>> generator = networks.generator()
        >>> z, w = generator.sample(1, seed=3, truncation=0.0)
        >>> bool((w == generator.mean_w).all())  # psi 0 leaves the mean face
        True
        >>> generator.image(generator.styles(w, "W"), 128).shape
        torch.Size([1, 3, 128, 128])
    """

    mean_w: Tensor
    spread_w: Tensor

    def __init__(
        self,
        spec: GeneratorSpec,
        mapping: nn.Module,
        synthesis: nn.Module,
        heads: dict[int, PreviewHead],
        mean_w: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.spec = spec
        self.mapping = mapping
        # A brought generator's is another, and so is what draws with it.
        self.synthesis = cast(SynthesisNetwork, synthesis)
        self.heads = nn.ModuleDict({str(resolution): head for resolution, head in heads.items()})
        self.requires_grad_(False)
        self.eval()
        w = mapping(self._drawn(_STATISTICS_SAMPLES, 0))
        self.register_buffer("mean_w", w.mean(0) if mean_w is None else mean_w)
        self.register_buffer("spread_w", w.std(0).clamp_min(_LEAST_SPREAD))

    def sample(self, count: int, seed: int, truncation: float = 1.0) -> tuple[Tensor, Tensor]:
        """Draw latents.

        Args:
            truncation: psi; w is moved to mean + psi (w - mean).

        Returns:
            z and w, both (count, K), the same for a seed on every device.
        """
        z = self._drawn(count, seed).to(self.mean_w)
        return z, self.truncate(self.mapping(z), truncation)

    def _drawn(self, count: int, seed: int) -> Tensor:
        return torch.randn(count, *self.spec.latent_shape("Z"), generator=torch.Generator().manual_seed(seed))

    def truncate(self, w: Tensor, truncation: float) -> Tensor:
        """Move w (..., K) toward the mean: mean + psi (w - mean)."""
        return self.mean_w + truncation * (w - self.mean_w)

    def styles(self, latent: Tensor, space: Space) -> Tensor:
        """Latents of a space to one w for each style layer.

        Args:
            latent: (B, K) for Z and W, (B, L, K) for W+.

        Returns:
            (B, L, K).
        """
        if space == "W+":
            return latent
        w = self.mapping(latent) if space == "Z" else latent
        return w[:, None].expand(-1, self.spec.style_layers, -1)

    def image(self, styles: Tensor, resolution: int | None = None, random: torch.Generator | None = None) -> Tensor:
        """Draw faces, computing only the blocks that the resolution needs.

        Args:
            styles: (B, L, K).
            resolution: 1024, 512 (the exact 2 x 2 average of 1024), or 256 and 128 (by a preview head); the spec's own
                where None.
            random: draws fresh noise where given; the network's fixed noise otherwise.

        Returns:
            (B, 3, R, R) RGB in [0, 1], clamped.

        Raises:
            ValueError: no such resolution, or no head for it.
        """
        return (self.signed_image(styles, resolution or self.spec.resolution, random) * 0.5 + 0.5).clamp(0, 1)

    def signed_image(self, styles: Tensor, resolution: int, random: torch.Generator | None = None) -> Tensor:
        """As `image`, but in the network's own range of about [-1, 1], not clamped."""
        if resolution == NATIVE_RESOLUTION:
            native: Tensor = self.synthesis(styles, random)
            return native
        if resolution == NATIVE_RESOLUTION // 2:
            return self.synthesis.forward_half(styles, random)
        if str(resolution) not in self.heads:
            raise ValueError(
                f"no {resolution} px output; there are {', '.join(self.heads)}, 512 and {NATIVE_RESOLUTION}"
            )
        head: PreviewHead = self.heads[str(resolution)]  # type: ignore[assignment]
        features = self.synthesis.features(styles, head.blocks, random)
        preview: Tensor = head(features, remaining_style(styles, head.blocks))
        return preview


def remaining_style(styles: Tensor, blocks: int) -> Tensor:
    """(B, L, K) to (B, K): the mean of the style layers behind so many blocks (the one w itself in Z and W)."""
    if not 0 <= blocks <= BLOCKS:
        raise ValueError(f"the synthesis has {BLOCKS} blocks, not {blocks}")
    return styles[:, 1 + 3 * blocks :].mean(1)


def build_generator(
    spec: GeneratorSpec, mapping: tuple[bytes, bytes], synthesis: tuple[bytes, bytes], heads: dict[int, PreviewHead]
) -> Generator:
    """Build MobileStyleGAN from the bytes of its IR files, each network as (xml, bin).

    Raises:
        NetworkFileError: the files are not MobileStyleGAN's.
    """
    networks = MappingNetwork(IrNetwork(*mapping)), SynthesisNetwork(IrNetwork(*synthesis))
    return Generator(spec, *networks, heads)
