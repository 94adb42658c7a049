"""Readers of other frameworks' files: ONNX graphs, dlib streams, OpenVINO IR. Nothing read is ever executed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
