"""Each labeller's network against its reference runtime, or its layers spelled out."""

from __future__ import annotations

import dlib
import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.science.faces.alignment import as_image
from explorer.science.leakage.labels import parsing
from explorer.science.leakage.labels.expression import Expression
from explorer.science.leakage.labels.histogram import binned, counts
from explorer.science.leakage.labels.landmarks import DETECTOR_BOX, LandmarkPredictor, interocular, points_of
from explorer.science.leakage.labels.mesh import BLENDSHAPES, READ_BY_BLENDSHAPES, FaceMesh
from explorer.science.leakage.labels.parsing import CLASSES, FaceParsing, areas
from explorer.science.leakage.labels.smile import smile
from explorer.science.networks.onnx_graph import OnnxGraph


@pytest.mark.slow
def test_landmarks_are_dlibs_own(label_files, astronaut_crop):
    frame, _ = astronaut_crop
    predictor = dlib.shape_predictor(str(label_files["dlib-landmarks-68"]))
    left, top, right, bottom = (round(448 * edge) for edge in DETECTOR_BOX)
    shape = predictor(frame, dlib.rectangle(left, top, right - 1, bottom - 1))
    expected = [(shape.part(i).x + 0.5, shape.part(i).y + 0.5) for i in range(68)]
    ours = LandmarkPredictor(label_files["dlib-landmarks-68"])
    np.testing.assert_array_equal(points_of(ours.shape(frame)), expected)


@pytest.mark.slow
def test_landmarks_hardly_differ_from_those_in_the_box_of_dlibs_detector(label_files, astronaut_crop):
    frame, _ = astronaut_crop
    ours = LandmarkPredictor(label_files["dlib-landmarks-68"])
    (box,) = dlib.get_frontal_face_detector()(frame, 0)
    detected = points_of(dlib.shape_predictor(str(label_files["dlib-landmarks-68"]))(frame, box))
    framed = points_of(ours.shape(frame))
    assert np.linalg.norm(detected - framed, axis=1).mean() < 0.03 * interocular(framed)


@pytest.mark.parametrize(("network", "size"), [("dlib-age", 64), ("dlib-gender", 32)])
def test_age_and_gender_equal_onnxruntime(label_files, network, size):
    data = label_files[network].read_bytes()
    images = np.random.default_rng(0).normal(0, 0.3, (2, 3, size, size)).astype(np.float32)
    expected = onnxruntime.InferenceSession(data).run(None, {"images": images})[0]
    with torch.no_grad():
        ours = OnnxGraph(data)(torch.from_numpy(images))[0].numpy()
    assert np.abs(ours - expected).max() < 1e-5


def test_the_expression_network_equals_its_layers(label_files):
    data = label_files["pyemotion"]
    state = torch.load(data, map_location="cpu", weights_only=True)["network"]
    channels = [1, 32, 64, 128, 256]
    reference = nn.Module()
    for layer in range(1, 5):
        block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels[layer - 1], channels[layer], 3, 1 if layer == 1 else 2),
            nn.BatchNorm2d(channels[layer]),
            nn.ReLU(),
        )
        reference.add_module(f"conv_{layer}", block)
    reference.add_module("linear", nn.Sequential(nn.Linear(9216, 256), nn.ReLU(), nn.Linear(256, 7)))
    reference.load_state_dict(state, strict=True)
    reference.eval()
    x = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        features = x
        for layer in range(1, 5):
            features = reference.get_submodule(f"conv_{layer}")(features)
        expected = reference.get_submodule("linear")(features.flatten(1))
        torch.testing.assert_close(Expression(data.read_bytes())(x), expected, atol=1e-3, rtol=1e-4)


