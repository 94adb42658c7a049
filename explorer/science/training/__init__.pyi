from .camera import Camera
from .dataset import Dataset
from .varying import shared_direction, varied

__all__ = [
    "Camera",
    "Dataset",
    "shared_direction",
    "varied",
]
