"""A corpus of photographs: a small tree of synthetic people in CelebA's layout, seen, embedded and labelled."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.science.training.corpus import SPLITS
from explorer.studio import catalogue
from explorer.studio.app import cli
from explorer.studio.corpus.folders import FolderRecipe, FolderWork, listing_of, numbers_of
from explorer.studio.corpus.shards import ShardName, begin
from explorer.studio.errors import UserError

NAMES = [f"Attribute_{number}" for number in range(37)] + ["Eyeglasses", "Wearing_Hat", "Male"]
POINTS = " ".join(f"{p}_{a}" for p in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth") for a in "xy")


@pytest.fixture
def tree(tmp_path) -> Path:
    """Two portraits and a picture without a face; every attribute of the first is 1, of the others -1."""
    folder = tmp_path / "CelebA" / "img_align_celeba"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(catalogue.path("openpeople")) as archive:
        portraits = sorted(name for name in archive.namelist() if "portrait" in name.lower())[:2]
        for number, portrait in enumerate(portraits, 1):
            image = Image.open(io.BytesIO(archive.read(portrait))).convert("RGB")
            image.thumbnail((400, 400))
            image.save(folder / f"{number:06d}.jpg", quality=95)
    Image.new("RGB", (178, 218), "green").save(folder / "000003.jpg")
    files = [f"{number:06d}.jpg" for number in range(1, 4)]
    top = folder.parent
    signs = [" ".join([sign] * 40) for sign in ("1", "-1", "-1")]
    (top / "list_attr_celeba.txt").write_text(
        "\n".join(["3", " ".join(NAMES), *(f"{f} {s}" for f, s in zip(files, signs, strict=True))])
    )
    (top / "list_landmarks_align_celeba.txt").write_text(
        "\n".join(["3", POINTS, *(f"{f} 160 160 240 160 200 200 170 240 230 240" for f in files)])
    )
    (top / "list_eval_partition.txt").write_text("\n".join(f"{f} {p}" for f, p in zip(files, "021", strict=True)))
    return top


@pytest.mark.slow
def test_photographs_become_shards_like_those_of_generated_faces(tree, tmp_path):
    recipe = FolderRecipe("celeba", str(tree), 100)
    corpus = begin(tmp_path / "corpus", recipe)
    work, name = FolderWork(corpus.folder, recipe, "cpu"), ShardName("folder", 0)
    loaded = work.load()
    faces = loaded[1].faces
    work.run(loaded, name, lambda: None)
    assert corpus.state(name) == "whole"
    tensors = corpus.read(name)
    kept = [faces[number] for number in tensors["index"].tolist()]
    assert {face.path.name for face in kept} == {"000001.jpg", "000002.jpg"}
    assert corpus.about(name)["left_out"] == [n for n, face in enumerate(faces) if face.path.name == "000003.jpg"]
    assert [SPLITS[split] for split in tensors["split"].tolist()] == [face.split for face in kept]
    said = [float(face.path.name == "000001.jpg") for face in kept]
    for label, given in (("eyeglasses", "Eyeglasses"), ("hat", "Wearing_Hat"), ("male", "Male")):
        assert tensors[f"labels/{label}"].tolist() == tensors[f"given/{given}"].tolist() == said
    # Nothing was said of the smile: the labeller's word stays.
    assert not set(tensors["labels/smile"].tolist()) <= {0.0, 1.0}
    one, other = tensors["first/arcface-mbf"], tensors["second/arcface-mbf"]
    assert (torch.cosine_similarity(one, other) > torch.cosine_similarity(one, other.flip(0))).all()
    assert "w" not in tensors


def test_every_photograph_is_in_one_shard():
    for faces in (7, 100, 120, 250, 300):
        shards = max(1, faces // 100)
        numbers = [number for shard in range(shards) for number in numbers_of(shard, faces, 100)]
        assert numbers == list(range(faces))


def test_an_unknown_layout_is_refused_with_the_known_ones(tree):
    with pytest.raises(UserError, match="celeba, lfw"):
        listing_of(FolderRecipe("celebb", str(tree), 100))


def test_a_folder_of_another_layout_is_one_line_and_makes_nothing(tree, tmp_path, capsys):
    work = tmp_path / "corpus"
    arguments = ["--layout", "vggface2", "--source", str(tree), "--work", str(work)]
    assert cli.main(["train", "corpus-folder", *arguments]) == 2
    err = capsys.readouterr().err
    assert "neither a folder train nor test" in err
    assert err.count("\n") == 1
    assert not work.exists()
