from .brought.files import read_generator_file
from .generator import Generator
from .preview import PreviewHead
from .registry import load_generator
from .wavelets import haar, inverse_haar

__all__ = [
    "Generator",
    "PreviewHead",
    "haar",
    "inverse_haar",
    "load_generator",
    "read_generator_file",
]
