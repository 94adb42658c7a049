"""A student: a network that is fed faces as ArcFace wants them, and answers as its teacher does."""

from __future__ import annotations

from torch import Tensor, nn

from explorer.science.blackbox.linear import LinearMap
from explorer.science.distillation.resnet50 import ResNet50
from explorer.science.distillation.settings import StudentSettings
from explorer.science.errors import LikenessError
from explorer.science.networks.fine_tuning import weights_of
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.recognition.imported.architectures.mobilefacenet import published

# What a body answers whose size is ours to choose.
_FEATURES = 512
# Below any square of a length that occurs.
_LEAST = 1e-12


class StudentError(LikenessError, ValueError):
    """A student that cannot be made or used; the message says why."""


class Student(nn.Module):
    """A body, its answer brought to length 1, and a linear map of that into the teacher's space.

    Args:
        body: maps (B, 3, 112, 112) in [-1, 1] to (B, features).
        features: of the body. dimension: of the teacher.
        taken_over: whether the body had weights before.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from explorer.science.distillation import Student
        >>> body = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten())
        >>> Student(body, features=48, dimension=16)(torch.rand(2, 3, 112, 112)).shape
        torch.Size([2, 16])
    """

    def __init__(self, body: nn.Module, features: int, dimension: int, taken_over: bool = False) -> None:
        super().__init__()
        self.body, self.head, self.taken_over = body, nn.Linear(features, dimension), taken_over

    def forward(self, faces: Tensor) -> Tensor:
        """(B, 3, 112, 112) in [-1, 1] to (B, dimension), in the teacher's units."""
        answer: Tensor = self.head(self.features(faces))
        return answer

    def features(self, faces: Tensor) -> Tensor:
        """What the body says, of length 1: (B, features)."""
        found: Tensor = self.body(faces)
        return found / (found.square().sum(1, keepdim=True) + _LEAST).sqrt()

    def begin_with(self, linear: LinearMap) -> None:
        """Let the last layer be a linear map that was fitted from the body's features to the teacher's answers.

        Raises:
            StudentError: it is of other sizes.
        """
        if linear.weight.T.shape != self.head.weight.shape:
            shape = tuple(linear.weight.shape)
            raise StudentError(f"a map of shape {shape} does not lead from this body to this teacher")
        self.head.weight.data.copy_(linear.weight.T)
        self.head.bias.data.copy_(linear.centre_out - linear.centre_in @ linear.weight)


class GraphBody(nn.Module):
    """An encoder's ONNX graph as a body that can be trained on.

    Args:
        data: its file, which is kept: a student is written as this file with other weights.

    Raises:
        NetworkFileError: it is no ONNX model.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data, self.graph = data, OnnxGraph(data)
        self.graph.learn(weights_of(self.graph))

    def forward(self, faces: Tensor) -> Tensor:
        """(B, 3, 112, 112) in [-1, 1] to (B, D)."""
        answer: Tensor = self.graph(faces)[0]
        return answer.flatten(1)


def new_student(settings: StudentSettings, dimension: int, start: bytes | None = None) -> Student:
    """A student that has learnt nothing, its new weights drawn by torch's random numbers.

    Args:
        dimension: of the teacher's answers.
        start: the ONNX file of arcface-mbf, where the network begins with it.

    Raises:
        StudentError: that file is missing.
        NetworkFileError: it is none.
    """
    if settings.network == "arcface-mbf":
        if start is None:
            raise StudentError("a student that begins with arcface-mbf needs its file")
        return Student(GraphBody(start), _FEATURES, dimension, taken_over=True)
    if settings.network == "resnet50":
        return Student(ResNet50(), ResNet50.dimension, dimension)
    return Student(published(_FEATURES), _FEATURES, dimension)
