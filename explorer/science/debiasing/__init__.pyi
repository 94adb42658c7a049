from .discriminator import Discriminator
from .faces import LabelledFaces
from .losses import adversarial_loss, discriminator_loss
from .settings import DebiasingSettings

__all__ = [
    "DebiasingSettings",
    "Discriminator",
    "LabelledFaces",
    "adversarial_loss",
    "discriminator_loss",
]
