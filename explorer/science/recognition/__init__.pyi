from .base import Recogniser, RecogniserSpec, closer, compare
from .calibration import Calibration
from .grouping import group
from .registry import encoder_spec, load_recogniser

__all__ = [
    "Calibration",
    "Recogniser",
    "RecogniserSpec",
    "closer",
    "compare",
    "encoder_spec",
    "group",
    "load_recogniser",
]
