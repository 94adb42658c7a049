from .conventions import InputConvention
from .network import ImportedNetwork, ScaledInput
from .reading import import_network

__all__ = [
    "ImportedNetwork",
    "InputConvention",
    "ScaledInput",
    "import_network",
]
