"""The perceptual network of eq. 5: features of whole pictures by the attacked encoder's own convolutions, or another's.

Encoders are shown the whole picture, brought to the side that they take, and not a face aligned to their template: what
lies around the face counts as well.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.evaluation.lpips import Lpips
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.tapping import FeatureMap, perceptual_layer

_VGG_DEPTH, _VGG_LAYER = 4, "conv4_3"


class Perceptual(nn.Module):
    """Features of pictures (B, 3, S, S) in [0, 1]: (B, C, h, w), differentiable; frozen.

    Attributes:
        network: whose they are. layer: its layer.

    Example:
        >>> import torch
        >>> from explorer.science.decoding import Perceptual
        >>> perceptual = Perceptual.of_encoder(networks.recogniser("sface"))
        >>> perceptual.network, perceptual(torch.rand(1, 3, 64, 64)).shape
        ('sface', torch.Size([1, 512, 14, 14]))
    """

    def __init__(self, network: str, layer: str, features: nn.Module, side: int | None) -> None:
        super().__init__()
        self.network, self.layer, self._side = network, layer, side
        self.features = features
        self.requires_grad_(False)
        self.eval()

    @classmethod
    def of_encoder(cls, encoder: Encoder, layer: str | None = None) -> Perceptual:
        """By an encoder's feature map; by that of `perceptual_layer` where none is named.

        Raises:
            LayerError: it has no feature maps.
        """
        chosen = perceptual_layer(encoder) if layer is None else layer
        return cls(encoder.spec.id, chosen, FeatureMap(encoder.body, chosen), encoder.spec.template.size)

    @classmethod
    def of_vgg16(cls, lpips: Lpips) -> Perceptual:
        """By conv4_3 of LPIPS's VGG16, which takes pictures of any size."""
        return cls("lpips-vgg16", _VGG_LAYER, _Vgg(lpips), None)

    def train(self, mode: bool = True) -> Perceptual:
        """It stays as it is: a frozen network."""
        return super().train(False)

    def forward(self, pictures: Tensor) -> Tensor:
        """The features."""
        if self._side is not None and self._side != pictures.shape[-1]:
            smaller = self._side < pictures.shape[-1]
            pictures = F.interpolate(
                pictures, size=(self._side, self._side), mode="bilinear", align_corners=False, antialias=smaller
            )
        found: Tensor = self.features(pictures)
        return found


class _Vgg(nn.Module):
    def __init__(self, lpips: Lpips) -> None:
        super().__init__()
        self.lpips = lpips

    def forward(self, pictures: Tensor) -> Tensor:
        return self.lpips.features(pictures, _VGG_DEPTH)[-1]
