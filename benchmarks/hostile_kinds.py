"""A small whole file of each kind that the program opens, and what opens it."""

from __future__ import annotations

import base64
import json
import pickle
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from explorer.science.generation.brought.files import build_brought, pack, read_generator_file, unpack
from explorer.science.geometry.landmark_files import read_landmark_file
from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.unwrapping import with_texture_map
from explorer.science.recognition.imported import import_network
from explorer.studio.blackbox.endpoint import Endpoint
from explorer.studio.blackbox.program import Program

_PICTURE = b"\x89PNG and more"


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    make: writes a whole one, with what has to lie beside it, into a folder and returns its path. open: opens it.
    alone: whether opening one starts no program and no connection, so that either would be the file's doing.
    named: whether a line that refuses it names the file.
    """

    name: str
    make: Callable[[Path], Path]
    open: Callable[[Path], object]
    alone: bool = True
    named: bool = True


def _tests(name: str) -> Any:
    return import_module(f"tests.{name}")


# Encoders.


def tiny_state() -> dict[str, torch.Tensor]:
    """The tensors of a MobileFaceNet of three bottlenecks and few channels, for pictures of 32 px."""
    random = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {}

    def layer(name: str, number: int, shape: tuple[int, ...], linear: bool = False) -> None:
        state[f"{name}conv{number}.weight"] = torch.randn(shape, generator=random) * 0.5
        norm(f"{name}bn{number}", shape[0])
        if not linear:
            state[f"{name}prelu{number}.weight"] = torch.full((shape[0],), 0.25)

    def norm(name: str, width: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.{part}"] = torch.rand(width, generator=random) + 0.5

    layer("", 1, (4, 3, 3, 3))
    layer("", 2, (4, 1, 3, 3))
    for place in range(3):
        layer(f"layers.{place}.", 1, (16, 4, 1, 1))
        layer(f"layers.{place}.", 2, (16, 1, 3, 3))
        layer(f"layers.{place}.", 3, (4, 16, 1, 1), linear=True)
    layer("", 3, (8, 4, 1, 1))
    layer("", 4, (8, 1, 2, 2), linear=True)
    state["linear.weight"] = torch.randn(16, 8, generator=random)
    norm("bn5", 16)
    return state


def _torch(folder: Path, zipped: bool) -> Path:
    torch.save(tiny_state(), folder / "network.pt", _use_new_zipfile_serialization=zipped)
    return folder / "network.pt"


def _arrays(folder: Path) -> Path:
    arrays = {name: value.numpy() for name, value in tiny_state().items()}
    (folder / "network.pkl").write_bytes(pickle.dumps(arrays, protocol=4))
    return folder / "network.pkl"


def _safetensors(folder: Path) -> Path:
    save_file(tiny_state(), folder / "network.safetensors")
    return folder / "network.safetensors"


def _onnx(folder: Path) -> Path:
    from onnx import helper

    kit = _tests("science.recognition.imported.test_onnx_file")
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["y"]),
    ]
    return Path(kit.encoder(folder, nodes, [kit.random("k", 2, 3, 3, 3), kit.random("w", 128, 32)]))


def keras_layers() -> tuple[list[dict[str, Any]], dict[str, dict[str, np.ndarray]]]:
    """Layers and weights of a small Keras model."""
    node = _tests("science.recognition.imported.test_keras_network").node
    random = np.random.default_rng(0)
    conv = {"strides": [2, 2], "padding": "same", "use_bias": True, "activation": "relu"}
    layers = [
        node("InputLayer", "in", batch_input_shape=[None, 16, 16, 3]),
        node("Conv2D", "c", "in", **conv),
        node("BatchNormalization", "n", "c", axis=3, epsilon=0.001, center=True, scale=True),
        node("Flatten", "f", "n"),
        node("Dense", "d", "f", activation="linear", use_bias=False),
    ]

    def draw(*shape: int) -> NDArray[np.float32]:
        return random.normal(size=shape).astype(np.float32)

    norm: dict[str, np.ndarray] = {
        name: np.abs(draw(4)) + 0.5 for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    conv_weights: dict[str, np.ndarray] = {"kernel": draw(3, 3, 3, 4), "bias": draw(4)}
    return layers, {"c": conv_weights, "n": norm, "d": {"kernel": draw(256, 16)}}


def _keras(folder: Path) -> Path:
    layers, weights = keras_layers()
    _tests("science.recognition.imported.test_keras_network").write(folder / "network.h5", weights, layers)
    return folder / "network.h5"


def tfjs_model() -> tuple[dict[str, Any], bytes]:
    """The JSON of a small TensorFlow.js graph, and its shard."""
    random = np.random.default_rng(0)
    weights = {"w": random.normal(size=(3, 3, 3, 4)), "fc": random.normal(size=(4, 20))}
    entries = [{"name": name, "shape": list(part.shape), "dtype": "float32"} for name, part in weights.items()]
    entries.append({"name": "axes", "shape": [2], "dtype": "int32"})
    shard = b"".join(part.astype("<f4").tobytes() for part in weights.values()) + np.array([1, 2], "<i4").tobytes()

    def node(kind: str, name: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
        return {"name": name, "op": kind, "input": list(inputs), "attr": attributes}

    window = {"strides": {"list": {"i": ["1", "2", "2", "1"]}}, "padding": {"s": base64.b64encode(b"SAME").decode()}}
    dims = [{"size": size} for size in ("-1", "16", "16", "3")]
    nodes = [
        node("Placeholder", "in", shape={"shape": {"dim": dims}}),
        *(node("Const", str(entry["name"])) for entry in entries),
        node("Conv2D", "c", "in", "w", **window),
        node("Relu", "r", "c"),
        node("Mean", "m", "r", "axes", keep_dims={"b": False}),
        node("MatMul", "out", "m", "fc"),
    ]
    manifest = [{"paths": ["shard.bin"], "weights": entries}]
    return {"format": "graph-model", "modelTopology": {"node": nodes}, "weightsManifest": manifest}, shard


def _tfjs(folder: Path) -> Path:
    model, shard = tfjs_model()
    (folder / "model.json").write_text(json.dumps(model))
    (folder / "shard.bin").write_bytes(shard)
    return folder / "model.json"


def _shard(folder: Path) -> Path:
    return _tfjs(folder).with_name("shard.bin")


def _lite(folder: Path) -> Path:
    kit = _tests("science.recognition.imported.test_tensorflow_network")
    codes, random = kit.schema.BuiltinOperator, np.random.default_rng(0)

    def draw(*shape: int) -> NDArray[np.float32]:
        return random.normal(size=shape).astype(np.float32)

    net = kit.Lite((1, 16, 16, 3))
    window = {"strideH": 2, "strideW": 2, "dilationHFactor": 1, "dilationWFactor": 1, "fusedActivationFunction": 1}
    kernel = [0, net.constant("w", draw(4, 3, 3, 3)), net.constant("b", draw(4))]
    x = net.add(codes.CONV_2D, kernel, (1, 8, 8, 4), "Conv2DOptions", padding=0, **window)
    axes = net.constant("axes", np.array([1, 2], np.int32))
    x = net.add(codes.MEAN, [x, axes], (1, 4), "ReducerOptions", keepDims=False)
    weights = [x, net.constant("fw", draw(20, 4)), net.constant("fb", draw(20))]
    x = net.add(codes.FULLY_CONNECTED, weights, (1, 20), "FullyConnectedOptions", fusedActivationFunction=0)
    return Path(net.write(folder / "network.tflite", x))


# Generators.


def open_generator(path: Path) -> None:
    """As an import does: read it, build it, keep it, and read what was kept."""
    file = read_generator_file(path)
    build_brought(file, file.spec)
    unpack(pack(file))


def _nvidia(folder: Path, third: bool) -> Path:
    torch.manual_seed(0)
    kit = _tests("science.generation.brought_kit")
    node = _tests("science.generation.brought_kit3").stylegan3() if third else kit.stylegan2(side=8, channels=2)
    (folder / "generator.pkl").write_bytes(kit.nvidia_pickle(node))
    return folder / "generator.pkl"


def _checkpoint(folder: Path, zipped: bool) -> Path:
    torch.manual_seed(0)
    content = {"g_ema": _tests("science.generation.brought_kit").rosinality(16), "latent_avg": torch.randn(6)}
    torch.save(content, folder / "generator.pt", _use_new_zipfile_serialization=zipped)
    return folder / "generator.pt"


def _dcgan(folder: Path) -> Path:
    torch.manual_seed(0)
    state = _tests("science.generation.test_brought_dcgan").sequence(4, 2, 3).state_dict()
    torch.save({"netG_state_dict": state}, folder / "generator.pt")
    return folder / "generator.pt"


def _kept(folder: Path) -> Path:
    path = folder / "kept.safetensors"
    path.write_bytes(pack(read_generator_file(_nvidia(folder, third=False))))
    return path


# Morphable models and where their landmarks are.


def open_model(path: Path) -> None:
    """As the window does, but for the landmarks that networks find."""
    with_texture_map(replace(read_model_file(path), landmarks=None))


def _threeddfa(folder: Path) -> Path:
    _tests("science.geometry.test_model_files")._threeddfa(folder)
    return folder / "bfm_noneck_v3.pkl"


def _beside(name: str, make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    return lambda folder: make(folder).with_name(name)


def _ict(folder: Path) -> Path:
    obj, kit = _tests("science.geometry.test_model_files")._obj, _tests("science.geometry.test_model_files")
    for name, moved in (("generic_neutral_mesh", 0), ("identity000", 1), ("jawOpen", 2)):
        obj(folder / f"{name}.obj", kit.POINTS / 10 + moved, kit.FACES)
    (folder / "vertex_indices.json").write_text(json.dumps({"expressions": ["jawOpen"], "incompatibilities": []}))
    return folder / "generic_neutral_mesh.obj"


def _landmarks(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(content)
        return folder / name

    return make


_PLACES = list(range(68))
_MAPPING = "[landmark_mappings]\n" + "".join(f"{place + 1} = {place * 3} # a place\n" for place in range(60))


# Black boxes.


@contextmanager
def saying(content: bytes) -> Iterator[str]:
    """The address of a server that answers a question with these bytes, whatever they are, and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        asked, _ = listener.accept()
        with asked, suppress(OSError):  # whoever asked does not wait for the end
            asked.recv(1 << 16)
            asked.sendall(content)
            asked.shutdown(socket.SHUT_WR)
            while asked.recv(1 << 16):
                pass

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join()
        listener.close()


