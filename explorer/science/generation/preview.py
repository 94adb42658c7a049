"""Small heads that read a preview image off the features of an inner block.

The synthesis spends most of its time in its last blocks. A head predicts the area-downsampled native image from the
features of the block whose resolution is half the preview's, so that only the blocks up to there are computed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.mobilestylegan import LATENT_SIZE
from explorer.science.generation.wavelets import inverse_haar
from explorer.science.networks.pointwise import pointwise

# Preview resolution -> (blocks computed, channels of their features).
PREVIEW_BLOCKS = {128: (4, 512), 256: (5, 256)}
_HIDDEN, _WIDE = 64, 128
# The 128 px head stands for three blocks, two of which nothing of its own size is known from: it corrects more often.
_RESIDUALS = {128: 6, 256: 2}
# How many numbers the 128 px head makes of w, from which it takes its gains and its colours; the 256 px head takes its
# gains from w itself.
_STYLE = {128: 256, 256: None}
_BANDS = 12


class Residual(nn.Module):
    """A depthwise and two pointwise convolutions, modulated by the style between them; adds nothing before training."""

    def __init__(self, style: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(_HIDDEN, _HIDDEN, 3, padding=1, groups=_HIDDEN)
        self.widen = nn.Conv2d(_HIDDEN, _WIDE, 1)
        self.gain = nn.Linear(style, _WIDE)
        self.narrow = nn.Conv2d(_WIDE, _HIDDEN, 1)
        for parameter in self.narrow.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, 64, H, W) and (B, S) to (B, 64, H, W)."""
        wide = F.leaky_relu_(pointwise(self.spread(x), self.widen.weight, self.widen.bias), 0.2)
        return x + _modulated(wide, self.gain(style), self.narrow)


class _Style(nn.Module):
    """What the blocks that are not computed would make of w, in a few numbers."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(LATENT_SIZE, size), nn.Linear(size, size)

    def forward(self, w: Tensor) -> Tensor:
        return F.leaky_relu(self.second(F.leaky_relu(self.first(w), 0.2)), 0.2)


class PreviewHead(nn.Module):
    """Features and w to a preview image.

    A modulated linear map to the image's wavelet bands, corrected by a few small convolutions and by a constant map
    (the later layers' noise is fixed, so what it adds on average is a constant of the position). The head for 128 px
    also mixes the three colours of the result as w says: a third of its error would else be one colour for all pixels.

    Args:
        resolution: 128 or 256, the side of the preview.

    Example:
        >>> import torch
        >>> from explorer.science.generation import PreviewHead
        >>> head = PreviewHead(128)
        >>> features = torch.zeros(1, head.linear.in_channels, 64, 64)
        >>> head(features, torch.zeros(1, 512)).shape
        torch.Size([1, 3, 128, 128])
    """

    def __init__(self, resolution: int) -> None:
        super().__init__()
        blocks, channels = PREVIEW_BLOCKS[resolution]
        size = _STYLE[resolution]
        self.resolution, self.blocks = resolution, blocks
        self.style = None if size is None else _Style(size)
        self.gain = nn.Linear(LATENT_SIZE, channels)
        self.hidden_gain = nn.Linear(size or LATENT_SIZE, _HIDDEN)
        self.linear = nn.Conv2d(channels, _BANDS, 1)
        self.reduce = nn.Conv2d(channels, _HIDDEN, 1)
        self.first = nn.Conv2d(_HIDDEN, _HIDDEN, 3, padding=1)
        self.second = nn.Conv2d(_HIDDEN, _HIDDEN, 3, padding=1)
        self.residuals = nn.ModuleList(Residual(size or LATENT_SIZE) for _ in range(_RESIDUALS[resolution]))
        self.correction = nn.Conv2d(_HIDDEN, _BANDS, 1)
        self.constant = nn.Parameter(torch.zeros(1, _BANDS, resolution // 2, resolution // 2))
        self.colours = None if size is None else nn.Linear(size, 12)
        for gain in self.gains():
            nn.init.zeros_(gain.weight)
            nn.init.ones_(gain.bias)
        nn.init.zeros_(self.correction.weight)
        if self.colours is not None:
            nn.init.zeros_(self.colours.weight)
            nn.init.zeros_(self.colours.bias)

    def forward(self, features: Tensor, w: Tensor) -> Tensor:
        """Predict the image.

        Args:
            features: (B, C, R/2, R/2) of the block below.
            w: (B, 512), the mean of the style layers that the native image would still use.

        Returns:
            (B, 3, R, R) in about [-1, 1], not clamped.
        """
        style = w if self.style is None else self.style(w)
        linear, reduced = _modulated(features, self.gain(w), self.linear, self.reduce).split((_BANDS, _HIDDEN), 1)
        hidden = F.leaky_relu(reduced, 0.2) * self.hidden_gain(style)[:, :, None, None]
        hidden = F.leaky_relu_(self.first(hidden), 0.2)
        hidden = F.leaky_relu_(self.second(hidden), 0.2)
        for residual in self.residuals:
            hidden = residual(hidden, style)
        bands = linear + pointwise(hidden, self.correction.weight, self.correction.bias) + self.constant
        image = inverse_haar(bands)
        return image if self.colours is None else coloured(image, self.colours(style))

    def gains(self) -> list[nn.Linear]:
        """The maps from w or the style to factors on channels."""
        residuals = (residual.gain for residual in self.residuals)
        return [self.gain, self.hidden_gain, *residuals]  # type: ignore[list-item]


def coloured(image: Tensor, mix: Tensor) -> Tensor:
    """Add a mixture of the three colours and a colour: image (B, 3, H, W), mix (B, 12)."""
    matrices, shifts = mix[:, :9].view(-1, 3, 3), mix[:, 9:, None]
    flat = image.flatten(2)
    return (flat + torch.baddbmm(shifts, matrices, flat)).view_as(image)


def _modulated(x: Tensor, gain: Tensor, *layers: nn.Conv2d) -> Tensor:
    """Pointwise convolutions of x (B, C, H, W) with channels multiplied by gain (B, C); the layers' outputs, joined."""
    biases = [layer.bias for layer in layers if layer.bias is not None]
    return pointwise(x, torch.cat([layer.weight for layer in layers]), torch.cat(biases), gain)
