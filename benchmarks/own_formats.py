"""The formats of encoders' files: each is written as its makers do, read, and held against an independent computation.

The files are those that the tests write: of every layout of PyTorch's tensors, of Keras, TensorFlow.js and TensorFlow
Lite; of ONNX besides a small one the shipped encoders, as far as they are here. Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.recognition.imported import import_network
from explorer.studio import catalogue

# A layout counts as read where no number is off by more, in parts of the largest one.
READ = 1e-4
SHIPPED = ("arcface-mbf", "sface", "edgeface-s")
_TESTS = "tests.science.recognition.imported"
Numbers = NDArray[np.float64]


def measure_formats() -> tuple[dict[str, float], list[str]]:
    """By layout the largest difference from the reference, in parts of its largest number; and what was left out."""
    errors, left_out = dict[str, float](), list[str]()
    for one in SHIPPED:
        if not catalogue.is_present(catalogue.catalogue().entry(one)):
            left_out.append(f"ONNX {one}: its file is not here")
    for title, error in _errors():
        errors[title] = max(errors.get(title, 0.0), error)
        print(f"{title}: {errors[title]:.1e}", flush=True)
    return errors, left_out


def lite_by_its_makers(data: bytes, given: Tensor) -> Numbers:
    """What TensorFlow Lite itself gives for (B, 3, H, W) of the network's own input, pair by pair, as files have it."""
    lite = Interpreter(model_content=data, num_threads=1)
    lite.allocate_tensors()
    found = []
    for pair in given.permute(0, 2, 3, 1).split(2):
        lite.set_tensor(lite.get_input_details()[0]["index"], pair.float().contiguous().numpy())
        lite.invoke()
        found.append(lite.get_tensor(lite.get_output_details()[0]["index"]).copy())
    return np.concatenate(found).astype(np.float64)


def off_by(ours: Tensor | Numbers, theirs: Tensor | Numbers) -> float:
    """The largest difference, in parts of the reference's largest number."""
    one, other = (np.asarray(some, np.float64) for some in (ours, theirs))
    return float(np.abs(one - other).max() / np.abs(other).max())


def _errors() -> Iterator[tuple[str, float]]:
    for format_of in (_onnx, _pytorch, _keras, _tensorflow):
        with TemporaryDirectory() as folder, torch.no_grad():
            yield from format_of(Path(folder))


def _kit(name: str) -> Any:
    return import_module(f"{_TESTS}.{name}")


def _onnx(folder: Path) -> Iterator[tuple[str, float]]:
    known = catalogue.catalogue()
    here = {f"ONNX {one}": known.entry(one).location() for one in SHIPPED if catalogue.is_present(known.entry(one))}
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3  # older files bring a warning for each of their tensors
    for title, path in {"ONNX": _kit("test_onnx_file").flat(folder), **here}.items():
        network = import_network(path)
        image = _picture(network.sizes[0])
        session = onnxruntime.InferenceSession(str(path), quiet, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        theirs = np.concatenate([session.run(None, {name: one.numpy()})[0] for one in image.split(1)])
        yield title, off_by(network.body(image), theirs)


def _pytorch(folder: Path) -> Iterator[tuple[str, float]]:
    drawn_by: Callable[..., Any] = _kit("published").Drawn
    for case in _kit("test_state_dict_file").FILES:
        function, title, size, epsilon, prefix, extra, options = case.values
        drawn, image = drawn_by(epsilon=epsilon), _picture(size)
        expected = function(drawn, image, **options)
        tensors = {prefix + name: value for name, value in drawn.state.items()}
        torch.save(tensors | {name: torch.ones(3, 4) for name in extra}, folder / "network.pt")
        network = import_network(folder / "network.pt")
        yield f"PyTorch {title}", off_by(network.body(image), expected) if network.architecture == title else np.inf


def _keras(folder: Path) -> Iterator[tuple[str, float]]:
    kit, files, published = _kit("test_keras_network"), _kit("keras_files"), _kit("published")
    path = folder / "network.h5"
    for title, function, epsilon, options in (
        ("ResNet-50", published.keras_residual, 1e-3, {}),
        ("SENet-50", published.keras_residual, 1e-4, {"se": True}),
        ("VGG-16", published.keras_vgg16, 1e-3, {}),
    ):
        drawn, image = published.Drawn(epsilon=epsilon), _picture((224, 224))
        expected = function(drawn, image, **options)
        files.write(path, kit.keras_weights(drawn.state))
        yield f"Keras {title} (keras-vggface)", off_by(import_network(path).body(image), expected)
    layers, weights = files.facenet()
    files.write(path, weights, layers)
    image = _picture((160, 160))
    expected = files.computed(path.read_bytes(), image.permute(0, 2, 3, 1).numpy())
    yield "Keras Inception-ResNet-v1 (FaceNet)", off_by(import_network(path).body(image), expected)


def _tensorflow(folder: Path) -> Iterator[tuple[str, float]]:
    kit = _kit("test_tensorflow_network")
    lite, image = kit.write_lite(folder), _picture((17, 18))
    yield "TensorFlow Lite", off_by(import_network(lite).body(image), lite_by_its_makers(lite.read_bytes(), image))
    path, _, forward = kit.write_tfjs(folder)
    image = _picture((16, 16))
    yield "TensorFlow.js", off_by(import_network(path).body(image), forward(image.permute(0, 2, 3, 1).numpy()))


def _picture(size: tuple[int, int]) -> Tensor:
    return torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(3)) * 2 - 1
