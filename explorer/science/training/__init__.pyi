from .augmentation import augment_embeddings, shared_direction
from .camera import Camera
from .dataset import Dataset

__all__ = [
    "Camera",
    "Dataset",
    "augment_embeddings",
    "shared_direction",
]
