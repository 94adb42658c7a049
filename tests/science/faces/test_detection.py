"""The detector against onnxruntime, against points read off a photograph, and against the symmetries of the plane."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from explorer.science.faces.alignment import as_image, crop_frame, frame_matrix
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.networks.errors import NetworkFileError
from explorer.studio import catalogue

pytestmark = pytest.mark.slow

# Pupils, nose tip and mouth corners of the astronaut, read off an enlargement by eye.
ASTRONAUT = np.array([[204.2, 101.2], [246.6, 102.8], [224.0, 128.5], [202.3, 139.9], [244.5, 141.5]])
MIRRORED = [1, 0, 2, 4, 3]
Pixels = NDArray[np.uint8]


def only(faces: list[Face]) -> Face:
    assert len(faces) == 1
    return faces[0]


def between_eyes(points: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(points[0] - points[1]))


@pytest.fixture(scope="module")
def reference() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(catalogue.path("scrfd-500m")), providers=["CPUExecutionProvider"])


def decode(outputs: dict[str, NDArray[np.float32]], width: int, batch: int) -> tuple[NDArray[np.float32], ...]:
    """SCRFD's outputs as its authors read them, anchor by anchor: (N,) scores, (N, 4) boxes, (N, 5, 2) points."""
    scores, boxes, points = [], [], []
    for stride in (8, 16, 32):
        columns = width // stride
        rows = zip(*(outputs[f"{kind}_{stride}"][batch] for kind in ("score", "bbox", "kps")), strict=True)
        for i, (score, box, five) in enumerate(rows):
            x, y = stride * (i // 2 % columns), stride * (i // 2 // columns)
            left, top, right, bottom = box * stride
            scores.append(score[0])
            boxes.append((x - left, y - top, x + right, y + bottom))
            points.append([(x + dx * stride, y + dy * stride) for dx, dy in five.reshape(5, 2)])
    return np.array(scores), np.array(boxes), np.array(points)


def test_the_network_and_its_anchors_equal_the_reference_runtime(
    detector: Detector, reference: onnxruntime.InferenceSession, astronaut: Photograph
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 320, 3), dtype=np.uint8)
    pictures = np.stack([astronaut.pixels[:256, 100:420], noise])
    image = torch.cat([as_image(picture) for picture in pictures])
    ours = detector._candidates(image)
    given = ((pictures.astype(np.float32) - 127.5) / 128).transpose(0, 3, 1, 2)
    names = [output.name for output in reference.get_outputs()]
    outputs = dict(zip(names, reference.run(names, {reference.get_inputs()[0].name: given}), strict=True))
    for batch in range(2):
        scores, boxes, points = decode(outputs, 320, batch)
        np.testing.assert_allclose(ours.scores[batch], scores, atol=1e-5)
        np.testing.assert_allclose(ours.boxes[batch], boxes, atol=2e-3)
        np.testing.assert_allclose(ours.points[batch], points, atol=2e-3)
    assert ours.scores[0].max() > 0.7 > 0.3 > ours.scores[1].max()


def test_the_astronaut_is_where_she_is(detector: Detector, astronaut: Photograph) -> None:
    face = only(detector.detect(astronaut.pixels))
    assert np.linalg.norm(face.points - ASTRONAUT, axis=1).max() < 2.5
    left, top, right, bottom = face.box
    assert (face.points > (left, top)).all()
    assert (face.points < (right, bottom)).all()
    assert 0.7 < face.score <= 1


def test_a_mirrored_photograph_has_mirrored_points(detector: Detector, astronaut: Photograph) -> None:
    face = only(detector.detect(astronaut.pixels))
    mirrored = only(detector.detect(np.ascontiguousarray(astronaut.pixels[:, ::-1]))).points[MIRRORED]
    mirrored[:, 0] = astronaut.pixels.shape[1] - mirrored[:, 0]
    assert np.abs(mirrored - face.points).max() < 0.03 * between_eyes(face.points)