def ask_over_http(path: Path) -> object:
    """What an endpoint makes of an answer that a file holds."""
    with saying(path.read_bytes()) as url, Endpoint(url, timeout=2.0) as box:
        return _asked(box)


def ask_program(path: Path) -> object:
    """What is made of a program's answer that a file holds."""
    text = "import sys; sys.stdin.readline(); sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
    with Program(shlex.join([sys.executable, "-I", "-S", "-c", text, str(path)]), timeout=5.0) as box:
        return _asked(box)


def _asked(box: Any) -> object:
    return box.embed(_PICTURE)


def _http_answer(folder: Path) -> Path:
    said = json.dumps({"vector": [float(place) for place in range(20)]}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRetry-After: 1\r\nContent-Length: %d\r\n\r\n"
    (folder / "answer").write_bytes(head % len(said) + said)
    return folder / "answer"


def _line(folder: Path) -> Path:
    (folder / "line").write_text(json.dumps({"vector": [0.5] * 20}) + "\n")
    return folder / "line"


def new_kinds() -> tuple[Kind, ...]:
    """What researchers bring: networks, generators, morphable models, landmarks, black boxes."""
    tables = _tests("studio.damage_kit")
    model = {kind.name: kind.make for kind in tables.kinds()}

    def of_vertices(path: Path) -> object:
        return read_landmark_file(path, 1000)

    def shard(path: Path) -> object:
        return import_network(path.with_name("model.json"))

    return (
        Kind("encoder, ONNX", _onnx, import_network),
        Kind("encoder, PyTorch", lambda folder: _torch(folder, True), import_network),
        Kind("encoder, PyTorch of old", lambda folder: _torch(folder, False), import_network),
        Kind("encoder, pickled arrays", _arrays, import_network),
        Kind("encoder, safetensors", _safetensors, import_network),
        Kind("encoder, Keras", _keras, import_network),
        Kind("encoder, TensorFlow.js", _tfjs, import_network),
        Kind("encoder, TensorFlow.js shard", _shard, shard),
        Kind("encoder, TensorFlow Lite", _lite, import_network),
        Kind("generator, StyleGAN2", lambda folder: _nvidia(folder, False), open_generator),
        Kind("generator, StyleGAN3", lambda folder: _nvidia(folder, True), open_generator),
        Kind("generator, rosinality", lambda folder: _checkpoint(folder, True), open_generator),
        Kind("generator, rosinality of old", lambda folder: _checkpoint(folder, False), open_generator),
        Kind("generator, DCGAN", _dcgan, open_generator),
        Kind("generator, kept", _kept, lambda path: unpack(path.read_bytes()), named=False),
        Kind("model, Basel 2009", model["Basel .mat"], open_model),
        Kind("model, Basel 2019", model["Basel .h5"], open_model),
        Kind("model, 3DDFA", _threeddfa, open_model),
        Kind("model, 3DDFA's triangles", _beside("tri.pkl", _threeddfa), _opening("bfm_noneck_v3.pkl")),
        Kind("model, FLAME", model["FLAME, protocol 2"], open_model),
        Kind("model, FLAME of protocol 5", model["FLAME, protocol 5"], open_model),
        Kind("model, Surrey", model["Surrey"], open_model),
        Kind("model, ICT", _ict, open_model),
        Kind("model, ICT's index", _beside("vertex_indices.json", _ict), _opening("generic_neutral_mesh.obj")),
        Kind("landmarks, text", _landmarks("landmarks.txt", " ".join(map(str, _PLACES))), of_vertices),
        Kind("landmarks, CSV", _landmarks("landmarks.csv", "\n".join(map(str, _PLACES))), of_vertices),
        Kind("landmarks, JSON", _landmarks("landmarks.json", json.dumps({"landmarks": _PLACES})), of_vertices),
        Kind("landmarks, eos", _landmarks("ibug_to_sfm.txt", _MAPPING), of_vertices),
        Kind("answer over HTTP", _http_answer, ask_over_http, alone=False, named=False),
        Kind("answer of a program", _line, ask_program, alone=False, named=False),
    )


def _opening(name: str) -> Callable[[Path], None]:
    return lambda path: open_model(path.with_name(name))


def older_kinds() -> tuple[Kind, ...]:
    """Photographs, vectors, sessions, figures, journals, probes and what else was read before."""
    new = ("Basel", "FLAME", "Surrey", "ICT", "ONNX")
    kinds = _tests("studio.damage_kit").kinds()
    return tuple(Kind(kind.name, kind.make, kind.read, named=False) for kind in kinds if not kind.name.startswith(new))
