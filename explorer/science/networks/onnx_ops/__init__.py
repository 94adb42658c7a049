"""ONNX's operators in torch, a family a file; `onnx_operators` has the table of all."""

__all__: list[str] = []
