"""What a student's file answers."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from explorer.science.contents import read_bytes
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.training.student import as_input

_AT_ONCE = 32


@torch.no_grad()
def student_answers(file: Path, faces: Tensor) -> Tensor:
    """What the student of a file answers for faces (N, 112, 112, 3) uint8: (N, D).

    Raises:
        NetworkFileError: the file is no ONNX model. OSError: it cannot be read.
    """
    graph = OnnxGraph(read_bytes(file))
    return torch.cat([graph(as_input(part))[0] for part in faces.split(_AT_ONCE)])
