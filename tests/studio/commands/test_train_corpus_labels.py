"""`likeness train corpus-labels` and `train corpus --from-labels`: what they write and say, and what they refuse."""

from __future__ import annotations

import pytest

from explorer.science.recognition.registry import ENCODERS
from explorer.science.training.label_codes import CODES
from explorer.studio.app import cli
from explorer.studio.commands import _train_corpus, _train_corpus_labels
from explorer.studio.corpus import redrawing
from explorer.studio.corpus.label_file import read_labels_file
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.corpus.shards import CorpusFolder, begin
from explorer.studio.errors import UserError
from explorer.studio.places import CACHE_VARIABLE
from tests.studio.corpus.label_kit import PER_SHARD, RECIPE, canned_models, seen_in_no_time, write_labelled


def run(capsys, *arguments):
    code = cli.main(["train", *(str(argument) for argument in arguments)])
    return code, *capsys.readouterr()


@pytest.fixture
def file(tmp_path, capsys):
    """The labels of a made-up corpus, written by the command."""
    write_labelled(tmp_path / "full")
    code, said, _ = run(capsys, "corpus-labels", "--work", tmp_path / "full", "--out", tmp_path / "l.safetensors")
    assert code == 0
    assert "57 base faces, 57 of them new; 19 edit faces, 19 of them new" in said
    return tmp_path / "l.safetensors"


@pytest.fixture
def canned(monkeypatch):
    """Shards are made here, by networks that need no time, and may be of any size."""
    made = []

    def make_shards(work, kind, missing, faces, per_shard, workers):
        loaded = canned_models(work.encoders), read_labels_file(work.labels), "digest"
        for name in missing:
            work.run(loaded, name, lambda: None)
            made.append(str(name))

    monkeypatch.setattr(redrawing, "see_again", seen_in_no_time)
    monkeypatch.setattr(_train_corpus_labels, "make_shards", make_shards)
    monkeypatch.setattr(_train_corpus_labels, "require_networks", lambda encoders, labellers: None)
    monkeypatch.setattr(_train_corpus, "whole_shards", lambda count, option: count)
    return made


def test_the_card_says_what_is_kept_how_exactly_and_on_which_terms(file):
    card = file.with_suffix(".md").read_text()
    assert card.startswith("# l: what the labellers say of generated faces")
    assert "| base faces | 57; 3 more show no face and are left out |" in card
    assert f"| recipe, seed | {RECIPE.seed} |" in card
    assert "non-commercial research" in card
    for name, code in CODES.items():
        assert f"| {name} | {code.unit} | {code.step:g} |" in card
    assert card.count("0 change sides") == 4


def test_labels_of_more_faces_join_the_file(file, tmp_path, capsys):
    before = read_labels_file(file)
    write_labelled(tmp_path / "more", base=range(2, 5), edits=())
    code, said, _ = run(capsys, "corpus-labels", "--work", tmp_path / "more", "--out", file)
    assert code == 0
    assert "95 base faces, 38 of them new; 19 edit faces, 0 of them new" in said
    after = read_labels_file(file)
    assert after.kinds["base"].shards == (0, 1, 2, 3, 4)
    assert (after.kinds["base"].codes["age"][:57] == before.kinds["base"].codes["age"]).all()


def test_labels_of_another_recipe_leave_the_file_alone(file, tmp_path, capsys):
    before = file.read_bytes()
    write_labelled(tmp_path / "other", RECIPE.__class__(**{**RECIPE.__dict__, "seed": 5}), base=range(1), edits=())
    code, _, err = run(capsys, "corpus-labels", "--work", tmp_path / "other", "--out", file)
    assert code == 2
    assert "seed differ" in err
    assert file.read_bytes() == before


def test_a_corpus_is_drawn_from_the_file_and_goes_on_where_it_was(file, tmp_path, capsys, canned):
    options = ("--from-labels", "--labels", file, "--work", tmp_path / "again")
    code, said, _ = run(capsys, "corpus", *options, "--encoders", "sface", "--faces", 2 * PER_SHARD, "--edits", 0)
    assert code == 0
    assert "40 base faces, 0 edits, drawn at 256 px, under sface" in said
    assert canned == ["base-0000", "base-0001"]
    assert run(capsys, "corpus", *options, "--encoders", "sface")[0] == 0
    assert canned[2:] == ["base-0002", "edit-0000"]
    found = read_dataset(CorpusFolder(tmp_path / "again"))
    assert len(found) == 76
    assert set(found.first) == {"sface"}


def test_another_encoder_joins_those_that_are_there(file, tmp_path, capsys, canned):
    options = ("--from-labels", "--labels", file, "--work", tmp_path / "again", "--edits", 0)
    assert run(capsys, "corpus", *options, "--encoders", "sface", "--faces", PER_SHARD)[0] == 0
    assert run(capsys, "corpus", *options, "--encoders", "dlib-resnet")[0] == 0
    found = read_dataset(CorpusFolder(tmp_path / "again"))
    assert set(found.first) == {"sface", "dlib-resnet"}
    assert len(found) == 57


def test_a_corpus_drawn_from_labels_gives_no_labels(file, tmp_path, capsys, canned):
    run(capsys, "corpus", "--from-labels", "--labels", file, "--work", tmp_path / "again", "--encoders", "sface")
    code, _, err = run(capsys, "corpus-labels", "--work", tmp_path / "again", "--out", file)
    assert code == 2
    assert "from a file already" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from-labels", "--size", "300"), "256, 512, 1024"),
        (("--from-labels", "--faces", "80"), "the first 60"),
        (("--from-labels", "--encoders", "nobody"), "no encoder called"),
        (("--from-labels", "--first", "20"), "--first"),
        (("--size", "256"), "--from-labels"),
        (("--encoders", "nobody"), "no encoder called"),
        (("--first", "40", "--faces", "40", "--edits", "0"), "nothing to label"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(file, tmp_path, capsys, canned, options, said):
    code, _, err = run(capsys, "corpus", "--work", tmp_path / "again", "--labels", file, *options)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "again").exists()


def test_missing_networks_are_named_without_the_labellers(file, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "empty"))
    code, _, err = run(
        capsys, "corpus", "--work", tmp_path / "again", "--from-labels", "--labels", file, "--encoders", "sface"
    )
    assert code == 2
    assert "sface" in err
    assert "pyemotion" not in err
    assert "arcface" not in err


def test_a_missing_file_says_how_to_make_it(tmp_path, capsys):
    code, _, err = run(
        capsys, "corpus", "--work", tmp_path / "a", "--from-labels", "--labels", tmp_path / "none.safetensors"
    )
    assert code == 2
    assert "likeness train corpus-labels" in err


def test_labels_are_written_under_their_own_ending(tmp_path, capsys):
    write_labelled(tmp_path / "full", base=range(1), edits=())
    code, _, err = run(capsys, "corpus-labels", "--work", tmp_path / "full", "--out", tmp_path / "labels.json")
    assert code == 2
    assert ".safetensors" in err


def test_a_labelled_corpus_keeps_to_the_encoders_that_it_has(tmp_path, capsys):
    place = write_labelled(tmp_path / "full", base=range(1), edits=())
    assert _train_corpus._encoders(place, ()) == _train_corpus._encoders(place, ["sface"]) == ("sface",)
    with pytest.raises(UserError, match="edgeface-s"):
        _train_corpus._encoders(place, ["sface", "edgeface-s"])
    empty = begin(tmp_path / "empty", RECIPE)
    assert _train_corpus._encoders(empty, ["edgeface-s"]) == ("edgeface-s",)
    assert _train_corpus._encoders(empty, ()) == ENCODERS.names()
