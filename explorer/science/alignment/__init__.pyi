from .faces import PosedFaces
from .localiser import Alignment, Localiser
from .measures import image_sharpness
from .recogniser import UvRecogniser
from .settings import LocaliserSettings
from .transformer import SpatialTransformer

__all__ = [
    "Alignment",
    "Localiser",
    "LocaliserSettings",
    "PosedFaces",
    "SpatialTransformer",
    "UvRecogniser",
    "image_sharpness",
]
