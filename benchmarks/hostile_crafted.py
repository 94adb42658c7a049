"""Files made by hand for what researchers bring: each carries something that runs, or asks for more than there is."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.hostile import Evil
from benchmarks.hostile_kinds import (
    keras_layers,
    open_generator,
    open_model,
    tfjs_model,
    tiny_state,
)
from explorer.science.recognition.imported import import_network

Made = Iterator[tuple[str, Path, Callable[[Path], object]]]
_LAUGHS = 60
_GIANT = 1 << 33


class Called:
    """What pickles as a call of a function with these arguments."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


def _write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _laughing() -> tuple[object, ...]:
    """A tuple that holds another twice, which holds another twice, and so on."""
    found: tuple[object, ...] = (1,)
    for _ in range(_LAUGHS):
        found = (found, found)
    return found


def _laughing_list() -> list[object]:
    found: list[object] = [1.0]
    for _ in range(_LAUGHS):
        found = [found] * 4
    return found


# What each kind of pickle is tried with: names, and what makes the bytes.


def _by_hand(*parts: bytes) -> bytes:
    return b"\x80\x02" + b"".join(parts) + b"."


def _text(word: str) -> bytes:
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def _key_that_laughs() -> bytes:
    """A dictionary whose key takes for ever to be hashed; no pickler could write it."""
    nested = b"K\x01" + b"".join(b"q" + bytes([place]) + b"h" + bytes([place]) + b"\x86" for place in range(_LAUGHS))
    return _by_hand(b"}", nested, b"K\x01s")


def _array(shape: bytes, content: bytes = b"C\x04\0\0\0\0", kind: bytes = _text("f4")) -> bytes:
    """A dictionary with an array, its state's parts as given."""
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01bt\x52"
    dtype = b"cnumpy\ndtype\n(" + kind + b"K\x00K\x01tR"
    return _by_hand(b"}", _text("v_template"), empty, b"(K\x01", shape, dtype, b"\x89", content, b"tbs")


def pickles(mark: Path) -> Iterator[tuple[str, bytes]]:
    """Pickles that run something, take too long, or make too much of themselves."""
    for protocol in (0, 2, 4, 5):
        yield f"mkdir, protocol {protocol}", pickle.dumps({"G_ema": Evil(mark / f"p{protocol}")}, protocol)
    code = f"__import__('os').mkdir({str(mark / 'eval')!r})"
    for name in ("eval", "exec", "__import__", "getattr", "open", "bytearray", "compile"):
        yield name, _by_hand(f"cbuiltins\n{name}\n".encode(), _text(code), b"\x85R")
    yield "os.system", _by_hand(b"cposix\nsystem\n", _text(f"mkdir '{mark / 'system'}'"), b"\x85R")
    yield "a method by its dots", b"\x80\x04\x8c\x02os\x8c\x0bpath.exists\x93\x8c\x01/\x85R."
    yield "torch's own loader", _by_hand(b"ctorch.storage\n_load_from_bytes\n", b"C\x04\x80\x02N.", b"\x85R")
    inner = pickle.dumps(Evil(mark / "inner"), 2)
    yield (
        "a pickle in a pickle",
        _by_hand(b"ctorch.storage\n_load_from_bytes\n", b"B", struct.pack("<I", len(inner)), inner, b"\x85R"),
    )
    yield "a builder of torch", _by_hand(b"ctorch._utils\n_rebuild_tensor_v2\n", b"(NK\x00))\x89Ntb")
    yield "a giant bytearray", _by_hand(b"cbuiltins\nbytearray\n\x8a\x05", (1 << 33).to_bytes(5, "little"), b"\x85R")
    yield "bytes of a number", _by_hand(
        b"cnumpy.core.numeric\n_frombuffer\n(\x8a\x05", _GIANT.to_bytes(5, "little"), _text("f4"), b"K\x01\x85",
        _text("C"), b"tR",
    )  # fmt: skip
    yield "a key that laughs", _key_that_laughs()
    yield "lists that laugh", pickle.dumps({"v_template": _laughing_list(), "g_ema": _laughing_list()}, 4)
    yield "a shape of text", _array(b"(" + _text("ab") + b"\x8a\x05" + _GIANT.to_bytes(5, "little") + b"t")
    yield "a shape of giants", _array(b"(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft")
    yield "a shape below nothing", _array(b"(J\xff\xff\xff\xfft")
    yield "a type that laughs", _array(b"K\x01\x85", kind=pickle.dumps(_laughing(), 2)[2:-1])
    yield "far places to remember", _by_hand(b"]r\xff\xff\xff\x07")
    yield "a giant frame", b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + b"N."
    yield "giant bytes", b"\x80\x05\x96" + struct.pack("<Q", 1 << 33) + b"N."
    yield "great depth", b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b"."
    yield "a reference outside", _by_hand(b"(", _text("storage"), _text("../../etc/passwd"), b"tQ")
    yield "itself within itself", _by_hand(b"}q\x00", _text("G_ema"), b"h\x00s")


