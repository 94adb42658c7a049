"""Generated faces are FFHQ frames, so framing them by their detected points must change almost nothing."""

from __future__ import annotations

import pytest
import torch

from explorer.science.faces.alignment import frame_matrix, transform
from explorer.science.faces.detection import Detector
from explorer.science.generation.registry import DEFAULT_GENERATOR, generator_spec, load_generator
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
