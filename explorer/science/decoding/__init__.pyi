from .losses import DecoderLoss
from .network import FaceDecoder
from .perceptual import Perceptual
from .settings import DecoderSettings

__all__ = [
    "DecoderLoss",
    "DecoderSettings",
    "FaceDecoder",
    "Perceptual",
]
