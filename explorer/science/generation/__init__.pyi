from .generator import Generator, load_generator
from .preview import PreviewHead
from .wavelets import haar, inverse_haar

__all__ = [
    "Generator",
    "PreviewHead",
    "haar",
    "inverse_haar",
    "load_generator",
]
