"""ONNX graphs in torch against onnxruntime, and refusal of what is no such graph."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.networks.onnx_operators import OPERATORS


def model(nodes, initializers=(), *, inputs=("x",), outputs=("y",), opset=11) -> bytes:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        initializers,
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return proto.SerializeToString()


def tensor(name: str, values) -> onnx.TensorProto:
    return onnx.numpy_helper.from_array(np.asarray(values), name)


def reference(data: bytes, **inputs) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, inputs)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


CASES = {
    "convolution, asymmetric pads, groups, stride": (
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1, 0, 2, 1], strides=[2, 1], group=2)],
        [tensor("w", random(4, 2, 3, 3, seed=1)), tensor("b", random(4, seed=2))],
        random(2, 4, 9, 7),
    ),
    "convolution of 1 x 1": (
        [helper.make_node("Conv", ["x", "w", "b"], ["y"])],
        [tensor("w", random(5, 4, 1, 1, seed=1)), tensor("b", random(5, seed=2))],
        random(2, 4, 6, 7),
    ),
    "convolution of 1 x 1 with a stride": (
        [helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 2])],
        [tensor("w", random(5, 4, 1, 1, seed=1))],
        random(2, 4, 6, 7),
    ),
    "gemm, transposed and scaled": (
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1, alpha=0.5, beta=2.0)],
        [tensor("w", random(5, 6, seed=1)), tensor("b", random(5, seed=2))],
        random(3, 6),
    ),
    "prelu with a slope per channel": (
        [helper.make_node("PRelu", ["x", "s"], ["y"])],
        [tensor("s", random(4, 1, 1, seed=1))],
        random(2, 4, 3, 3),
    ),
    "batch normalisation": (
        [helper.make_node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"], epsilon=1e-3)],
        [tensor(name, np.abs(random(4, seed=seed)) + 0.1) for seed, name in enumerate("gbmv")],
        random(2, 4, 3, 3),
    ),
    "slice with negative ends and steps": (
        [helper.make_node("Slice", ["x", "s", "e", "a", "t"], ["y"])],
        [tensor("s", [1, 0]), tensor("e", [-1, 9]), tensor("a", [1, 2]), tensor("t", [1, 2])],
        random(2, 5, 6),
    ),
    "clip with attributes of an older opset": (
        [helper.make_node("Clip", ["x", "l"], ["y"])],
        [tensor("l", np.float32(0.1))],
        random(2, 5),
    ),
    "reduce to a norm": ([helper.make_node("ReduceL2", ["x"], ["y"], axes=[-1], keepdims=1)], [], random(2, 3, 5)),
    "largest of each window": (
        [helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0])],
        [],
        random(2, 3, 8, 7),
    ),
    "mean of each window": (
        [helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2, 3], strides=[2, 1])],
        [],
        random(2, 3, 8, 7),
    ),
    "zeros behind the channels and rows": (
        [helper.make_node("Pad", ["x", "p"], ["y"], mode="constant")],
        [tensor("p", np.int64([0, 0, 0, 0, 0, 2, 1, 0]))],
        random(2, 3, 4, 5),
    ),
    "nearest resize by a scale": (
        [
            helper.make_node(
                "Resize",
                ["x", "r", "s"],
                ["y"],
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        ],
        [tensor("r", np.zeros(0, np.float32)), tensor("s", np.float32([1, 1, 2, 2]))],
        random(1, 2, 3, 4),
    ),
    "gather and shape": (
        [
            helper.make_node("Shape", ["x"], ["n"]),
            helper.make_node("Gather", ["n", "i"], ["d"], axis=0),
            helper.make_node("Cast", ["d"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["x", "f"], ["y"]),
        ],
        [tensor("i", np.int64(1))],
        random(2, 3),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_operators_equal_onnxruntime(name):
    nodes, initializers, x = CASES[name]
    data = model(nodes, initializers)
    np.testing.assert_allclose(OnnxGraph(data)(torch.from_numpy(x))[0].numpy(), reference(data, x=x)[0], atol=1e-5)


@pytest.mark.parametrize("slopes", [1, 4])
def test_the_gradient_of_prelu_equals_the_numeric_one(slopes):
    x = torch.from_numpy(random(2, 4, 3, 3)).double().requires_grad_()
    slope = torch.from_numpy(random(slopes, 1, 1, seed=1)).double()
    assert torch.autograd.gradcheck(lambda x: OPERATORS["PRelu"]({}, x, slope), x)


def test_slopes_of_prelu_that_are_trained_have_the_numeric_gradient():
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    slope = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda slope: OPERATORS["PRelu"]({}, x, slope[:, None, None]), slope)


def test_split_and_several_outputs_equal_onnxruntime():
    nodes = [helper.make_node("Split", ["x"], ["a", "b"], axis=1, split=[1, 3]), helper.make_node("Sqrt", ["b"], ["c"])]
    data, x = model(nodes, outputs=("a", "c")), np.abs(random(2, 4))
    for ours, theirs in zip(OnnxGraph(data)(torch.from_numpy(x)), reference(data, x=x), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-6)


def test_a_baked_batch_of_one_serves_any_batch():
    nodes = [helper.make_node("Reshape", ["x", "s"], ["y"])]
    graph = OnnxGraph(model(nodes, [tensor("s", np.int64([1, 2, -1]))]))
    x = torch.from_numpy(random(3, 8))
    torch.testing.assert_close(graph(x)[0], x.reshape(3, 2, 4))


def test_only_the_wanted_outputs_are_computed():
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Sigmoid", ["x"], ["b"])]
    graph = OnnxGraph(model(nodes, outputs=("a", "b")), outputs=("b",))
    (only,) = graph(torch.zeros(1, 2))
    assert only.tolist() == [[0.5, 0.5]]


def test_gradients_equal_numeric_ones():
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"], pads=[1, 1, 1, 1]),
        helper.make_node("PRelu", ["h", "s"], ["y"]),
    ]
    initializers = [tensor("w", random(2, 2, 3, 3).astype(np.float64)), tensor("s", np.full((2, 1, 1), 0.2))]
    graph = OnnxGraph(model(nodes, initializers))
    x = torch.from_numpy(random(1, 2, 4, 4, seed=3)).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: graph(x)[0], (x,))


@pytest.mark.parametrize("data", [b"", b"not a network", b"\x00" * 64], ids=["empty", "text", "zeros"])
def test_what_is_no_network_is_refused(data):
    with pytest.raises(NetworkFileError):
        OnnxGraph(data)


def test_an_unknown_operator_is_refused_by_name_when_the_file_is_read():
    with pytest.raises(NetworkFileError, match="Loop"):
        OnnxGraph(model([helper.make_node("Loop", ["x"], ["y"])]))


def test_data_in_other_files_is_refused():
    weight = tensor("w", random(2, 2))
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../secret")
    with pytest.raises(NetworkFileError, match="another file"):
        OnnxGraph(model([helper.make_node("MatMul", ["x", "w"], ["y"])], [weight]))


@pytest.mark.parametrize(("groups", "outputs", "stride"), [(8, 8, 2), (4, 8, 1), (2, 8, 2), (4, 4, 1)])
def test_convolutions_of_groups_are_the_same_in_bfloat16(groups, outputs, stride):
    numbers = torch.Generator().manual_seed(0)
    weight, x = (torch.randn(*s, generator=numbers) for s in ((outputs, 8 // groups, 3, 3), (2, 8, 7, 7)))
    attributes = {"group": groups, "strides": (stride, stride), "pads": (1, 1, 1, 1)}

    def run(x):
        x = x.detach().requires_grad_()
        y = OPERATORS["Conv"](attributes, x, weight.to(x.dtype))
        return y, torch.autograd.grad(y.float().square().sum(), x)[0]

    exact, rounded = run(x.bfloat16().float()), run(x.bfloat16())
    for one, other in zip(exact, rounded, strict=True):
        assert other.dtype == torch.bfloat16
        assert torch.allclose(one, other.float(), atol=0.03 * float(one.detach().abs().max()))


def test_the_gradient_of_prelu_has_the_precision_of_what_it_is_the_gradient_of():
    x = torch.randn(1, 3, 4, 4, dtype=torch.bfloat16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        y = OPERATORS["PRelu"]({}, x, torch.tensor([0.1, 0.2, 0.3])[:, None, None])
    seen = []
    x.register_hook(lambda gradient: seen.append(gradient.dtype))
    y.sum().backward()
    assert seen == [torch.bfloat16]
    assert torch.allclose(x.grad.float()[:, 1], torch.where(x[:, 1] > 0, 1.0, 0.2), atol=0.01)