def crafted_pickles(place: Path, mark: Path) -> Made:
    """The same pickles as an encoder, as a generator, as FLAME and as 3DDFA; bare and in torch's archive."""
    openers: dict[str, Callable[[Path], object]] = {
        "encoder.pt": import_network,
        "generator.pkl": open_generator,
        "generic_model.pkl": open_model,
        "bfm_noneck_v3.pkl": open_model,
    }
    for name, content in pickles(mark):
        for file, opener in openers.items():
            folder = place / f"{name}-{file}".replace(" ", "-").replace("/", "")
            folder.mkdir()
            yield f"pickle, {name}, {file}", _write(folder / file, content), opener
        for file, opener in list(openers.items())[:2]:
            path = place / f"zip-{name}-{file}".replace(" ", "-")
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("archive/data.pkl", content)
                archive.writestr("archive/version", "3")
            yield f"archive, {name}, {file}", path, opener


def crafted_encoders(place: Path, mark: Path) -> Made:
    """Networks that hold more than their files, never end, or lead out of them."""
    state = tiny_state()

    def saved(name: str, changed: dict[str, Any]) -> Path:
        torch.save(state | changed, place / f"{name}.pt")
        return place / f"{name}.pt"

    one = torch.zeros(1)
    yield (
        "a tensor of strides of 0",
        saved("expanded", {"conv3.weight": one.expand(1 << 20, 1 << 14, 1, 1)}),
        (import_network),
    )
    yield (
        "a filter of 2,000 px",
        saved("window", {"conv4.weight": torch.zeros(1).expand(8, 1, 2000, 2000)}),
        (import_network),
    )
    yield "thousands of channels", saved("wide", _widened()), import_network
    sparse = torch.sparse_coo_tensor(
        torch.zeros(2, 1, dtype=torch.int64), torch.ones(1), (1 << 30, 1 << 20), check_invariants=True
    )
    yield "a sparse giant", saved("sparse", {"linear.weight": sparse}), import_network
    yield (
        "a tensor without numbers",
        saved("meta", {"linear.weight": torch.zeros(16, 8, device="meta")}),
        import_network,
    )
    yield "numbers that are none", saved("nan", {"linear.weight": torch.full((16, 8), float("nan"))}), import_network
    yield "a matrix of four axes", saved("axes", {"linear.weight": torch.zeros(1, 1, 1, 1)}), import_network
    yield "no channels at all", saved("empty", {"conv1.weight": torch.zeros(0, 3, 3, 3)}), import_network
    yield "a name on two lines", saved("lines", {"a\nb\x1b[31m" * 2000: one}), import_network
    yield from _onnx(place)
    yield from _keras(place)
    yield from _tfjs(place)
    header = {"w": {"dtype": "F32", "shape": [1 << 31, 1 << 31], "data_offsets": [0, 4]}}
    text = json.dumps(header).encode()
    path = _write(place / "giant.safetensors", struct.pack("<Q", len(text)) + text + bytes(4))
    yield "safetensors of a giant shape", path, import_network
    path = _write(place / "deep.safetensors", struct.pack("<Q", 400_000) + b'{"a":' * 80_000)
    yield "safetensors of great depth", path, import_network
    yield "tflite of giant vectors", _write(place / "giant.tflite", b"\x08\0\0\0TFL3" + b"\xff" * 400), import_network


def _widened() -> dict[str, Any]:
    """The same network with layers of so many channels that what they make of a picture is larger than memory."""
    wide, parts = 1 << 16, ("weight", "bias", "running_mean", "running_var")
    return {
        "conv1.weight": torch.zeros(wide, 3, 3, 3),
        "conv2.weight": torch.zeros(wide, 1, 3, 3),
        **{f"prelu{number}.weight": torch.zeros(wide) for number in (1, 2)},
        **{f"bn{number}.{part}": torch.ones(wide) for number in (1, 2) for part in parts},
        "layers.0.conv1.weight": torch.zeros(16, wide, 1, 1),
        "conv4.weight": torch.zeros(8, 1, 64, 64),
    }


