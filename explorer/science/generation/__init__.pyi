from .brought.files import read_generator_file
from .generator import Generator
from .mixed_precision import MixedPrecision, drawing, draws_mixed, multiplies_bfloat16
from .preview import PreviewHead
from .registry import load_generator
from .wavelets import haar, inverse_haar

__all__ = [
    "Generator",
    "MixedPrecision",
    "PreviewHead",
    "drawing",
    "draws_mixed",
    "haar",
    "inverse_haar",
    "load_generator",
    "multiplies_bfloat16",
    "read_generator_file",
]
