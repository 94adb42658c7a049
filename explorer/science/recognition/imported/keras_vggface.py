"""The layers of keras-vggface's networks, whose published files hold weights alone, as Keras writes layers.

They are VGG-16, ResNet-50 and SENet-50 with Keras's padding: the maximum behind the first layer covers whole windows
only.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

Layers = list[dict[str, Any]]
_DEPTHS = (3, 4, 6, 3)
_SENET_EPSILON, _KERAS_EPSILON = 1e-4, 1e-3


def told_by(names: Container[str]) -> str | None:
    """Which of the networks a file's layers belong to, or None."""
    if "conv1/7x7_s2" in names and "conv5_3_1x1_increase" in names:
        return "SENet-50" if "conv2_1_1x1_down" in names else "ResNet-50"
    return "VGG-16" if "conv1_1" in names and "conv5_3" in names else None


class _Row:
    """Layers one behind another; `at` is the name of the last."""

    def __init__(self, size: int = 224) -> None:
        self.layers: Layers = [
            {"class_name": "InputLayer", "config": {"name": "input", "batch_input_shape": [None, size, size, 3]}}
        ]
        self.at = "input"

    def add(self, kind: str, name: str, sources: list[str] | None = None, **config: Any) -> str:
        inbound = [[[source, 0, 0, {}] for source in sources or [self.at]]]
        self.layers.append({"class_name": kind, "config": {"name": name, **config}, "inbound_nodes": inbound})
        self.at = name
        return name

    def convolution(self, name: str, stride: int = 1, bias: bool = False, **config: Any) -> None:
        self.add("Conv2D", name, strides=[stride, stride], padding="same", use_bias=bias, **config)

    def normed(self, name: str, stride: int, epsilon: float) -> None:
        self.convolution(name, stride)
        self.add("BatchNormalization", f"{name}/bn", axis=3, epsilon=epsilon)

    def relu(self, name: str) -> None:
        self.add("Activation", name, activation="relu")

    def pool(self, name: str, size: int) -> None:
        self.add("MaxPooling2D", name, pool_size=[size, size], strides=[2, 2], padding="valid")


def vgg16(names: Container[str]) -> tuple[Layers, str]:
    """VGG-16's layers and the one that is its descriptor: fc7 behind its ReLU, or the last map's mean without a top."""
    row = _Row()
    for block, number in enumerate((2, 2, 3, 3, 3), 1):
        for place in range(1, number + 1):
            row.convolution(f"conv{block}_{place}", bias=True, activation="relu")
        row.pool(f"pool{block}", 2)
    if "fc6" not in names:
        return row.layers, row.add("GlobalAveragePooling2D", "avg_pool")
    row.add("Flatten", "flatten")
    for name in ("fc6", "fc7"):
        row.add("Dense", name)
        row.relu(f"{name}/relu")
    descriptor = row.at
    if "fc8" in names:
        row.add("Dense", "fc8")
    return row.layers, descriptor


def residual(names: Container[str], squeezed: bool) -> tuple[Layers, str]:
    """ResNet-50's or SENet-50's layers and the one that is its descriptor, the pooled features."""
    epsilon = _SENET_EPSILON if squeezed else _KERAS_EPSILON
    row = _Row()
    row.normed("conv1/7x7_s2", 2, epsilon)
    row.relu("conv1/relu")
    row.pool("pool1", 3)
    for stage, depth in enumerate(_DEPTHS, 2):
        for block in range(1, depth + 1):
            _block(row, f"conv{stage}_{block}", 2 if block == 1 and stage > 2 else 1, block == 1, squeezed, epsilon)
    descriptor = row.add("GlobalAveragePooling2D", "avg_pool")
    if "classifier" in names:
        row.add("Dense", "classifier")
    return row.layers, descriptor


def _block(row: _Row, name: str, stride: int, projected: bool, squeezed: bool, epsilon: float) -> None:
    trunk = row.at
    row.normed(f"{name}_1x1_reduce", stride, epsilon)
    row.relu(f"{name}_1x1_reduce/relu")
    row.normed(f"{name}_3x3", 1, epsilon)
    row.relu(f"{name}_3x3/relu")
    row.normed(f"{name}_1x1_increase", 1, epsilon)
    branch = row.at
    if squeezed:
        row.add("GlobalAveragePooling2D", f"{name}_pool", keepdims=True)
        row.convolution(f"{name}_1x1_down", bias=True, activation="relu")
        row.convolution(f"{name}_1x1_up", bias=True, activation="sigmoid")
        branch = row.add("Multiply", f"{name}_scaled", [branch, row.at])
    if projected:
        row.at = trunk
        row.normed(f"{name}_1x1_proj", stride, epsilon)
        trunk = row.at
    row.add("Add", f"{name}_sum", [branch, trunk])
    row.relu(f"{name}/relu")
