"""The labels of a corpus in a file: they come back as they were put in, grow, and are never of two corpora."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.leakage.labels import LABELS
from explorer.science.training.label_codes import POINTS, from_codes, most_error
from explorer.studio.corpus.editing import write_directions
from explorer.studio.corpus.label_collecting import LABELLED_BY, labels_of, merged, same_directions
from explorer.studio.corpus.label_file import read_labels_file, write_labels
from explorer.studio.corpus.shards import ShardName, begin
from explorer.studio.errors import UserError
from tests.studio.corpus.label_kit import ABSENT, PER_SHARD, RECIPE, made_up_directions, write_labelled


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_labelled(tmp_path_factory.mktemp("corpus") / "c")


def same(one, other):
    """Whether two sets of labels are the same to the last code."""
    assert one.differs_from(other.recipe) == []
    assert one.kinds.keys() == other.kinds.keys()
    for kind, faces in one.kinds.items():
        there = other.kinds[kind]
        assert faces.shards == there.shards
        assert np.array_equal(faces.repeated, there.repeated)
        for here, away in ((faces.columns, there.columns), (faces.codes, there.codes), (faces.again, there.again)):
            assert here.keys() == away.keys()
            assert all(np.array_equal(values, away[name]) for name, values in here.items())
    return True


def test_what_is_written_is_read_again(corpus, tmp_path):
    labels = labels_of(corpus)
    read = read_labels_file(write_labels(labels, tmp_path / "labels.safetensors"))
    assert same(labels, read)
    assert same_directions(read.directions, made_up_directions())
    assert (read.corpus_recipe().faces, read.corpus_recipe().edits) == (60, 20)
    assert replace(read.corpus_recipe(), faces=60, edits=20) == RECIPE


def test_every_label_is_that_of_the_shards_within_its_error(corpus):
    labels = labels_of(corpus)
    for kind in ("base", "edit"):
        shards = [corpus.read(name) for name in corpus.names(kind)]
        faces = labels.kinds[kind]
        assert faces.columns["index"].tolist() == torch.cat([one["index"] for one in shards]).tolist()
        assert not (faces.columns["index"] % PER_SHARD == ABSENT).any()
        assert faces.columns["camera"].tolist() == [0, 0, 1, *[0] * 16] * len(shards)
        for name in (name for name in LABELS if name != "histogram"):
            truth = torch.cat([one[f"labels/{name}"] for one in shards]).numpy()
            assert np.abs(from_codes(name, faces.codes[name]) - truth).max() <= most_error(name)
            again = torch.cat([one[f"repeat/{name}"] for one in shards]).numpy()
            assert np.abs(from_codes(name, faces.again[name]) - again).max() <= most_error(name)
        points = torch.cat([one["first/points"] for one in shards]).numpy()
        assert np.abs(from_codes(POINTS, faces.codes[POINTS]) - points).max() <= most_error(POINTS)
    assert set(labels.kinds["edit"].columns) >= {"base", "attribute", "distance"}


def test_the_same_faces_in_parts_are_the_same_whoever_makes_them_first(corpus, tmp_path):
    whole = labels_of(corpus)
    first = labels_of(write_labelled(tmp_path / "first", base=range(1), edits=()))
    rest = labels_of(write_labelled(tmp_path / "rest", base=range(1, 3)))
    assert same(merged(first, rest), whole)
    assert same(merged(rest, first), whole)
    grown = merged(first, whole)
    assert same(grown, whole)
    # A growing file leaves the codes of the first faces alone.
    held = read_labels_file(write_labels(grown, tmp_path / "grown.safetensors")).kinds["base"]
    count = len(first.kinds["base"])
    for name, codes in first.kinds["base"].codes.items():
        assert np.array_equal(held.codes[name][:count], codes)


def test_what_is_held_stays_when_it_is_offered_again(corpus, tmp_path):
    held = labels_of(corpus)
    base = held.kinds["base"]
    other = replace(base, codes={name: codes + 1 for name, codes in base.codes.items()})
    assert same(merged(held, replace(held, kinds={"base": other})), held)


def test_labels_of_another_recipe_are_refused(corpus, tmp_path):
    other = write_labelled(tmp_path / "other", replace(RECIPE, seed=7, psi=(0.5, 1.0)), base=range(1), edits=())
    with pytest.raises(UserError, match="seed, psi differ"):
        merged(labels_of(corpus), labels_of(other))


def test_edits_along_other_directions_are_refused(corpus):
    held = labels_of(corpus)
    turned = made_up_directions()
    turned.by_name["hat"].normal.neg_()
    with pytest.raises(UserError, match="other directions"):
        merged(held, replace(held, directions=turned))


def test_shards_whose_labels_come_from_a_file_are_not_gathered(corpus, tmp_path):
    mixed = write_labelled(tmp_path / "mixed", base=range(1), edits=(), about={LABELLED_BY: "0" * 64})
    with pytest.raises(UserError, match="from a file already"):
        labels_of(mixed)
    write_labelled(tmp_path / "mixed", base=range(1, 2), edits=())
    assert labels_of(mixed).kinds["base"].shards == (1,)


def test_a_damaged_shard_is_passed_over(tmp_path):
    corpus = write_labelled(tmp_path / "c", base=range(2), edits=())
    (corpus.shards / "base-0000.zip").write_bytes(b"half")
    assert labels_of(corpus).kinds["base"].shards == (1,)


def test_a_shard_that_this_program_would_draw_otherwise_is_refused(tmp_path):
    corpus = write_labelled(tmp_path / "c", base=range(1), edits=())
    tensors = corpus.read(ShardName("base", 0))
    tensors["seed"] += 1
    corpus.write(ShardName("base", 0), tensors, [], {})
    with pytest.raises(UserError, match="base-0000"):
        labels_of(corpus)


def test_a_label_that_is_no_number_is_refused_with_its_shard(tmp_path):
    corpus = write_labelled(tmp_path / "c", base=range(1), edits=())
    tensors = corpus.read(ShardName("base", 0))
    tensors["labels/age"][3] = torch.nan
    corpus.write(ShardName("base", 0), tensors, [], {})
    with pytest.raises(UserError, match=r"base-0000.*age"):
        labels_of(corpus)


def test_an_empty_corpus_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="likeness train corpus"):
        labels_of(begin(tmp_path / "c", RECIPE))


def test_directions_that_are_known_without_edits_travel_too(tmp_path):
    corpus = write_labelled(tmp_path / "c", base=range(1), edits=())
    write_directions(corpus, made_up_directions())
    read = read_labels_file(write_labels(labels_of(corpus), tmp_path / "labels.safetensors"))
    assert same_directions(read.directions, made_up_directions())


@pytest.mark.parametrize("content", [b"", b"{}", b"\x10" * 200])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    file = tmp_path / "labels.safetensors"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"labels\.safetensors"):
        read_labels_file(file)


def test_a_cut_file_is_refused(corpus, tmp_path):
    file = write_labels(labels_of(corpus), tmp_path / "labels.safetensors")
    whole = file.read_bytes()
    for length in (len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(UserError, match="damaged"):
            read_labels_file(file)


def test_a_file_of_another_scale_is_refused(corpus, tmp_path):
    file = write_labels(labels_of(corpus), tmp_path / "labels.safetensors")
    file.write_bytes(file.read_bytes().replace(b'\\"age\\": {\\"step\\": 0.0625', b'\\"age\\": {\\"step\\": 0.0626'))
    with pytest.raises(UserError, match="another version"):
        read_labels_file(file)


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(UserError, match="likeness train corpus-labels"):
        read_labels_file(tmp_path / "absent.safetensors")
