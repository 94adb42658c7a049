from .compact import dequantise
from .dlib_stream import read_layers
from .errors import NetworkFileError
from .onnx_graph import OnnxGraph

__all__ = [
    "NetworkFileError",
    "OnnxGraph",
    "dequantise",
    "read_layers",
]
