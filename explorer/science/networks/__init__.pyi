from .compact import dequantise
from .dlib_stream import read_layers
from .onnx_graph import NetworkFileError, OnnxGraph

__all__ = [
    "NetworkFileError",
    "OnnxGraph",
    "dequantise",
    "read_layers",
]
