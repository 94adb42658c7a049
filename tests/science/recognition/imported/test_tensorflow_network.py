"""TensorFlow Lite files against its own runtime, TensorFlow.js ones against numpy, and the refusal of damaged ones."""

import base64
import contextlib
import json

import flatbuffers
import numpy as np
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import import_network
from tests.science.recognition.imported import tfjs_files

FLOAT, INT = schema.TensorType.FLOAT32, schema.TensorType.INT32


class Lite:
    """Writes a TensorFlow Lite file, operation by operation."""

    def __init__(self, shape):
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.subgraphs = 3, [self.graph]
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs = [self.tensor("in", shape)]

    def tensor(self, name, shape, values=None, kind=FLOAT):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = list(np.ascontiguousarray(values).tobytes())
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, name, values):
        values = np.asarray(values)
        return self.tensor(name, values.shape, values, INT if values.dtype == np.int32 else FLOAT)

    def add(self, code, inputs, shape, options=None, **values):
        operator, opcode = schema.OperatorT(), schema.OperatorCodeT()
        opcode.builtinCode = opcode.deprecatedBuiltinCode = code
        self.model.operatorCodes.append(opcode)
        operator.opcodeIndex, operator.inputs = len(self.model.operatorCodes) - 1, list(inputs)
        if options is not None:
            operator.builtinOptions = getattr(schema, f"{options}T")()
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            for name, value in values.items():
                setattr(operator.builtinOptions, name, value)
        operator.outputs = [self.tensor(f"t{len(self.graph.tensors)}", shape)]
        self.graph.operators.append(operator)
        return operator.outputs[0]

    def write(self, path, output):
        self.graph.outputs = [output]
        builder = flatbuffers.Builder()
        builder.Finish(self.model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path


def write_lite(folder):
    """A small network with a batch of two baked in, of the operations that MobileFaceNets consist of."""
    random = np.random.default_rng(0)
    draw = lambda *shape: random.normal(size=shape).astype(np.float32) * 0.5  # noqa: E731
    op = schema.BuiltinOperator
    net = Lite((2, 17, 18, 3))
    conv = {"strideH": 2, "strideW": 2, "dilationHFactor": 1, "dilationWFactor": 1, "fusedActivationFunction": 0}
    x = net.add(
        op.CONV_2D,
        [0, net.constant("w", draw(8, 3, 3, 3)), net.constant("b", draw(8))],
        (2, 9, 9, 8),
        "Conv2DOptions",
        padding=0,
        **conv,
    )
    x = net.add(op.PRELU, [x, net.constant("slope", draw(1, 1, 8))], (2, 9, 9, 8))
    depth = net.add(
        op.DEPTHWISE_CONV_2D,
        [x, net.constant("dw", draw(1, 3, 3, 8)), net.constant("db", draw(8))],
        (2, 9, 9, 8),
        "DepthwiseConv2DOptions",
        padding=0,
        depthMultiplier=1,
        **(conv | {"strideH": 1, "strideW": 1, "fusedActivationFunction": 3}),
    )
    x = net.add(op.ADD, [x, depth], (2, 9, 9, 8), "AddOptions", fusedActivationFunction=1)
    pool = {"filterHeight": 3, "filterWidth": 3, "strideH": 2, "strideW": 2, "fusedActivationFunction": 0}
    a = net.add(op.MAX_POOL_2D, [x], (2, 5, 5, 8), "Pool2DOptions", padding=0, **pool)
    b = net.add(op.AVERAGE_POOL_2D, [x], (2, 5, 5, 8), "Pool2DOptions", padding=0, **pool)
    x = net.add(op.CONCATENATION, [a, b], (2, 5, 5, 16), "ConcatenationOptions", axis=3, fusedActivationFunction=0)
    x = net.add(op.MEAN, [x, net.constant("axes", np.int32([1, 2]))], (2, 1, 1, 16), "ReducerOptions", keepDims=True)
    x = net.add(op.RESHAPE, [x, net.constant("shape", np.int32([2, 16]))], (2, 16), "ReshapeOptions", newShape=[2, 16])
    weights = [x, net.constant("fw", draw(24, 16)), net.constant("fb", draw(24))]
    x = net.add(op.FULLY_CONNECTED, weights, (2, 24), "FullyConnectedOptions", fusedActivationFunction=0)
    x = net.add(op.L2_NORMALIZATION, [x], (2, 24), "L2NormOptions", fusedActivationFunction=0)
    return net.write(folder / "network.tflite", x)


@pytest.fixture
def lite(tmp_path):
    return write_lite(tmp_path)


def test_a_lite_model_equals_its_own_runtime_at_any_batch(lite):
    network = import_network(lite)
    x = torch.rand(4, 3, 17, 18, generator=torch.Generator().manual_seed(2)) * 2 - 1
    interpreter = Interpreter(str(lite), num_threads=1)
    interpreter.allocate_tensors()
    theirs = []
    for pair in x.permute(0, 2, 3, 1).split(2):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pair.contiguous().numpy())
        interpreter.invoke()
        theirs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.testing.assert_allclose(network.body(x).numpy(), np.concatenate(theirs), atol=1e-5)
    torch.testing.assert_close(network.body(x[:1]), network.body(x)[:1])
    assert (network.sizes, network.dimension, network.normalised) == (((17, 18),), 24, True)