def _onnx(place: Path) -> Made:
    from onnx import TensorProto, helper

    kit = import_module("tests.science.recognition.imported.test_onnx_file")

    def made(name: str, nodes: list[Any], weights: list[Any] = (), **more: Any) -> tuple[str, Path, Any]:  # type: ignore[assignment]
        folder = place / name.replace(" ", "-")
        folder.mkdir()
        return f"ONNX, {name}", kit.encoder(folder, nodes, list(weights), **more), import_network

    node = helper.make_node

    def numbers(name: str, *values: int) -> TensorProto:
        return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)

    yield made("a circle", [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Add", ["x", "b"], ["y"])])
    yield made("a value of itself", [node("Add", ["x", "y"], ["y"])])
    yield made("the same name twice", [node("Relu", ["x"], ["x"]), node("Relu", ["x"], ["y"])])
    yield made("an outer product", [
        node("Reshape", ["x", "column"], ["c"]), node("Reshape", ["x", "row"], ["r"]),
        node("Concat", ["c"] * 60, ["cc"], axis=0), node("Concat", ["r"] * 60, ["rr"], axis=1),
        node("MatMul", ["cc", "rr"], ["y"]),
    ], [numbers("column", -1, 1), numbers("row", 1, -1)])  # fmt: skip
    yield made("an expansion", [node("Expand", ["x", "s"], ["e"]), node("Relu", ["e"], ["y"])], [
        numbers("s", 1 << 12, 1 << 12, 1, 3, 16, 16)])  # fmt: skip
    doubled = [
        node("Concat", [f"v{place or ''}" if place else "x"] * 2, [f"v{place + 1}"], axis=1) for place in range(40)
    ]
    yield made("doublings", [*doubled, node("Relu", ["v40"], ["y"])])
    tiles = [node("Tile", ["x", "t"], ["a"]), node("Relu", ["a"], ["y"])]
    yield made("a tiling below nothing", tiles, [numbers("t", 1, 1, -5, 1)])
    yield made("a tiling", tiles, [numbers("t", 1, 1, 1 << 31, 1 << 31)])
    pads = [node("Pad", ["x", "p"], ["y"])]
    yield made("a frame", pads, [numbers("p", 0, 0, 1 << 30, 1 << 30, 0, 0, 1 << 30, 1 << 30)])
    yield made("a circle of shapes", [node("Range", ["a", "b", "c"], ["y"])], [
        helper.make_tensor("a", TensorProto.INT64, [], [0]), helper.make_tensor("b", TensorProto.INT64, [], [1 << 62]),
        helper.make_tensor("c", TensorProto.INT64, [], [1]),
    ])  # fmt: skip
    resized = [node("Resize", ["x", "", "s"], ["y"])]
    yield made("a giant picture", resized, [helper.make_tensor("s", TensorProto.FLOAT, [4], [1, 1, 1e6, 1e6])])
    zero: dict[str, Any] = {"pads": [0, 0, 0, 0], "kernel_shape": [1, 1], "strides": [0, 0]}
    yield made("a stride of 0", [node("Conv", ["x", "k"], ["y"], **zero)], [kit.random("k", 2, 3, 1, 1)])
    yield made("no groups", [node("Conv", ["x", "k"], ["y"], group=0)], [kit.random("k", 2, 3, 1, 1)])
    yield made("a window of nothing", [node("MaxPool", ["x"], ["y"], kernel_shape=[0, 0])])
    yield made("thousands of outputs", [node("Relu", ["x"], [f"y{n}"]) for n in range(3000)], outputs=[
        (f"y{n}", (1, 3)) for n in range(3000)])  # fmt: skip
    hollow = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 31, 1 << 31])
    yield made("a giant shape", [node("MatMul", ["x", "w"], ["y"])], [hollow])
    below = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[-4, 4], raw_data=bytes(64))
    yield made("a shape below nothing", [node("MatMul", ["x", "w"], ["y"])], [below])
    taken = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    entry = taken.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    yield made("numbers of another file", [node("Add", ["x", "w"], ["y"])], [taken])
    path = _write(place / "parts.onnx", b"\x08\x07\x3a" + _varint(2 << 20) + b"\x0a\x00" * (1 << 20))
    yield "ONNX, millions of parts", path, import_network


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _keras(place: Path) -> Made:
    import h5py

    write = import_module("tests.science.recognition.imported.test_keras_network").write
    node = import_module("tests.science.recognition.imported.test_keras_network").node
    layers, weights = keras_layers()
    about = {"axis": 3, "epsilon": 0.001}
    tall = {"gamma": np.ones((60_000, 1), np.float32)} | {
        name: np.ones(60_000, np.float32) for name in ("beta", "moving_mean", "moving_variance")
    }
    changed = {
        "a circle of classifiers": [node("Softmax", "a", "b"), node("Softmax", "b", "a")],
        "a giant picture": [node("InputLayer", "in", batch_input_shape=[None, 60_000, 60_000, 3]), *layers[1:]],
        "a giant frame": [layers[0], node("ZeroPadding2D", "p", "in", padding=[10**9] * 2), node("Flatten", "f", "p")],
        "bytecode": [layers[0], node("Lambda", "l", "in", function=["4wEAAAA", None, None], arguments={})],
        "a stride of 0": [layers[0], node("MaxPooling2D", "p", "in", pool_size=[0, 0], strides=[0, 0], padding="same")],
        "layers that are none": [{"class_name": "Dense", "config": [], "inbound_nodes": 7}],
    }  # fmt: skip
    for name, described in changed.items():
        path = place / f"keras-{name}.h5".replace(" ", "-")
        write(path, weights, described)
        yield f"Keras, {name}", path, import_network
    path = place / "keras-outer.h5"
    write(path, {"n": tall}, [layers[0], node("BatchNormalization", "n", "in", **about)])
    yield "Keras, an outer product", path, import_network
    path = place / "keras-bomb.h5"
    write(path, weights, layers)
    with h5py.File(path, "a") as file:
        del file["model_weights/d/d/kernel:0"]
        bomb = file.create_dataset("model_weights/d/d/kernel:0", (256, 16), "f4", chunks=(256, 16), compression="gzip")
        bomb.id.write_direct_chunk((0, 0), zlib.compress(bytes(200_000_000), 1))
    yield "Keras, a bomb in a chunk", path, import_network
    path = place / "keras-deep.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = np.bytes_('{"config":' * 6_000)
        file.create_group("model_weights").attrs["layer_names"] = [b"x"]
    yield "Keras, JSON of great depth", path, import_network
    path = place / "keras-loop.h5"
    write(path, weights, layers)
    with h5py.File(path, "a") as file:
        file["model_weights/c/c"]["again"] = file["model_weights"]
        file["model_weights/c"].attrs["weight_names"] = [b"c/again/c/c/again/c/kernel:0"]
    yield "Keras, groups in a circle", path, import_network


