"""A student's file: an ONNX graph, which other programs read, too, with what is known of it among its metadata."""

from __future__ import annotations

import io
import warnings
from typing import Literal

import onnx
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from explorer.science.distillation.settings import SIDE, StudentSettings
from explorer.science.distillation.student import GraphBody, Student, StudentError
from explorer.science.networks.fine_tuning import weights_of
from explorer.science.networks.onnx_graph import onnx_metadata
from explorer.science.networks.onnx_weights import with_weights
from explorer.science.recognition.base import Metric

_KEY = "likeness-student"
_OPSET = 17


class StudentRecord(BaseModel):
    """What is known of a student besides its weights.

    teacher: in words; teacher_key: a hash that tells it from others. measure: by which its answers are compared.
    settings: of the training. learnt_from: in words. faces: that it learnt from, of so many `queries`; generated: the
        first so many generated faces were asked about for that. digest: of the faces and answers.
    linear: how well the linear map did with which it began, a centred cosine on faces held out; None without one.
    losses: of the last step, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-student/1"] = "likeness-student/1"
    teacher: str
    teacher_key: str
    measure: Metric
    settings: StudentSettings
    learnt_from: str
    faces: int = Field(ge=1)
    queries: int = Field(ge=1)
    generated: int = Field(0, ge=0)
    digest: str
    linear: float | None = None
    losses: dict[str, float] = Field(default_factory=dict)


def encode_student(student: Student, record: StudentRecord) -> bytes:
    """A student as the bytes of an ONNX file: (B, 3, 112, 112) RGB in [-1, 1] to (B, D)."""
    student = student.cpu().eval()
    model = _of_graph(student, student.body) if isinstance(student.body, GraphBody) else _exported(student)
    onnx.helper.set_model_props(model, {_KEY: record.model_dump_json()})
    data: bytes = model.SerializeToString()
    return data


def _of_graph(student: Student, body: GraphBody) -> onnx.ModelProto:
    """The file that a student began with, with its weights, and its last layer behind the graph.

    Tracing would not do: convolutions of a graph that was read are functions of this program's own.
    """
    model = onnx.load_model_from_string(with_weights(body.data, weights_of(body.graph)))
    graph = model.graph
    said, last = graph.output[0].name, student.head
    names = [f"{_KEY}/{name}" for name in ("flat", "unit", "weight", "bias", "embedding")]
    flat, unit, weight, bias, embedding = names
    graph.initializer.extend([_tensor(weight, last.weight), _tensor(bias, last.bias)])
    graph.node.extend(
        [
            onnx.helper.make_node("Flatten", [said], [flat], axis=1),
            onnx.helper.make_node("LpNormalization", [flat], [unit], axis=1, p=2),
            onnx.helper.make_node("Gemm", [unit, weight, bias], [embedding], transB=1),
        ]
    )
    del graph.output[:]
    shape: list[str | int | None] = ["batch", len(last.bias)]
    graph.output.append(onnx.helper.make_tensor_value_info(embedding, onnx.TensorProto.FLOAT, shape))
    return model


def _tensor(name: str, value: Tensor) -> onnx.TensorProto:
    return onnx.numpy_helper.from_array(value.detach().cpu().numpy(), name)


def _exported(student: Student) -> onnx.ModelProto:
    """A student of torch's own layers, traced."""
    written, example = io.BytesIO(), torch.zeros(1, 3, SIDE, SIDE)
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter that needs no other package is the older one, and says so.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            student,
            (example,),
            written,  # type: ignore[arg-type]  # the older exporter takes streams
            input_names=["face"],
            output_names=["embedding"],
            dynamic_axes={"face": {0: "batch"}, "embedding": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    return onnx.load_model_from_string(written.getvalue())


def student_record(data: bytes) -> StudentRecord:
    """What is known of the student in an ONNX file.

    Raises:
        StudentError: it is no student's. NetworkFileError: it is no ONNX model.
    """
    said = onnx_metadata(data).get(_KEY)
    if said is None:
        raise StudentError("the network is no student: train one with `likeness train student`")
    try:
        return StudentRecord.model_validate_json(said)
    except ValidationError as error:
        raise StudentError("the student is of another version of this program: train it again") from error
