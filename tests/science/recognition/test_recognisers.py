"""Every encoder against its reference runtime, its gradient, and its batch."""

import copy

import dlib
import numpy as np
import onnxruntime
import pytest
import torch

from explorer.science.faces.alignment import ARCFACE_112, align, face_image
from explorer.science.faces.reading import read_file
from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.registry import ENCODERS, encoder_spec, load_encoder
from explorer.studio import catalogue, places

# Limits of the largest absolute difference between two float32 runtimes; EdgeFace's long chains round more.
TOLERANCE = {"arcface-mbf": 1e-5, "sface": 1e-5, "edgeface-s": 1e-4, "dlib-resnet": 1e-5}


def onnx_reference(encoder: str, images: np.ndarray) -> np.ndarray:
    """Embed (B, 3, 112, 112) RGB 0..255 as the network's makers say."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(catalogue.path(encoder).read_bytes(), options)
    scaled = images if encoder == "sface" else (images - 127.5) / 127.5
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: one[None].astype(np.float32)})[0] for one in scaled])


def dlib_reference(images: np.ndarray) -> np.ndarray:
    network = dlib.face_recognition_model_v1(str(catalogue.path("dlib-resnet")))
    return np.array([network.compute_face_descriptor(np.ascontiguousarray(one.transpose(1, 2, 0))) for one in images])


@pytest.fixture(scope="module")
def images(networks) -> dict[int, np.ndarray]:
    """Real aligned faces and noise, (B, 3, S, S) uint8 RGB, by the template's size."""
    made: dict[int, list[np.ndarray]] = {112: [], 150: []}
    generator = np.random.default_rng(0)
    for path in sorted((places.resources() / "faces").glob("*.[jpw]*g")):
        photograph = read_file(path)
        image, points = face_image(photograph, networks.detector().detect(photograph.pixels)[0])
        for encoder in ("arcface-mbf", "dlib-resnet"):
            template = encoder_spec(encoder).template
            made[template.size].append((align(image, points, template)[0] * 255).round().byte().numpy())
    for size, faces in made.items():
        assert faces, "no sample faces to test on"
        coarse = generator.integers(0, 256, (3, 8, 8)).repeat(size // 8 + 1, 1).repeat(size // 8 + 1, 2)
        faces += [
            generator.integers(0, 256, (3, size, size)).astype(np.uint8),
            coarse[:, :size, :size].astype(np.uint8),
        ]
    return {size: np.stack(faces) for size, faces in made.items()}


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_equals_the_reference_runtime(encoder, images, networks):
    faces = images[encoder_spec(encoder).template.size]
    expected = dlib_reference(faces) if encoder == "dlib-resnet" else onnx_reference(encoder, faces)
    with torch.no_grad():
        ours = networks.recogniser(encoder)(torch.from_numpy(faces).float() / 255).numpy()
    assert ours.shape == (len(faces), encoder_spec(encoder).dimension)
    assert np.abs(ours - expected).max() <= TOLERANCE[encoder]


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_a_batch_is_its_faces_one_by_one(encoder, images, networks):
    faces = torch.from_numpy(images[encoder_spec(encoder).template.size][:3]).float() / 255
    recogniser = networks.recogniser(encoder)
    with torch.no_grad():
        torch.testing.assert_close(
            recogniser(faces), torch.cat([recogniser(one) for one in faces.split(1)]), atol=1e-5, rtol=1e-4
        )


@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_the_gradient_through_the_alignment_is_the_slope(encoder, images, networks):
    """The derivative along a random direction equals the central difference, through warp and encoder."""
    recogniser = copy.deepcopy(networks.recogniser(encoder)).double()
    face = torch.from_numpy(images[112][0]).double()[None] / 255 * 0.8 + 0.1
    points = torch.tensor(ARCFACE_112.points, dtype=torch.float64)[None] + 1.5
    random = torch.Generator().manual_seed(1)
    direction = torch.randn(1, 3, 112, 112, dtype=torch.float64, generator=random)
    along = torch.randn(recogniser.spec.dimension, dtype=torch.float64, generator=random)
    amount = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def value(amount: torch.Tensor) -> torch.Tensor:
        return (recogniser.embed(face + amount * direction, points)[0] * along).sum()

    # So small that hardly any of the network's rectifiers changes sides within it.
    step = torch.tensor(1e-8, dtype=torch.float64)
    with torch.no_grad():
        numeric = (value(step) - value(-step)) / (2 * step)
    (slope,) = torch.autograd.grad(value(amount), amount)
    torch.testing.assert_close(slope[0], numeric, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS.names())
def test_a_foreign_file_is_refused(encoder):
    with pytest.raises(NetworkFileError):
        load_encoder(encoder, b"GIF89a, not a network")


def test_an_unknown_encoder_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="arcface-mbf"):
        encoder_spec("facenet")