def _tfjs(place: Path) -> Made:
    def made(name: str, change: Callable[[dict[str, Any]], object], **beside: bytes) -> tuple[str, Path, Any]:
        model, shard = tfjs_model()
        change(model)
        folder = place / f"tfjs-{name}".replace(" ", "-")
        folder.mkdir()
        for file, content in {"shard.bin": shard, **{f"{key}.bin": data for key, data in beside.items()}}.items():
            _write(folder / file, content)
        return f"tfjs, {name}", _write(folder / "model.json", json.dumps(model)), import_network

    def group(model: dict[str, Any]) -> Any:
        return model["weightsManifest"][0]

    def entry(model: dict[str, Any]) -> Any:
        return group(model)["weights"][0]

    def nodes(model: dict[str, Any]) -> Any:
        return model["modelTopology"]["node"]

    yield made("a shard outside", lambda m: group(m).update(paths=["../../secret.bin"]))
    yield made("an absolute shard", lambda m: group(m).update(paths=["/etc/passwd"]))
    yield made("a shard a thousand times", lambda m: group(m).update(paths=["big"] * 1000 + ["shard.bin"]))
    yield made("a shape of giants", lambda m: entry(m).update(shape=[1 << 40, 1 << 40]))
    yield made("a shape without an end", lambda m: entry(m).update(shape=[float("inf")]))
    yield made("a shape of text", lambda m: entry(m).update(shape="999999999"))
    yield made("a circle", lambda m: nodes(m)[-2].update(input=["out", "axes"]))
    yield made("a stride of 0", lambda m: nodes(m)[-4]["attr"].update(strides={"list": {"i": ["0"] * 4}}))
    yield made("a scale that is none", lambda m: entry(m).update(quantization={"dtype": "uint8", "scale": {}}))
    outputs = {f"o{number}": {"name": "out"} for number in range(5000)}
    yield made("a thousand outputs", lambda m: m.update(signature={"outputs": outputs}))
    for name, text in (("great depth", '{"modelTopology":' * 200_000), ("giant numbers", '{"a":' + "9" * 1_000_000)):
        yield f"tfjs, {name}", _write(place / f"{name}.json".replace(" ", "-"), text), import_network
    laughs = '{"weightsManifest":[],"modelTopology":{"node":[' + "[]," * 1_000_000 + "[]]}}"
    yield "tfjs, millions of lists", _write(place / "laughs.json", laughs), import_network
    (place / "tfjs-device").mkdir()
    (place / "tfjs-device" / "shard.bin").symlink_to("/dev/zero")
    path = _write(place / "tfjs-device" / "model.json", json.dumps(tfjs_model()[0]))
    yield "tfjs, a device as shard", path, import_network
