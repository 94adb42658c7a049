"""Encoders of ONNX files against onnxruntime, and the refusal of what is none."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import import_network
from explorer.studio import catalogue


def encoder(tmp_path, nodes, initializers, shape=(1, 3, 16, 16), outputs=(("y", (1, 32)),), opset=13, extra=()):
    """A small model as a file."""
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape), *extra]
    wanted = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs]
    graph = helper.make_graph(nodes, "test", given, wanted, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def random(name, *shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return onnx.numpy_helper.from_array(values, name)


def flat(tmp_path, **options):
    nodes = [helper.make_node("Reshape", ["x", "s"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["y"])]
    sizes = onnx.numpy_helper.from_array(np.int64([1, 768]), "s")
    return encoder(tmp_path, nodes, [sizes, random("w", 768, 32)], **options)


@pytest.mark.parametrize("encoder_id", ["arcface-mbf", "sface", "edgeface-s"])
@pytest.mark.slow
def test_the_shipped_families_equal_onnxruntime(encoder_id):
    path = catalogue.path(encoder_id)
    network = import_network(path)
    image = torch.rand(3, 3, 112, 112, generator=torch.Generator().manual_seed(1)) * 2 - 1
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    theirs = np.concatenate([session.run(None, {name: one.numpy()})[0] for one in image.split(1)])
    np.testing.assert_allclose(network.body(image).numpy(), theirs, atol=1e-4)
    assert network.sizes[0] == (112, 112)
    assert network.dimension == theirs.shape[1]
    assert network.conventions[0].framing == "arcface"


def test_a_batch_of_one_that_is_baked_in_serves_any_batch(tmp_path):
    network = import_network(flat(tmp_path))
    images = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(network.body(images)[2:3], network.body(images[2:3]))


def test_windows_that_are_put_together_again_are_no_batch(tmp_path):
    nodes = [
        helper.make_node("Reshape", ["x", "windows"], ["w"]),
        helper.make_node("Reshape", ["w", "whole"], ["v"]),
        helper.make_node("Flatten", ["v"], ["y"]),
    ]
    sizes = [
        onnx.numpy_helper.from_array(np.int64([48, 16]), "windows"),
        onnx.numpy_helper.from_array(np.int64([1, -1, 16]), "whole"),
    ]
    network = import_network(encoder(tmp_path, nodes, sizes, outputs=(("y", (1, 768)),)))
    images = torch.rand(3, 3, 16, 16)
    torch.testing.assert_close(network.body(images), images.flatten(1))


def test_pictures_with_their_channels_last_are_told_by_the_shape(tmp_path):
    path = flat(tmp_path, shape=(1, 16, 16, 3))
    network = import_network(path)
    image = torch.rand(1, 3, 16, 16)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"x": image.permute(0, 2, 3, 1).numpy()})[0]
    np.testing.assert_allclose(network.body(image).numpy(), theirs, atol=1e-4)


def test_a_hidden_layer_can_be_named(tmp_path):
    network = import_network(flat(tmp_path), layer="f")
    assert (network.layer, network.dimension) == ("f", 768)
    with pytest.raises(NetworkFileError, match=r"no value called 'z'.*there are y, f"):
        import_network(flat(tmp_path), layer="z")


def test_of_several_outputs_the_one_that_is_an_embedding_is_taken(tmp_path):
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["score"]),
        helper.make_node("MatMul", ["f", "v"], ["vector"]),
    ]
    weights = [random("w", 768, 2), random("v", 768, 32)]
    path = encoder(tmp_path, nodes, weights, outputs=(("score", (1, 2)), ("vector", (1, 32))))
    assert import_network(path).layer == "vector"


def test_data_in_other_files_is_refused_by_name(tmp_path):
    path = flat(tmp_path)
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    with pytest.raises(NetworkFileError, match=r"network.onnx: tensor .* lies in another file, 'weights.bin'"):
        import_network(path)


def test_a_shape_without_numbers_is_refused_before_anything_is_made(tmp_path):
    hollow = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 20, 1 << 20])
    path = encoder(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"])], [hollow])
    with pytest.raises(NetworkFileError, match="which the file does not have"):
        import_network(path)


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([helper.make_node("GlobalAveragePool", ["x"], ["y"])], "gives 3 numbers"),
        ([helper.make_node("Loop", ["x"], ["y"])], "operators that are not supported: Loop"),
        ([helper.make_node("Relu", ["nothing"], ["y"])], "a value 'nothing' that nothing in the file makes"),
    ],
)
def test_what_is_no_encoder_is_refused_in_one_line(tmp_path, nodes, words):
    path = encoder(tmp_path, nodes, [])
    with pytest.raises(NetworkFileError, match=words) as refused:
        import_network(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\0" * 100, "empty"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"some text", "unknown kind"),
        (b"\x08\x07" + b"\xff" * 64, "not an ONNX model"),
    ],
)
def test_other_files_are_named(tmp_path, content, words):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NetworkFileError, match=words):
        import_network(path)