def test_every_truncation_and_many_flipped_bytes_of_a_lite_model_are_refused_or_harmless(lite):
    whole = lite.read_bytes()
    random = np.random.default_rng(3)
    damaged = [whole[:size] for size in range(8, len(whole), len(whole) // 25)]
    for _ in range(25):
        content = bytearray(whole)
        for place in random.integers(0, min(len(whole), 4000), 4):
            content[place] = random.integers(256)
        damaged.append(bytes(content))
    for content in damaged:
        lite.write_bytes(content)
        with contextlib.suppress(NetworkFileError):  # nothing else escapes
            import_network(lite)


def test_unknown_lite_operators_are_named(tmp_path):
    net = Lite((1, 16, 16, 3))
    x = net.add(schema.BuiltinOperator.LSTM, [0], (1, 32))
    with pytest.raises(NetworkFileError, match=r"not supported, of numbers \[16\]"):
        import_network(net.write(tmp_path / "network.tflite", x))


# A TensorFlow.js model


def attribute(**values):
    kinds = {bool: "b", float: "f"}
    found = {}
    for name, value in values.items():
        if isinstance(value, str):
            found[name] = {"s": base64.b64encode(value.encode()).decode()}
        elif isinstance(value, list):
            encoded = [base64.b64encode(one.encode()).decode() if isinstance(one, str) else str(one) for one in value]
            found[name] = {"list": {"s" if isinstance(value[0], str) else "i": encoded}}
        else:
            found[name] = {kinds[type(value)]: value}
    return found


def write_tfjs(folder):
    """A small graph of faceres's kinds of nodes, its weights in two shards and three types, and its forward pass."""
    random = np.random.default_rng(0)
    draw = lambda *shape: random.normal(size=shape) * 0.5  # noqa: E731
    half = {"w": draw(1, 1, 3, 8), "dw": draw(1, 1, 8, 1), "scale": draw(8), "fc": draw(8, 20), "bias": draw(20)}
    half = {name: value.astype(np.float16) for name, value in half.items()}
    codes = random.integers(0, 256, 8).astype(np.uint8)
    entries = [
        {"name": n, "shape": list(v.shape), "dtype": "float32", "quantization": {"dtype": "float16"}}
        for n, v in half.items()
    ]
    entries.append({"name": "axes", "shape": [2], "dtype": "int32"})
    entries.append({"name": "six", "shape": [], "dtype": "float32"})
    quantised = {"dtype": "uint8", "scale": 0.01, "min": -1.0}
    entries.append({"name": "shift", "shape": [8], "dtype": "float32", "quantization": quantised})
    parts = [v.tobytes() for v in half.values()]
    parts += [np.int32([1, 2]).tobytes(), np.float32(6).tobytes(), codes.tobytes()]
    content = b"".join(parts)
    window = attribute(strides=[1, 2, 2, 1], dilations=[1, 1, 1, 1], padding="SAME", data_format="NHWC")
    step = attribute(strides=[1, 1, 1, 1], dilations=[1, 1, 1, 1], padding="VALID", data_format="NHWC")

    def node(op, name, *inputs, attr=None):
        return {"name": name, "op": op, "input": list(inputs), "attr": attr or {}}

    dims = [{"size": size} for size in ("-1", "16", "16", "3")]
    nodes = [
        node("Placeholder", "in", attr={"shape": {"shape": {"dim": dims}}}),
        *(node("Const", entry["name"]) for entry in entries),
        node("Conv2D", "c", "in", "w", attr=window),
        node("AddV2", "a", "c", "shift"),
        node("Relu", "r", "a"),
        node("Minimum", "m", "r", "six"),
        node("DepthwiseConv2dNative", "d", "m", "dw", attr=step),
        node("Mul", "s", "d", "scale"),
        node("Mean", "pooled", "s", "axes", attr=attribute(keep_dims=False)),
        node("_FusedMatMul", "vector", "pooled", "fc", "bias", attr=attribute(fused_ops=["BiasAdd", "Relu"])),
        node("Identity", "out", "vector:0"),
    ]
    model = {
        "format": "graph-model",
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["one.bin", "two.bin"], "weights": entries}],
    }
    path = folder / "model.json"
    path.write_text(json.dumps(model))
    (folder / "one.bin").write_bytes(content[:100])
    (folder / "two.bin").write_bytes(content[100:])

    def forward(x):
        wide = {name: value.astype(np.float32) for name, value in half.items()}
        x = x[:, ::2, ::2] @ wide["w"][0, 0] + (codes * 0.01 - 1.0)
        x = np.minimum(np.maximum(x, 0), 6) * wide["dw"][0, 0, :, 0] * wide["scale"]
        return np.maximum(x.mean((1, 2)) @ wide["fc"] + wide["bias"], 0)

    return path, model, forward


