"""`likeness train translator` and what is made of it: trained on a made-up corpus, judged, and what is refused."""

import pytest

from explorer.science.evaluation.same_person import Estimate
from explorer.studio.app import cli
from explorer.studio.catalogue.translators import load_translator
from explorer.studio.commands._evaluate_translator import edits_text, elements_text
from explorer.studio.corpus.translator_judged import EditRow, ElementsTable
from tests.studio.corpus.corpus_kit import write_corpus

SMALL = ("--couplings", "2", "--hidden", "8")


def run(capsys, *words):
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_figure_3_s_model_is_trained_of_a_corpus_and_says_what_it_is_worth(tmp_path, capsys):
    write_corpus(tmp_path / "corpus")
    words = ("train", "translator", "--work", tmp_path / "work", "--corpus", tmp_path / "corpus", *SMALL)
    file = tmp_path / "t.safetensors"
    code, said, complaints = run(
        capsys, *words, "--model", "figure-3", "--steps", "3", "--settling", "0", "--begins", "coordinates",
        "--elements", "gender", "--elements", "age", "--out", file)  # fmt: skip
    assert (code, complaints) == (0, "")
    assert "element of gender, AUC" in said
    _, record = load_translator(file)
    assert (record.steps, list(record.elements), list(record.medians)) == (3, ["gender", "age"], ["age"])
    card = file.with_suffix(".md").read_text()
    assert "the model of figure 3: 3 of 3 steps" in card
    assert "--elements gender --elements age" in card
    code, _, complaints = run(capsys, *words)
    assert code == 2
    assert "train one first with `likeness train classifier" in complaints


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("train", "translator", "--work", "w", "--elements", "beard"), "--elements beard"),
        (("train", "translator", "--work", "w", "--out", "t.pt"), "written as .safetensors"),
        (("evaluate", "translator", "people"), "the parts are generated"),
        (("evaluate", "translator", "generated", "--file", "none.safetensors"), "there is no such file"),
        (("lab", "handles", "a.jpg", "--out", "o", "--file", "none.safetensors"), "there is no such file"),
        (("train", "classifier", "--work", "w", "--elements", "beard"), "--elements beard"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(words, complaint, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, complaints = run(capsys, *words)
    assert code == 2
    assert complaint in complaints
    assert complaints.count("\n") == 1


def test_texts_have_a_line_for_each_attribute():
    one = Estimate(value=0.5, low=0.25, high=0.75)
    table = ElementsTable(set="generated", faces=3, labelled_by="labels", aucs={"smiling": one})
    assert "smiling" in elements_text(table)
    assert "0.500 [0.250, 0.750]" in elements_text(table)
    row = EditRow(attribute="gender", faces=3, flips=one, paired=0, never=3, never_linear=2)
    assert "0 faces flip both ways; 3 never by the handle" in edits_text([row])
