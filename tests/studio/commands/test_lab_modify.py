"""`likeness lab modify` and `likeness train modification`: batches of embeddings in and out, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.laboratory.erasing import LinearEraser
from explorer.science.laboratory.modification import Disentangler
from explorer.science.laboratory.modifier import Modifier, ModifierRecord, encode_modifier
from explorer.studio.app import cli
from explorer.studio.catalogue.modifiers import modifier_card
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.vectors import load_vector, write_vector
from explorer.studio.reproducing.kinds import why_not

SIZE = 128


@pytest.fixture
def said(capsys):
    """Run the command line; return its exit code, what it said, and its complaints."""

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def made_up(attribute: str = "gender") -> Modifier:
    torch.manual_seed(0)
    model = Disentangler(SIZE, 2, 4, 16)
    torch.nn.init.normal_(model.decoder[-1].weight, std=0.05)
    model.take_means(torch.randn(20, SIZE), torch.arange(20) % 2)
    basis = torch.linalg.qr(torch.randn(SIZE, 3))[0]
    record = ModifierRecord(
        encoder="sface",
        attribute=attribute,
        classes=("female", "male"),
        dimension=SIZE,
        dependent=4,
        hidden=16,
        directions=3,
        trained_on=20,
    )
    return Modifier(model.eval().requires_grad_(False), LinearEraser(basis, torch.zeros(SIZE)), record)


@pytest.fixture
def modifier(tmp_path: Path) -> Path:
    file = tmp_path / "modifier.safetensors"
    file.write_bytes(encode_modifier(made_up()))
    return file


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    folder = tmp_path / "vectors"
    folder.mkdir()
    for number in range(3):
        values = np.random.default_rng(number).standard_normal(SIZE).astype(np.float32)
        write_vector(folder / f"face {number}.json", values, "sface")
    return folder


def test_one_embedding_becomes_one_that_every_command_reads(said, modifier, vectors, tmp_path):
    out = tmp_path / "one.npy"
    code, text, _ = said("lab", "modify", vectors / "face 1.json", "--modifier", modifier, "--out", out)
    assert code == 0
    assert "without gender, by the network way" in text
    assert "P(male)" in text
    stored = load_vector(out)
    assert (stored.encoder, stored.named_by, stored.remark) == ("sface", "record", "")
    record = read_provenance(out)
    assert (record["kind"], record["attribute"], record["source"]["name"]) == (
        "modified embedding",
        "gender",
        "face 1.json",
    )
    assert out.stat().st_mode & 0o077 == 0
    assert "likeness lab modify 'face 1.json' --attribute gender" in why_not(record, "one.npy")


def test_a_folder_becomes_a_matrix_in_the_order_of_the_names_and_a_matrix_one_again(said, modifier, vectors, tmp_path):
    out, again = tmp_path / "all.npy", tmp_path / "again.npy"
    code, text, _ = said("lab", "modify", vectors, "--modifier", modifier, "--out", out, "--method", "linear", "--json")
    assert code == 0
    table = json.loads(text)
    assert [row["source"] for row in table["rows"]] == ["face 0.json", "face 1.json", "face 2.json"]
    rows = np.load(out)
    assert rows.shape == (3, SIZE)
    basis = made_up().eraser.basis.numpy()
    assert np.abs(rows @ basis).max() < 1e-4
    assert read_provenance(out)["rows"] == 3
    options = ("--modifier", modifier, "--method", "linear", "--encoder", "sface", "--out", again)
    assert said("lab", "modify", out, *options)[0] == 0
    assert np.allclose(np.load(again), rows, atol=1e-5)


def test_a_folder_of_results_holds_one_for_each(said, modifier, vectors, tmp_path):
    code, _, _ = said("lab", "modify", vectors, "--modifier", modifier, "--out", tmp_path / "done")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "done").glob("*.npy")) == [f"face {n}.npy" for n in range(3)]
    # What was written beside an embedding is no embedding.
    assert said("lab", "modify", tmp_path / "done", "--modifier", modifier, "--out", tmp_path / "more")[0] == 0
    assert len(list((tmp_path / "more").glob("*.npy"))) == 3


def test_the_mean_of_a_class_can_be_put_in_its_place(said, modifier, vectors, tmp_path):
    made = {}
    for by in ("female", "male", "overall"):
        out = tmp_path / f"{by}.npy"
        code, _, err = said("lab", "modify", vectors, "--modifier", modifier, "--by", by, "--out", out)
        assert code == 0, err
        made[by] = np.load(out)
    assert not np.allclose(made["female"], made["male"])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--by", "both"), "gender is female, male or overall"),
        (("--method", "magic"), "say network or linear"),
        (("--method", "linear", "--by", "male"), "belong to the network"),
        (("--attribute", "hat"), "takes gender out of embeddings of sface"),
        (("--encoder", "dlib-resnet"), "takes gender out of embeddings of sface"),
    ],
)
def test_what_is_not_possible_is_refused(said, modifier, vectors, tmp_path, options, word):
    code, _, err = said("lab", "modify", vectors, "--modifier", modifier, "--out", tmp_path / "x.npy", *options)
    assert code == 2
    assert word in err
    assert not (tmp_path / "x.npy").exists()


def test_where_nothing_was_trained_it_says_how_to(said, vectors, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.studio.places.models", lambda: tmp_path)
    code, _, err = said("lab", "modify", vectors, "--out", tmp_path / "x.npy")
    assert code == 2
    assert "make it with `likeness train modification --work DIR --encoder sface --attribute gender`" in err


def test_several_embeddings_in_a_text_file_and_a_matrix_of_nobody_are_refused(said, modifier, vectors, tmp_path):
    code, _, err = said("lab", "modify", vectors, "--modifier", modifier, "--out", tmp_path / "x.csv")
    assert (code, "go into a .npy file or a folder" in err) == (2, True)
    np.save(tmp_path / "many.npy", np.ones((4, SIZE), np.float32))
    code, _, err = said("lab", "modify", tmp_path / "many.npy", "--modifier", modifier, "--out", tmp_path / "x.npy")
    assert (code, "give it with --encoder" in err) == (2, True)
    np.save(tmp_path / "wide.npy", np.ones((4, 64), np.float32))
    options = ("--encoder", "sface", "--modifier", modifier, "--out", tmp_path / "x.npy")
    code, _, err = said("lab", "modify", tmp_path / "wide.npy", *options)
    assert (code, "rows of 128 numbers are needed" in err) == (2, True)


def test_the_card_says_how_it_was_made():
    card = modifier_card(made_up().record, "its recipe", "20 faces")
    assert "modifier-gender-sface" in card
    assert "`likeness train modification --work DIR --encoder sface --attribute gender`" in card
    assert "| linear baseline | 3 directions |" in card
