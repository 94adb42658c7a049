"""Shards that are whole or made again, and folders that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.training.corpus import CorpusRecipe
from explorer.studio.corpus.shards import CorpusFolder, ShardName, begin, from_jpeg, jpeg
from explorer.studio.errors import UserError

NAME = ShardName("base", 3)


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusFolder:
    return begin(tmp_path / "corpus", CorpusRecipe(faces=400))


@pytest.fixture
def frames() -> list[np.ndarray]:
    y, x = np.mgrid[0:224, 0:224]
    return [np.stack([x, y, x * 0 + shade], -1).astype(np.uint8) for shade in (10, 200)]


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    return {"index": torch.arange(2), "first/sface": torch.randn(2, 128)}


def test_a_shard_is_read_as_it_was_written(corpus, frames, tensors):
    assert corpus.state(NAME) == "missing"
    corpus.write(NAME, tensors, frames, {"left_out": [7]})
    assert corpus.state(NAME) == "whole"
    assert corpus.names("base") == [NAME]
    assert corpus.about(NAME)["left_out"] == [7]
    read = corpus.read(NAME)
    assert all(torch.equal(read[name], tensors[name]) for name in tensors)
    pictures = corpus.pictures(NAME, [1, 0])
    for picture, frame in zip(pictures, reversed(frames), strict=True):
        assert np.abs(picture.astype(int) - frame).mean() < 3


def test_files_are_for_their_owner_and_the_same_each_time(corpus, frames, tensors):
    corpus.write(NAME, tensors, frames, {})
    files = sorted(corpus.shards.iterdir())
    first = [file.read_bytes() for file in files]
    corpus.write(NAME, tensors, frames, {})
    assert [file.read_bytes() for file in files] == first
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("suffix", [".safetensors", ".zip"])
@pytest.mark.parametrize("damage", ["cut", "gone", "other"])
def test_a_shard_that_lost_a_part_is_made_again(corpus, frames, tensors, suffix, damage):
    corpus.write(ShardName("base", 0), tensors, frames, {})
    corpus.write(NAME, tensors, frames, {})
    file = corpus.shards / f"{NAME}{suffix}"
    content = file.read_bytes()
    file.unlink()
    if damage != "gone":
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"something else")
    assert corpus.state(NAME) == ("missing" if (suffix, damage) == (".safetensors", "gone") else "damaged")
    corpus.sweep()
    assert corpus.state(NAME) == "missing"
    assert corpus.names("base") == [ShardName("base", 0)]
    corpus.write(NAME, tensors, frames, {})
    assert corpus.state(NAME) == "whole"


def test_what_a_killed_worker_left_half_written_is_swept_away(corpus):
    left = corpus.shards / ".likeness-abc.safetensors"
    left.write_bytes(b"half")
    assert corpus.sweep() == []
    assert not left.exists()


def test_a_damaged_shard_is_refused_by_name(corpus, frames, tensors):
    corpus.write(NAME, tensors, frames, {})
    (corpus.shards / f"{NAME}.safetensors").write_bytes(b"half")
    (corpus.shards / f"{NAME}.zip").write_bytes(b"half")
    with pytest.raises(UserError, match=r"base-0003.*again"):
        corpus.read(NAME)
    with pytest.raises(UserError, match=r"base-0003.*again"):
        corpus.pictures(NAME, [0])


def test_a_corpus_may_grow_but_not_become_another(corpus):
    grown = begin(corpus.folder, CorpusRecipe(faces=900))
    assert grown.recipe["faces"] == 900
    assert begin(corpus.folder, CorpusRecipe(faces=100)).recipe["faces"] == 900
    with pytest.raises(UserError, match=r"another recipe \(mixed differ\)"):
        begin(corpus.folder, CorpusRecipe(mixed=0.5))


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="not empty and holds no corpus"):
        begin(tmp_path, CorpusRecipe())
    with pytest.raises(UserError, match="holds no corpus"):
        CorpusFolder(tmp_path)


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"version": 1, "recipe": 3}', json.dumps({"version": 9, "recipe": {}})]
)
def test_a_foreign_recipe_is_refused(tmp_path, text):
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(UserError):
        CorpusFolder(tmp_path)


def test_pictures_survive_their_encoding(frames):
    assert np.abs(from_jpeg(jpeg(frames[0])).astype(int) - frames[0]).mean() < 3
    with pytest.raises(UserError, match="damaged"):
        from_jpeg(b"not a picture")
