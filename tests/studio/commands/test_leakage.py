"""`likeness evaluate leakage` on a made-up corpus: text, CSV, LaTeX, figure, and what it refuses."""

import csv

import pytest
from PIL import Image

from explorer.science.training import probes as recipes
from explorer.science.training.probes import ProbeRecipe
from explorer.studio.app import cli
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.probes import save_probes
from explorer.studio.corpus.probe_training import train_encoder, work_folder
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.export.provenance import read_provenance
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A made-up corpus, its probes in place of those that ship."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "probes_file", lambda encoder: folder / f"probes-{encoder}.safetensors")
        whole = recipes._default
        patch.setattr(recipes, "_default", lambda kind: {"linear": whole(kind)["linear"]})
        corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "made-up")[0]
        data, recipe = read_dataset(corpus), ProbeRecipe()
        making = train_encoder(work_folder(corpus, data, recipe), data, "sface", recipe)
        save_probes("sface", {one.spec.name: one for one in making})
        yield corpus


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.mark.slow
def test_the_table_is_said_and_written(corpus, tmp_path, capsys):
    out = tmp_path / "table"
    arguments = ("evaluate", "leakage", corpus.folder, "--encoder", "sface", "--out", out, "--figure", "png,pdf")
    code, said, complaints = run(capsys, *arguments)
    assert (code, complaints) == (0, "")
    lines = said.splitlines()
    assert lines[0] == "test split of made-up, 60 faces"
    looking = ["from image", "from image (thesis's CNN)", "from image (our CNN)"]
    assert [line.split("  ")[0] for line in lines[2:7]] == ["from ID (sface)", *looking, "baseline"]
    with (out / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    smile = next(row for row in rows if (row["source"], row["probe"]) == ("from ID (sface)", "smiling"))
    assert float(smile["low"]) < float(smile["value"]) <= 1
    assert float(smile["value"]) > float(smile["chance"])
    latex = (out / "table.tex").read_text()
    assert latex.count(r"\\") == 6
    assert rf"{100 * float(smile['value']):.1f} \%" in latex
    with Image.open(out / "table.png") as picture:
        assert picture.width > 1500
    assert read_provenance(out / "table.csv")["command"][:2] == ["evaluate", "leakage"]
    assert read_provenance(out / "table.pdf")["sets"] == {"test split of made-up": 60}


@pytest.mark.slow
def test_a_second_table_stands_beside_the_first_and_a_bad_set_is_named(corpus, tmp_path, capsys):
    out = tmp_path / "table"
    arguments = ("evaluate", "leakage", tmp_path, corpus.folder, "--encoder", "sface", "--out", out)
    for folder, lines in ((out, 1), (tmp_path / "table-2", 2)):
        code, said, complaints = run(capsys, *arguments)
        assert code == 2
        assert complaints.startswith(f"likeness: {tmp_path.name}") or "holds no corpus" in complaints
        assert complaints.count("\n") == lines
        assert said.startswith("test split of made-up")
        assert {path.name for path in folder.iterdir()} == {
            *("table.csv", "table.csv.json", "table.tex", "table.tex.json", "table.png")
        }
        assert read_provenance(folder / "table.csv")["command"][2:4] == ["made-up", "--encoder"]


@pytest.mark.slow
def test_what_is_no_set_is_refused_in_one_line(corpus, tmp_path, capsys):
    code, _, complaints = run(capsys, "evaluate", "leakage", tmp_path, "--encoder", "sface")
    assert code == 2
    assert "holds no corpus" in complaints
    code, _, complaints = run(capsys, "evaluate", "leakage", corpus.folder, "--encoder", "sface", "--figure", "bmp")
    assert code == 2
    assert "bmp" in complaints


def test_a_recogniser_without_probes_is_named(corpus, capsys):
    code, _, complaints = run(capsys, "evaluate", "leakage", corpus.folder, "--encoder", "dlib-resnet")
    assert code == 2
    assert "no probes for dlib-resnet" in complaints