@pytest.fixture
def tfjs(tmp_path):
    return write_tfjs(tmp_path)


def test_a_tfjs_graph_equals_numpy(tfjs):
    path, _, forward = tfjs
    network = import_network(path)
    x = np.random.default_rng(1).normal(size=(3, 16, 16, 3)).astype(np.float32)
    ours = network.body(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(ours, forward(x), atol=1e-5)
    assert (network.layer, network.sizes, network.dimension) == ("out", ((16, 16),), 20)
    with pytest.raises(NetworkFileError, match="no node 'nobody'"):
        import_network(path, layer="nobody")


def test_the_independent_computation_equals_numpy_too(tfjs):
    path, _, forward = tfjs
    whole = b"".join((path.parent / name).read_bytes() for name in ("model.json", "one.bin", "two.bin"))
    x = np.random.default_rng(2).normal(size=(2, 16, 16, 3))
    np.testing.assert_allclose(tfjs_files.computed(whole, x, "out"), forward(x), atol=1e-5)


def test_a_tfjs_hash_covers_the_shards(tfjs):
    path = tfjs[0]
    before = import_network(path).sha256
    content = bytearray((path.parent / "two.bin").read_bytes())
    content[-1] ^= 1
    (path.parent / "two.bin").write_bytes(bytes(content))
    assert import_network(path).sha256 != before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["weightsManifest"][0].update(paths=["../one.bin"]), "only files beside the JSON"),
        (lambda m: m["weightsManifest"][0].update(paths=["/etc/passwd"]), "only files beside the JSON"),
        (lambda m: m["weightsManifest"][0].update(paths=["one.bin"]), "its shards do not hold"),
        (lambda m: m["weightsManifest"][0].update(paths=["gone.bin"]), "not beside the JSON; put it there"),
        (lambda m: m["weightsManifest"][0]["weights"][0].update(shape=[1 << 40]), "its shards do not hold"),
        (lambda m: m["weightsManifest"][0]["weights"][0].update(shape=[-4]), "its shards do not hold"),
        (lambda m: m["modelTopology"]["node"][-1].update(op="PyFunc"), "not supported: PyFunc"),
        (lambda m: m["modelTopology"]["node"][-3].update(input=["nobody", "axes"]), "a value 'nobody' that nothing"),
        (lambda m: m.update(modelTopology={}), "neither a graph nor layers"),
        (lambda m: m.pop("weightsManifest"), "no TensorFlow.js model"),
    ],
)
def test_damaged_tfjs_models_are_refused_in_one_line(tfjs, change, words):
    path, model, _ = tfjs
    change(model)
    path.write_text(json.dumps(model))
    with pytest.raises(NetworkFileError, match=words) as refused:
        import_network(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": ' * 50_000])
def test_json_that_never_ends_is_refused(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(NetworkFileError):
        import_network(tmp_path / "model.json")
