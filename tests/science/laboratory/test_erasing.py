"""Directions that tell an attribute are found, and what they told is gone."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.laboratory.erasing import fisher_directions, nullspace_projections


def planted(faces=4000, size=24, classes=2, strength=1.0, seed=0):
    """Faces whose class moves them along known directions, and these (size, classes - 1)."""
    random = torch.Generator().manual_seed(seed)
    ways = torch.linalg.qr(torch.randn(size, classes, generator=random))[0].T
    of = torch.arange(faces) % classes
    embeddings = torch.randn(faces, size, generator=random) / size**0.5 + strength * ways[of]
    return embeddings, of, (ways[1:] - ways[0]).T


@pytest.mark.parametrize("classes", [2, 3])
def test_the_planted_direction_is_found_exactly(classes):
    embeddings, of, ways = planted(classes=classes)
    found = fisher_directions(embeddings, of).float()
    # Within the plane that the classes differ in lies all that is found, but for the noise of so many faces.
    plane = torch.linalg.qr(ways)[0]
    inside = (plane.T @ F.normalize(found, dim=0)).norm(dim=0)
    assert (inside > 0.99).all()


def test_after_the_planted_direction_is_removed_class_means_are_the_same_and_the_rest_stays():
    embeddings, of, ways = planted(faces=20_000)
    _, eraser = nullspace_projections(embeddings, of, most=1)
    assert eraser.removed == 1
    way = F.normalize(ways[:, 0], dim=0)
    assert float((eraser.basis[:, 0] @ way).abs()) > 0.998
    directions = F.normalize(embeddings, dim=-1)
    projected = directions - (directions - eraser.centre) @ eraser.basis @ eraser.basis.T
    before = _apart(directions, of)
    assert _apart(projected, of) < 0.05 * before
    across = torch.eye(24) - eraser.basis @ eraser.basis.T
    assert torch.allclose(projected @ across, directions @ across, atol=1e-5)


def _apart(values, of):
    return float((values[of == 1].mean(0) - values[of == 0].mean(0)).norm())


def test_directions_are_orthonormal_and_as_many_as_asked_for():
    embeddings, of, _ = planted(faces=300)
    erasers = list(nullspace_projections(embeddings, of, most=6))
    assert [one.removed for one in erasers] == list(range(7))
    basis = erasers[-1].basis
    assert torch.allclose(basis.T @ basis, torch.eye(6), atol=1e-4)
    assert torch.equal(erasers[-1].first(2).basis, basis[:, :2])
    assert torch.allclose(erasers[2].basis @ erasers[2].basis.T @ basis[:, :2], basis[:, :2], atol=1e-3)


def test_nothing_is_removed_at_first_and_the_same_is_found_every_time():
    embeddings, of, _ = planted(faces=200)
    first, *_, last = nullspace_projections(embeddings, of, most=3)
    assert torch.allclose(first(embeddings), F.normalize(embeddings, dim=-1), atol=1e-6)
    *_, again = nullspace_projections(embeddings, of, most=3)
    assert torch.equal(last.basis, again.basis)


def test_the_length_of_an_embedding_decides_nothing():
    embeddings, of, _ = planted(faces=200)
    *_, eraser = nullspace_projections(embeddings, of, most=2)
    assert torch.allclose(eraser(embeddings), eraser(7 * embeddings), atol=1e-5)
