"""Readers of other frameworks' files: ONNX graphs, dlib streams, OpenVINO IR. Nothing read is ever executed."""
