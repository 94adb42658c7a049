"""The parts of a message are counted from its bytes, whatever these are, and no further than is asked for."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.networks.protobuf_size import count_parts


def test_fields_of_messages_within_are_counted_where_a_layout_says_so() -> None:
    inner = b"\x08\x01\x10\x02"  # two numbers
    message = b"\x0a" + bytes([len(inner)]) + inner + b"\x15\0\0\0\0" + b"\x19" + bytes(8)
    assert count_parts(message, {}, 100) == 3
    assert count_parts(message, {1: {}}, 100) == 5


def test_counting_ends_where_there_are_too_many() -> None:
    assert count_parts(b"\x0a\0" * 1000, {}, 10) == 11


def test_no_bytes_are_counted_for_ever() -> None:
    random = np.random.default_rng(0)
    for length in range(0, 400, 7):
        assert count_parts(random.bytes(length), {1: {}, 2: {}, 7: {1: {}}}, 1 << 20) <= 2 * length


def test_a_model_of_millions_of_parts_is_not_parsed() -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [x], [y])
    model = helper.make_model(graph)
    assert OnnxGraph(model.SerializeToString()).made == ("y",)
    many = onnx.ModelProto.FromString(model.SerializeToString()).SerializeToString() + b"\x72\0" * (1 << 20)
    with pytest.raises(NetworkFileError, match="parts, more than any network"):
        OnnxGraph(many)
