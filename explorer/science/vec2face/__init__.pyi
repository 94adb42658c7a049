from .generator import VectorToFace
from .losses import gradient_penalty, scale_weights
from .settings import Vec2FaceSettings

__all__ = [
    "Vec2FaceSettings",
    "VectorToFace",
    "gradient_penalty",
    "scale_weights",
]
