from .compact import restore
from .dlib_stream import read_layers
from .onnx_graph import NetworkFileError, OnnxGraph

__all__ = [
    "NetworkFileError",
    "OnnxGraph",
    "read_layers",
    "restore",
]
