"""A brought generator, as the rest of the program sees every generator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.generator import Generator
from explorer.science.generation.spec import GeneratorSpec


class BroughtGenerator(Generator):
    """A generator from its maker's file; images of every size.

    Args:
        spec: its own. mapping: Z to W. synthesis: (B, L, K) to images (B, 1 or 3, R, R).
        mean_w: (K,) the mean of W as its file states it; drawn where None.
    """

    def __init__(self, spec: GeneratorSpec, mapping: nn.Module, synthesis: nn.Module, mean_w: Tensor | None) -> None:
        super().__init__(spec, mapping, synthesis, {}, mean_w)

    def signed_image(self, styles: Tensor, resolution: int, random: torch.Generator | None = None) -> Tensor:
        """As `image`, but in the network's own range of about [-1, 1], not clamped.

        A smaller image is the average of the native one's areas, a larger one is interpolated: nothing is added.
        """
        native: Tensor = self.synthesis(styles, random)
        native = native.expand(-1, 3, -1, -1) if native.shape[1] == 1 else native
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
