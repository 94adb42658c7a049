"""Shards of base faces and of edits, made by the real networks, and the directions between them."""

from __future__ import annotations

import pytest
import torch

from explorer.science.generation.mixed_precision import multiplies_bfloat16
from explorer.science.recognition.registry import ENCODERS
from explorer.science.training.corpus import CorpusRecipe, plan
from explorer.science.training.edits import EDIT_KINDS
from explorer.studio.corpus import editing as corpus_editing
from explorer.studio.corpus.editing import find_directions, read_directions
from explorer.studio.corpus.making import CorpusWork, missing_shards
from explorer.studio.corpus.shards import CorpusFolder, ShardName, begin
from explorer.studio.errors import UserError

RECIPE = CorpusRecipe(faces=600, edits=2, per_shard=2, directions_from=600)


def fill(corpus: CorpusFolder, recipe: CorpusRecipe, shards: int) -> None:
    """Write base shards of made-up labels whose attributes each follow one coordinate of w."""
    random = torch.Generator().manual_seed(0)
    for number in range(shards):
        plans = [plan(recipe, index) for index in range(number * recipe.per_shard, (number + 1) * recipe.per_shard)]
        w = torch.randn(len(plans), 512, generator=random)
        tensors = {
            "w": w,
            "split": torch.tensor([["train", "calibration", "test"].index(one.split) for one in plans]),
            "crossover": torch.tensor([one.crossover for one in plans]),
            "labels/pose": w[:, :3] * 10,
            "labels/eyeglasses": (w[:, 3] > 1) * 0.05,
            "labels/hat": (w[:, 4] > 1) * 0.1,
            "labels/smile": w[:, 5],
            "labels/age": w[:, 6] * 10 + 40,
            "labels/male": w[:, 7],
        }
        corpus.write(ShardName("base", number), tensors, [], {})


@pytest.fixture
def corpus(tmp_path) -> CorpusFolder:
    return begin(tmp_path / "corpus", RECIPE)


@pytest.mark.slow
def test_directions_are_found_tried_and_read_again(corpus, monkeypatch):
    fill(corpus, RECIPE, RECIPE.faces // RECIPE.per_shard)
    # A hat shows from 4.5 deviations on, eyeglasses at once.
    monkeypatch.setattr(
        corpus_editing, "_has", lambda loaded, name, edit, found: name == "eyeglasses" or edit.distance > 4.5
    )
    said: list[str] = []
    assert read_directions(corpus) is None
    found = find_directions(corpus, RECIPE, lambda: None, said.append)
    assert len(said) == len(EDIT_KINDS)
    assert found.by_name["hat"].reach == pytest.approx((5 * 0.7, 5 * 1.3))
    assert found.by_name["eyeglasses"].reach == pytest.approx((2 * 0.7, 2 * 1.3))
    for place, name in enumerate(("yaw", "pitch", None, "eyeglasses", "hat", "smile", "age", "male")):
        if name is not None:
            assert int(found.by_name[name].normal.argmax()) == place
    again = read_directions(corpus)
    assert again is not None
    assert again.faces == found.faces == RECIPE.faces
    for name, direction in found.by_name.items():
        assert torch.equal(again.by_name[name].normal, direction.normal)
        assert again.by_name[name].reach == direction.reach


def test_damaged_directions_are_refused(corpus):
    (corpus.folder / "directions.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="directions"):
        read_directions(corpus)


@pytest.mark.slow
def test_base_and_edit_shards_are_the_same_whoever_makes_them(corpus, monkeypatch):
    monkeypatch.setattr(corpus_editing, "_has", lambda *_: True)
    fill(corpus, RECIPE, 300)
    find_directions(corpus, RECIPE, lambda: None)
    work = CorpusWork(corpus.folder, RECIPE, ENCODERS.names(), "cpu")
    loaded = work.load()
    ticks: list[None] = []
    for name in (ShardName("base", 299), ShardName("edit", 0)):
        contents = []
        for _ in range(2):
            work.run(loaded, name, lambda: ticks.append(None))
            contents.append([file.read_bytes() for file in sorted(corpus.shards.glob(f"{name}.*"))])
        assert contents[0] == contents[1]
        assert corpus.state(name) == "whole"
        assert corpus.about(name)["bfloat16"] is multiplies_bfloat16()
    assert len(ticks) == 8
    base, edit = corpus.read(ShardName("base", 299)), corpus.read(ShardName("edit", 0))
    assert base["index"].tolist() == base["base"].tolist() == [598, 599]
    assert edit["index"].tolist() == [0, 1]
    assert edit["split"].tolist() == [0, 0]
    assert set(edit) - set(base) >= {"edit", "distance"}
    assert missing_shards(corpus, "base", 301) == [ShardName("base", 300)]
