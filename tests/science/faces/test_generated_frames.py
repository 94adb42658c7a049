"""Generated faces are FFHQ frames, so framing them by their detected points must change almost nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import frame_matrix, transform
from explorer.science.faces.detection import Detector
from explorer.science.generation.registry import DEFAULT_GENERATOR, generator_spec, load_generator
from explorer.science.inversion.step import to_uint8
from explorer.studio import catalogue


@pytest.mark.slow
def test_generated_faces_are_found_where_ffhq_puts_them(detector: Detector) -> None:
    files = [catalogue.path(network).read_bytes() for network in generator_spec(DEFAULT_GENERATOR).networks]
    generator = load_generator(DEFAULT_GENERATOR, files, {})
    with torch.no_grad():
        images = generator.image(generator.styles(generator.sample(4, seed=1)[1], "W"), 512)
    points, found = detector.points_in_frame(images)
    assert found.all()
    matrices = frame_matrix(points, 512)
    scales = torch.linalg.det(matrices[..., :2]).sqrt()
    torch.testing.assert_close(scales, torch.ones(4), atol=0.15, rtol=0)
    assert abs(scales.mean() - 1) < 0.05
    centres = transform(matrices, torch.full((1, 2), 256.0))
    torch.testing.assert_close(centres, torch.full((4, 1, 2), 256.0), atol=16, rtol=0)


@pytest.mark.slow
def test_faces_looked_for_together_are_found_where_each_is_alone(detector: Detector) -> None:
    files = [catalogue.path(network).read_bytes() for network in generator_spec(DEFAULT_GENERATOR).networks]
    generator = load_generator(DEFAULT_GENERATOR, files, {})
    with torch.no_grad():
        images = generator.image(generator.styles(generator.sample(5, seed=1)[1], "W"), 512)
    pictures = [to_uint8(image) for image in images]
    # Of different sizes, and one without a face.
    pictures = [pictures[0], pictures[1][::2, ::2], np.zeros((300, 300, 3), np.uint8), *pictures[2:]]
    together = detector.detect_in_frames(pictures)
    assert [face is None for face in together] == [False, False, True, False, False, False]
    for pixels, face in zip(pictures, together, strict=True):
        alone = detector.detect_in_frame(pixels)
        assert (alone is None) == (face is None)
        if alone is not None and face is not None:
            np.testing.assert_allclose(face.points, alone.points, atol=2e-3)
            assert face.score == pytest.approx(alone.score, abs=1e-4)
    assert detector.detect_in_frames([]) == []
