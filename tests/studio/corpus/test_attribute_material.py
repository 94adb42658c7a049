"""What handles are learnt from: latents follow from the seeds of labels, classes are the corpus's or CelebA's own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.faces.face import Face
from explorer.science.training.corpus import SPLITS
from explorer.science.training.edits import edited
from explorer.studio.corpus.attribute_material import TRAIN, labelled_faces, pictures_of
from explorer.studio.corpus.celeba_pictures import celeba_pictures
from explorer.studio.corpus.label_collecting import labels_of, planned
from explorer.studio.corpus.label_file import write_labels
from explorer.studio.errors import UserError
from tests.science.training.folders.test_folder_readers import celeba
from tests.studio.corpus.label_kit import write_labelled


class Drawing:
    """Latents that the seed tells, and pictures that their first number tells."""

    spec = SimpleNamespace(style_layers=23)

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, truncation * z


def draw(styles, side):
    return styles[:, :3, 0, None, None].sigmoid().expand(-1, -1, side, side)


def quiet(done, total):
    """Nobody watches."""


def test_latents_follow_from_the_seeds_and_classes_from_the_labels(tmp_path):
    corpus = write_labelled(tmp_path / "corpus")
    labels = labels_of(corpus)
    file = write_labels(labels, tmp_path / "labels.safetensors")
    names, generator = ("smiling", "age"), Drawing()
    found = labelled_faces(names, generator, tmp_path, file, None, quiet)
    base, edits = labels.kinds["base"], labels.kinds["edit"]
    assert len(found.styles) == len(base) + len(edits)
    recipe = labels.corpus_recipe()
    for kind, faces, first in (("base", base, 0), ("edit", edits, len(base))):
        sample, edit = planned(recipe, kind, int(faces.columns["index"][2]), labels.directions)
        w = generator.sample(1, sample.seed, sample.psi)[1][0]
        wanted = w if edit is None else edited(generator, edit, labels.directions).w
        assert torch.allclose(found.styles.styles(torch.tensor([first + 2]))[0, 0], wanted)
    smile = np.concatenate(
        [corpus.read(name)["labels/smile"] for kind in ("base", "edit") for name in corpus.names(kind)]
    )
    assert (found.styles.classes["smiling"].numpy() > 0).tolist() == (smile >= 0.35).tolist()
    train = found.styles.split == SPLITS.index("train")
    assert abs(float(found.styles.classes["age"][train].mean())) < 0.1, "an age is parted at the median"
    assert found.medians.keys() == {"age"}
    pictures = pictures_of(found, TRAIN, 5, names, draw, "key", 16, tmp_path, quiet)
    assert pictures.kept.shape == (5, 3, 16, 16)
    assert torch.equal(pictures.signs[0], found.styles.only(TRAIN).signs(names)[0])
    assert torch.allclose(pictures.pictures(torch.tensor([0])), draw(found.styles.only(TRAIN).styles(torch.tensor([0])), 16), atol=0.01)  # noqa: E501  # fmt: skip
    with pytest.raises(UserError, match="give one of them"):
        labelled_faces(names, generator, tmp_path, file, tmp_path / "corpus", quiet)


class Detector:
    """Finds the face of light pictures."""

    def detect(self, pixels):
        if pixels.mean() < 100:
            return []
        points = np.array([[69, 109], [106, 113], [77, 142], [73, 152], [108, 154]], np.float64)
        return [Face(points, np.array([40, 60, 130, 190], np.float32), 0.9)]


def test_celeba_teaches_by_its_own_attributes_without_faces_that_are_not_found(tmp_path):
    root = celeba(tmp_path / "celeba")
    for number, light in enumerate((200, 210, 20, 220), 1):
        Image.new("RGB", (178, 218), (light,) * 3).save(root / "Img" / "img_align_celeba" / f"{number:06d}.jpg")
    names = ("smiling", "gender")
    found = celeba_pictures(root, TRAIN, 10, names, Detector(), 32, tmp_path, quiet)
    darker, lighter = found.pictures(torch.arange(2)).mean((1, 2, 3)).argsort()
    assert found.signs[darker].tolist() == [-1, -1], "the first has none of the attributes"
    assert found.signs[lighter].tolist() == [1, 1], "the second has all"
    assert found.pictures(torch.tensor([1])).mean() > 0.7
    with pytest.raises(UserError, match="lacks Young"):
        celeba_pictures(root, TRAIN, 10, ("age",), Detector(), 32, tmp_path, quiet)
    with pytest.raises(UserError, match="no usable face"):
        celeba_pictures(root, SPLITS.index("calibration"), 10, names, Detector(), 32, tmp_path, quiet)