@pytest.mark.parametrize("angle", [-150, -90, -40, 20, 60, 90, 180])
def test_points_turn_with_the_photograph(detector: Detector, portrait: Photograph, angle: float) -> None:
    """At every angle the eye on the left of the upright face comes first."""
    face = only(detector.detect(portrait.pixels))
    turn = cv2.getRotationMatrix2D((319.5, 319.5), angle, 0.8)
    turned = cv2.warpAffine(portrait.pixels, turn, (640, 640), borderValue=(120, 120, 120))
    expected = (face.points - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5
    found = detector.detect(np.asarray(turned, np.uint8))[0].points
    assert np.linalg.norm(found - expected, axis=1).max() < 0.08 * between_eyes(expected)


@pytest.mark.parametrize("scale", [0.2, 0.5, 3.0])
def test_points_scale_with_the_photograph(detector: Detector, portrait: Photograph, scale: float) -> None:
    face = only(detector.detect(portrait.pixels))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(portrait.pixels, None, fx=scale, fy=scale, interpolation=method)
    found = only(detector.detect(np.asarray(scaled, np.uint8))).points
    assert np.linalg.norm(found / scale - face.points, axis=1).max() < 0.05 * between_eyes(face.points)


@pytest.mark.slow
def test_a_face_that_fills_the_photograph_is_found(detector: Detector, portrait: Photograph) -> None:
    face = only(detector.detect(portrait.pixels))
    left, top, right, bottom = (round(edge) for edge in face.box)
    close = np.asarray(cv2.resize(portrait.pixels[top + 20 : bottom, left:right], (1300, 1750)), np.uint8)
    found = only(detector.detect(close)).points
    expected = (face.points - (left, top + 20)) * (1300 / (right - left), 1750 / (bottom - top - 20))
    assert np.linalg.norm(found - expected, axis=1).max() < 0.08 * between_eyes(expected)


@pytest.mark.slow
def test_a_small_face_in_a_large_photograph_is_found(detector: Detector, portrait: Photograph) -> None:
    """30 px wide in 5 megapixels: invisible once the whole is shrunk to 640."""
    small = cv2.resize(portrait.pixels, (72, 72), interpolation=cv2.INTER_AREA)
    wide = np.full((2000, 2500, 3), 110, np.uint8)
    wide[900:972, 1800:1872] = small
    face = only(detector.detect(wide))
    expected = only(detector.detect(portrait.pixels)).points * (72 / 640) + (1800, 900)
    assert np.linalg.norm(face.points - expected, axis=1).max() < 0.2 * between_eyes(expected)


def test_every_face_is_found_and_the_most_prominent_comes_first(
    detector: Detector, portrait: Photograph, astronaut: Photograph
) -> None:
    canvas = np.full((700, 1500, 3), 90, np.uint8)
    canvas[30:670, 430:1070] = portrait.pixels
    canvas[30:286, 100:356] = astronaut.pixels[20:276, 100:356]
    canvas[400:656, 1150:1406] = astronaut.pixels[20:276, 100:356]
    faces = detector.detect(canvas)
    assert len(faces) == 3
    centres = [face.points.mean(0) for face in faces]
    assert 430 < centres[0][0] < 1070
    small = only(detector.detect(astronaut.pixels)).points - (100, 20)
    for corner in ((100, 30), (1150, 400)):
        nearest = min(faces, key=lambda face: np.linalg.norm(face.points - small - corner))
        assert np.linalg.norm(nearest.points - small - corner, axis=1).max() < 3


@pytest.mark.parametrize("shape", [(1, 1), (3, 5000), (5000, 2), (31, 33), (700, 700)])
def test_where_there_is_no_face_none_is_found(detector: Detector, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    assert detector.detect(np.full((*shape, 3), 127, np.uint8)) == []
    assert detector.detect(rng.integers(0, 256, (*shape, 3), dtype=np.uint8)) == []


@pytest.fixture(scope="module")
def frame(detector: Detector, portrait: Photograph) -> Pixels:
    return crop_frame(portrait, only(detector.detect(portrait.pixels)), 512).frame


def test_a_frame_is_its_own_frame(detector: Detector, frame: Pixels) -> None:
    """What was framed by its points is found to be framed already."""
    points, found = detector.points_in_frame(as_image(frame))
    assert found.all()
    matrix = frame_matrix(points, 512)[0]
    torch.testing.assert_close(matrix[:, :2], torch.eye(2), atol=0.02, rtol=0)
    assert matrix[:, 2].abs().max() < 0.02 * 512


def test_points_in_a_frame_agree_with_detection(detector: Detector, frame: Pixels) -> None:
    points, _ = detector.points_in_frame(as_image(frame))
    slow = only(detector.detect(frame)).points
    assert np.linalg.norm(points[0].numpy() - slow, axis=1).max() < 0.03 * between_eyes(slow)


@pytest.mark.parametrize("resolution", [128, 256, 1024])
def test_points_in_a_frame_do_not_depend_on_its_resolution(detector: Detector, frame: Pixels, resolution: int) -> None:
    expected, _ = detector.points_in_frame(as_image(frame))
    method = cv2.INTER_AREA if resolution < 512 else cv2.INTER_CUBIC
    other = cv2.resize(frame, (resolution, resolution), interpolation=method)
    points, found = detector.points_in_frame(as_image(np.asarray(other, np.uint8)))
    assert found.all()
    torch.testing.assert_close(points * (512 / resolution), expected, atol=4, rtol=0)


def test_a_batch_of_frames_equals_its_members_and_their_mirror_images(detector: Detector, frame: Pixels) -> None:
    noise = torch.rand(1, 3, 512, 512, generator=torch.Generator().manual_seed(2))
    image = as_image(frame)
    batch = torch.cat([image, noise, image.flip(-1), torch.zeros_like(image)]).requires_grad_()
    points, found = detector.points_in_frame(batch)
    assert found.tolist() == [True, False, True, False]
    assert not points.requires_grad
    alone, _ = detector.points_in_frame(image)
    torch.testing.assert_close(points[:1], alone, atol=1e-3, rtol=0)
    mirrored = points[2, MIRRORED]
    torch.testing.assert_close(512 - mirrored[:, 0], points[0, :, 0], atol=1e-2, rtol=0)
    torch.testing.assert_close(mirrored[:, 1], points[0, :, 1], atol=1e-2, rtol=0)


def test_another_network_is_refused() -> None:
    with pytest.raises(NetworkFileError):
        Detector(b"not a network")
    with pytest.raises(NetworkFileError, match="no output called"):
        Detector(catalogue.path("sface").read_bytes())


def test_a_search_can_be_ended_at_any_moment(detector: Detector, portrait: Photograph) -> None:
    """However often it may proceed before, what the caller raises comes out and nothing else happens."""

    class Ended(Exception):  # noqa: N818
        pass

    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    detector.detect(portrait.pixels, proceed=count)
    assert calls >= 3
    for allowed in range(calls):
        left = iter(range(allowed))

        def proceed(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Ended

        with pytest.raises(Ended):
            detector.detect(portrait.pixels, proceed=proceed)