def test_a_folded_convolution_is_convolution_and_normalisation(label_files):
    state = torch.load(label_files["face-parsing"], map_location="cpu", weights_only=True)
    folded = parsing._Convolution(state, "ffm.convblk.conv", "ffm.convblk.bn")
    x = torch.randn(2, 256, 5, 6, generator=torch.Generator().manual_seed(0))
    norm = [state[f"ffm.convblk.bn.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    expected = functional.relu(functional.batch_norm(functional.conv2d(x, state["ffm.convblk.conv.weight"]), *norm))
    torch.testing.assert_close(folded(x), expected, atol=1e-4, rtol=1e-4)


class _Watched(dict):
    """A checkpoint that notes which of its tensors are asked for."""

    def __init__(self, state) -> None:
        super().__init__(state)
        self.asked: set[str] = set()

    def __getitem__(self, name: str):
        self.asked.add(name)
        return super().__getitem__(name)


def test_face_parsing_uses_every_tensor_but_those_of_the_training_heads(label_files, monkeypatch):
    watched = _Watched(torch.load(label_files["face-parsing"], map_location="cpu", weights_only=True))
    monkeypatch.setattr(parsing, "_read", lambda data: watched)
    FaceParsing(b"")
    left = {name for name in watched if name not in watched.asked and not name.endswith("num_batches_tracked")}
    assert {name.split(".")[0] for name in left} == {"conv_out16", "conv_out32"}


def test_face_parsing_finds_the_parts_where_they_are(label_files, astronaut_crop):
    frame, points = astronaut_crop
    network = FaceParsing(label_files["face-parsing"].read_bytes())
    classes = network.classes(as_image(frame))[0]
    assert classes.shape == (224, 224)

    def seen(x: float, y: float) -> str:
        return CLASSES[int(classes[int(y / 2), int(x / 2)])]

    left, right, nose, mouth_left, mouth_right = points
    assert seen(*nose) == "nose"
    assert {seen(*left), seen(*right)} <= {"left eye", "right eye"}
    assert seen(*((mouth_left + mouth_right) / 2)) in {"mouth", "upper lip", "lower lip"}
    assert seen(*((left + right) / 2 - (0, 50))) == "skin"
    assert seen(224, 60) == "hair"
    mirrored = areas(network.classes(as_image(np.ascontiguousarray(frame[:, ::-1]))))[0]
    plain = areas(classes[None])[0]
    for name in ("skin", "hair", "nose"):
        assert mirrored[CLASSES.index(name)] == pytest.approx(float(plain[CLASSES.index(name)]), rel=0.1)


def test_the_mesh_lies_on_the_landmarks(label_files, astronaut_crop):
    frame, _ = astronaut_crop
    mesh = FaceMesh(label_files["mediapipe-face"].read_bytes())(frame)
    landmarks = points_of(LandmarkPredictor(label_files["dlib-landmarks-68"]).shape(frame))
    corners = mesh.points[[33, 133, 362, 263, 61, 291], :2]
    away = np.linalg.norm(corners - landmarks[[36, 39, 42, 45, 48, 54]], axis=1)
    assert away.max() < 0.08 * interocular(landmarks)


def test_a_mirrored_face_has_the_mirrored_mesh_and_the_same_smile(label_files, astronaut_crop):
    frame, _ = astronaut_crop
    find = FaceMesh(label_files["mediapipe-face"].read_bytes())
    plain, mirrored = find(frame), find(np.ascontiguousarray(frame[:, ::-1]))
    nose = mirrored.points[1, :2] * (-1, 1) + (448, 0)
    assert np.linalg.norm(nose - plain.points[1, :2]) < 5
    assert smile(mirrored.blendshapes) == pytest.approx(smile(plain.blendshapes), abs=0.1)


def test_the_lists_of_the_mesh_are_complete():
    assert len(BLENDSHAPES) == len(set(BLENDSHAPES)) == 52
    assert len(READ_BY_BLENDSHAPES) == len(set(READ_BY_BLENDSHAPES)) == 146


@pytest.mark.parametrize("bins", [10, 16, 256])
def test_bins_are_numpys(bins):
    frame = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    levels = counts(frame)
    assert levels.sum(1).tolist() == [400, 400, 400]
    for colour in range(3):
        expected, _ = np.histogram(frame[..., colour], bins, (-0.5, 255.5))
        np.testing.assert_allclose(binned(levels, bins)[colour], expected / 400, atol=1e-7)
