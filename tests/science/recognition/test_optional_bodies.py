"""The optional encoders on small files of their layouts: each is what its makers' computation gives of their input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ai_edge_litert.interpreter import Interpreter

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition import optional_bodies
from explorer.science.recognition.registry import ENCODERS, default_encoders, encoder_spec
from tests.science.recognition.imported import keras_files
from tests.science.recognition.imported.test_tensorflow_network import Lite, schema

OPTIONAL = ("facenet-irv1", "hse-mobilenet", "mobilefacenet-192")


def pictures(size: int, count: int = 2) -> torch.Tensor:
    """Coarse colours under fine noise, so that no whitening makes two alike."""
    random = torch.Generator().manual_seed(3)
    coarse = torch.nn.functional.interpolate(torch.rand(count, 3, 9, 9, generator=random), size, mode="bilinear")
    return (0.7 * coarse + 0.3 * torch.rand(count, 3, size, size, generator=random)).clamp(0, 1)


def as_file(tmp_path: Path, layers: list[dict[str, Any]], weights: dict[str, Any]) -> bytes:
    keras_files.write(tmp_path / "network.h5", weights, layers)
    return (tmp_path / "network.h5").read_bytes()


def whitened(images: torch.Tensor) -> np.ndarray:
    """David Sandberg's `prewhiten` of (B, 3, H, W) in [0, 1], channels last."""
    given = images.permute(0, 2, 3, 1).double().numpy() * 255
    return np.stack([(image - image.mean()) / max(image.std(), image.size**-0.5) for image in given])


@pytest.mark.slow
def test_facenet_is_what_its_file_says_computed_independently(tmp_path: Path) -> None:
    data = as_file(tmp_path, *keras_files.facenet())
    images = pictures(160)
    with torch.no_grad():
        ours = optional_bodies.facenet_irv1(data)(images).numpy()
    expected = keras_files.computed(data, whitened(images))
    assert np.abs(ours - expected).max() / np.abs(expected).max() < 1e-4
    assert np.abs(expected[0] - expected[1]).max() > 1e-2 * np.abs(expected).max()


