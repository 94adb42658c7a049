"""ONNX operators in torch, by name: each takes its attributes, then its inputs (https://onnx.ai/onnx/operators)."""

from __future__ import annotations

from explorer.science.networks.onnx_ops import arithmetic, layers, pooling, shapes
from explorer.science.networks.onnx_ops.table import OPERATORS, Attributes

FAMILIES = (arithmetic, layers, pooling, shapes)

__all__ = ["FAMILIES", "OPERATORS", "Attributes"]
