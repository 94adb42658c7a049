"""A brought generator, as the rest of the program sees every generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.brought import stylegan2
from explorer.science.generation.generator import Generator
from explorer.science.generation.spec import GeneratorSpec


class BroughtGenerator(Generator):
    """A generator from its maker's file; images of every size.

    Args:
        spec: its own. mapping: Z to W. synthesis: (B, L, K) to images (B, 1 or 3, R, R).
        mean_w: (K,) the mean of W as its file states it; drawn where None.
        mixes: of each of the spec's `previews`, (C, C + 1): how the C colours of the image without later blocks are
            mixed, and what is added to each (`measured_previews`).
    """

    def __init__(
        self,
        spec: GeneratorSpec,
        mapping: nn.Module,
        synthesis: nn.Module,
        mean_w: Tensor | None,
        mixes: Mapping[int, Tensor] | None = None,
    ) -> None:
        super().__init__(spec, mapping, synthesis, {}, mean_w)
        for side, mix in (mixes or {}).items():
            self.register_buffer(_mix(side), mix)

    def signed_image(self, styles: Tensor, resolution: int, random: torch.Generator | None = None) -> Tensor:
        """As `image`, but in the network's own range of about [-1, 1], not clamped.

        A size among the spec's `previews` is drawn by the blocks up to it, at a fraction of the cost, and misses what
        the later blocks add: a preview, near to the native image's average and not equal to it. Every other smaller
        image is that average, at the cost of the native one; a larger one is interpolated: nothing is added.
        """
        if resolution in self.spec.previews:
            synthesis = cast(stylegan2.Synthesis, self.synthesis)
            part = synthesis.without_later(styles, resolution, random)
            return in_colours(mixed(part, self.get_buffer(_mix(resolution))))
        return self.averaged_image(styles, resolution, random)

    def averaged_image(self, styles: Tensor, resolution: int, random: torch.Generator | None = None) -> Tensor:
        """As `signed_image`, always from the native image: what its previews are held against."""
        native: Tensor = self.synthesis(styles, random)
        native = in_colours(native)
        side = native.shape[-1]
        if resolution < side:
            return F.interpolate(native, size=(resolution, resolution), mode="area")
        if resolution > side:
            return F.interpolate(native, size=(resolution, resolution), mode="bilinear", align_corners=False)
        return native

    def truncated_styles(self, w: Tensor, truncation: float, cutoff: int | None = None) -> Tensor:
        """Styles of w, of which the first layers alone are moved toward the mean, as their makers' `truncation_cutoff`.

        Args:
            w: (B, K). cutoff: how many layers are moved; all where None.

        Returns:
            (B, L, K).
        """
        count = self.spec.style_layers
        moved = count if cutoff is None else min(max(cutoff, 0), count)
        first = self.truncate(w, truncation)[:, None].expand(-1, moved, -1)
        return torch.cat((first, w[:, None].expand(-1, count - moved, -1)), 1)


def in_colours(image: Tensor) -> Tensor:
    """(B, 1 or 3, R, R) to (B, 3, R, R)."""
    return image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image


def mixed(image: Tensor, mix: Tensor) -> Tensor:
    """Mix the colours of images (B, C, R, R), and add a colour: mix (C, C + 1), the last column is added."""
    return F.conv2d(image, mix[:, :-1, None, None], mix[:, -1])


def _mix(side: int) -> str:
    return f"mix_{side}"