@pytest.mark.slow
def test_gradients_flow_through_facenet_to_the_picture(tmp_path: Path) -> None:
    body = optional_bodies.facenet_irv1(as_file(tmp_path, *keras_files.facenet())).double()
    image = pictures(160, 1).double()
    direction = torch.randn(image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    amount = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(body(image + amount * direction).sum(), amount)
    with torch.no_grad():
        numeric = (body(image + 1e-7 * direction).sum() - body(image - 1e-7 * direction).sum()) / 2e-7
    torch.testing.assert_close(slope, numeric, rtol=1e-3, atol=1e-4)


def test_facenet_wants_the_layers_and_not_weights_alone(tmp_path: Path) -> None:
    keras_files.write(tmp_path / "weights.h5", {"a": {"kernel": np.ones((2, 2), "f4")}})
    with pytest.raises(NetworkFileError, match="layers are needed"):
        optional_bodies.facenet_irv1((tmp_path / "weights.h5").read_bytes())


def joined(kernel: np.ndarray) -> bytes:
    """A graph of one convolution as HSE's is kept: its JSON, then its weights in half precision."""
    sizes = [{"size": str(n)} for n in (-1, 224, 224, 3)]
    window = {"strides": {"list": {"i": ["1", "2", "2", "1"]}}, "padding": {"s": "VkFMSUQ="}}
    topology = [
        {"name": "w", "op": "Const", "attr": {}},
        {"name": "input_1", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": sizes}}}},
        {"name": "axes", "op": "Const", "attr": {}},
        {"name": "conv", "op": "Conv2D", "input": ["input_1", "w"], "attr": window},
        {"name": "global_pooling/Mean", "op": "Mean", "input": ["conv", "axes"], "attr": {"keep_dims": {"b": False}}},
        {"name": "gender", "op": "Relu", "input": ["global_pooling/Mean"], "attr": {}},
    ]
    listed = [
        {"name": "w", "shape": list(kernel.shape), "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "axes", "shape": [2], "dtype": "int32"},
    ]
    model = {
        "modelTopology": {"node": topology},
        "signature": {"outputs": {"gender": {"name": "gender"}}},
        "weightsManifest": [{"paths": ["a.bin"], "weights": listed[:1]}, {"paths": ["b.bin"], "weights": listed[1:]}],
        "made by": "someone in Nižnij Novgorod",
    }
    text = json.dumps(model, ensure_ascii=False, indent=1).encode()
    return text + kernel.astype("<f2").tobytes() + np.array([1, 2], "<i4").tobytes()


def test_hse_is_fed_in_bgr_less_the_means_and_gives_what_it_pools() -> None:
    kernel = np.random.default_rng(0).normal(size=(2, 2, 3, 32)).astype("f2")
    images = pictures(224)
    with torch.no_grad():
        ours = optional_bodies.hse_mobilenet(joined(kernel))(images).numpy()
    given = images.numpy()[:, ::-1].transpose(0, 2, 3, 1) * 255.0 - np.array([103.939, 116.779, 123.68])
    fields = given.reshape(len(given), 112, 2, 112, 2, 3)
    expected = np.einsum("bhiwjc,ijco->bo", fields, kernel.astype(float)) / 112**2
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_file_that_breaks_off_is_refused(share: float) -> None:
    whole = joined(np.ones((2, 2, 3, 32)))
    with pytest.raises(NetworkFileError):
        optional_bodies.hse_mobilenet(whole[: int(share * len(whole))])


def test_mobilefacenet_is_what_lite_computes_of_a_pair(tmp_path: Path) -> None:
    """A batch of two is baked into the file, as into the real one; ours takes any."""
    random, op = np.random.default_rng(0), schema.BuiltinOperator
    net = Lite((2, 112, 112, 3))
    options = {"strideH": 28, "strideW": 28, "dilationHFactor": 1, "dilationWFactor": 1, "fusedActivationFunction": 0}
    weight = random.normal(size=(16, 28, 28, 3)).astype("f4") / 48
    held = [net.constant("w", weight), net.constant("b", random.normal(size=16).astype("f4"))]
    convolved = net.add(op.CONV_2D, [0, *held], (2, 4, 4, 16), "Conv2DOptions", padding=1, **options)
    axes = net.constant("axes", np.array([1, 2], np.int32))
    path = net.write(
        tmp_path / "net.tflite", net.add(op.MEAN, [convolved, axes], (2, 16), "ReducerOptions", keepDims=0)
    )
    images = pictures(112)
    with torch.no_grad():
        body = optional_bodies.mobilefacenet_192(path.read_bytes())
        ours, alone = body(images).numpy(), body(images[:1]).numpy()
    lite = Interpreter(model_content=path.read_bytes())
    lite.allocate_tensors()
    lite.set_tensor(lite.get_input_details()[0]["index"], (images.permute(0, 2, 3, 1).numpy() * 255 - 127.5) / 127.5)
    lite.invoke()
    np.testing.assert_allclose(ours, lite.get_tensor(lite.get_output_details()[0]["index"]), atol=1e-5)
    np.testing.assert_allclose(alone, ours[:1], atol=1e-5)


@pytest.mark.parametrize("encoder", OPTIONAL)
def test_a_foreign_file_is_refused(encoder: str) -> None:
    with pytest.raises(NetworkFileError):
        ENCODERS[encoder].body(b"GIF89a, not a network")


def test_optional_encoders_are_known_and_no_default() -> None:
    assert default_encoders() == ("arcface-mbf", "sface", "edgeface-s", "dlib-resnet")
    assert [name for name, entry in ENCODERS.items() if entry.spec.optional] == list(OPTIONAL)
    assert [name for name, entry in ENCODERS.items() if entry.spec.judges_only] == ["mobilefacenet-192"]
    assert [encoder_spec(name).template.size for name in OPTIONAL] == [160, 224, 112]
    assert encoder_spec("mobilefacenet-192").template == ARCFACE_112
