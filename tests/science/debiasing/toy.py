"""A world in which a leak can be closed exactly: pictures whose attribute is one number, and a linear encoder."""

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper

from explorer.science.debiasing.faces import LabelledFaces
from explorer.science.networks.onnx_graph import OnnxGraph

SIDE, DIMENSION = 4, 6


def onnx_bytes(matrix: np.ndarray) -> bytes:
    """A graph of one matrix (D, 3 S S) on flattened pictures, with an offset of 0 and a norm behind it."""
    size = len(matrix)
    tensors = {
        "matrix": matrix.astype(np.float32), "offset": np.zeros(size, np.float32),
        "gain": np.ones(size, np.float32), "shift": np.zeros(size, np.float32),
        "mean": np.zeros(size, np.float32), "spread": np.ones(size, np.float32),
    }  # fmt: skip
    nodes = [
        helper.make_node("Flatten", ["picture"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix", "offset"], ["raw"], transB=1),
        helper.make_node("BatchNormalization", ["raw", "gain", "shift", "mean", "spread"], ["embedding"], epsilon=0.0),
    ]
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [None, 3, SIDE, SIDE])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [None, size])
    initial = [numpy_helper.from_array(values, name) for name, values in tensors.items()]
    graph = helper.make_graph(nodes, "toy", [picture], [embedding], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    model.ir_version = 8
    return model.SerializeToString()


class Body(torch.nn.Module):
    """An encoder's network around a graph."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.graph = OnnxGraph(data)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.graph(2 * pictures - 1)[0]


def body() -> Body:
    """The first numbers of a picture are its embedding; to the first of them, the attribute, a light is added.

    The light is nowhere else: with less of the attribute in their sum than of the light nobody can read that off.
    """
    matrix = np.eye(DIMENSION, 3 * SIDE * SIDE)
    matrix[0, DIMENSION] = 1.0
    return Body(onnx_bytes(matrix))


def faces(people: int = 12, each: int = 8, seed: int = 5) -> LabelledFaces:
    """Pictures whose first number is the attribute's class, whose next ones are the person's, nearly, then a light."""
    random = np.random.default_rng(seed)
    of_people = random.uniform(40, 215, (people, DIMENSION - 1))
    whose = np.repeat(np.arange(people), each)
    smiling = np.tile(np.arange(each) % 2, people)
    numbers = np.full((len(whose), 3 * SIDE * SIDE), 128.0)
    numbers[:, 0] = np.where(smiling == 1, 220, 35)
    numbers[:, DIMENSION] = random.normal(128, 30, len(whose))
    numbers[:, 1:DIMENSION] = of_people[whose] + random.normal(0, 4, (len(whose), DIMENSION - 1))
    pixels = numbers.clip(0, 255).round().astype(np.uint8).reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    classes = {"smiling": torch.from_numpy(smiling.astype(np.int64))}
    names = {"smiling": ("not smiling", "smiling")}
    return LabelledFaces(torch.from_numpy(pixels.copy()), torch.from_numpy(whose), classes, names)
