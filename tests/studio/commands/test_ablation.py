"""`likeness evaluate ablation` and `figure`: what they write of made-up results, and refusals in one line."""

from pathlib import Path

import numpy as np
import pytest

from explorer.science.evaluation.reconstruction import FrameMeasures
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.regressors import trained_objectives
from explorer.studio.commands import _evaluate_ablation
from explorer.studio.evaluation.ablation import VARIANTS, Reconstruction, Shown, settings_of
from explorer.studio.export.provenance import read_provenance
from tests.studio.export.made_up import made_up_picture, made_up_run

pytestmark = pytest.mark.slow

FACES = [str(places.resources() / "faces" / name) for name in ("synthetic-p002.jpg", "synthetic-p009.jpg")]


@pytest.fixture
def made(monkeypatch):
    """Every reconstruction is made up; what was asked for is noted."""
    asked = []

    def known(encoder, space):
        """Of all encoders, the usual one alone has regressors."""
        return ("latent", "image") if encoder == "arcface-mbf" else trained_objectives(encoder, space)

    def reconstruct(networks, opened, variant, base, folder, consume, mark, memory):
        asked.append((opened.target.record.name, variant.name, settings_of(variant, base)))
        run = made_up_run(steps=10, name=opened.target.record.name)
        run = run.model_copy(update={"sought": {"landmarks": base.targets} if variant.guides else {}})
        measures = FrameMeasures(mse=0.05, psnr=13.0, ssim=0.14, lpips=0.5, landmark_error=6.0, emd=1.2)
        about = Reconstruction(photograph=opened.target.record.name, variant=variant.name, run=run, measures=measures)
        return Shown(about, made_up_picture(len(asked), 256))

    monkeypatch.setattr(_evaluate_ablation, "reconstruct", reconstruct)
    monkeypatch.setattr(_evaluate_ablation, "direct_regression", lambda *asked: made_up_picture(9, 256))
    monkeypatch.setattr(_evaluate_ablation, "trained_objectives", known)
    return asked


def test_the_ablation_inverts_every_photograph_by_every_variant_and_writes_table_and_figures(made, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        cli.main(
            ["evaluate", "ablation", *FACES, "--out", str(out), "--steps", "7", "--no-regressor", "--device", "cpu"]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert "2 photographs, targets predicted from the vector" in said
    assert [(variant, settings.targets) for _, variant, settings in made] == 2 * [
        ("id", "none"), ("landmarks", "vector"), ("histogram", "vector"),
    ]  # fmt: skip
    assert {(settings.steps, settings.regressor) for *_, settings in made} == {(7, False)}
    assert (out / "table.txt").read_text().strip() in said
    for name in ("table.csv", "table.tex", "figure-4-3.png", "figure-4-6.png"):
        assert (out / name).stat().st_size > 0
        assert (out / name).stat().st_mode & 0o077 == 0


def test_a_photograph_that_cannot_be_used_is_named_and_the_others_are_done(made, tmp_path, capsys):
    out = str(tmp_path / "out")
    arguments = ["--out", out, "--device", "cpu"]
    assert cli.main(["evaluate", "ablation", FACES[0], "missing.jpg", FACES[1], *arguments]) == 2
    said, complaint = capsys.readouterr()
    assert "2 photographs" in said
    assert [line for line in complaint.splitlines() if line.startswith("likeness:")] == [
        "likeness: there is no file missing.jpg: check its name"
    ]
    assert read_provenance(tmp_path / "out" / "table.csv")["command"][2:4] == [Path(face).name for face in FACES]
    made.clear()
    assert cli.main(["evaluate", "figure", "4.4", *FACES, FACES[0], "missing.jpg", *arguments]) == 2
    assert "synthetic-p002.jpg: left out with the other of its pair" in capsys.readouterr().err
    assert len(made) == 2


def test_a_table_never_lies_beside_a_figure_of_other_photographs(made, tmp_path, capsys):
    out = tmp_path / "out"
    ablation = ["evaluate", "ablation", "--out", str(out), "--device", "cpu"]
    assert cli.main([*ablation, FACES[0], "--formats", "svg"]) == 0
    (out / "figure-4-3.txt").write_text("a note of mine")
    capsys.readouterr()
    assert cli.main([*ablation, FACES[0], "--formats", "pdf"]) == 0
    assert "removed" not in capsys.readouterr().err
    assert (out / "figure-4-3.svg").exists(), "it shows the same runs"
    assert cli.main([*ablation, *FACES, "--formats", "png"]) == 0
    told = capsys.readouterr().err
    assert "removed, for they show other photographs or settings: figure-4-3.pdf, figure-4-3.svg" in told
    names = {path.name for path in out.iterdir()}
    assert {name for name in names if name.startswith("figure-")} == {
        *("figure-4-3.png", "figure-4-3.txt", "figure-4-6.png")
    }


@pytest.mark.parametrize(
    ("number", "variants"),
    [("4.2", ["id"]), ("4.3", ["id", "landmarks", "histogram"]), ("4.4", ["histogram"]), ("4.5", ["id", "histogram"])],
)
def test_a_figure_makes_only_what_it_shows(number, variants, made, tmp_path):
    out = tmp_path / "out"
    arguments = [
        number,
        *FACES,
        "--out",
        str(out),
        "--targets",
        "photograph",
        "--device",
        "cpu",
        "--formats",
        "png,svg",
    ]
    assert cli.main(["evaluate", "figure", *arguments]) == 0
    assert [variant for _, variant, _ in made] == 2 * variants
    name = f"figure-{number.replace('.', '-')}"
    assert {file.name for file in out.iterdir()} == {f"{name}.png", f"{name}.svg"}
    drawn = (out / f"{name}.svg").read_bytes()
    assert (b"taken from the photograph" in drawn) == (number != "4.2")
    assert (b"trained by picture" in drawn) == (number == "4.2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ablation", FACES[0], "--targets", "none"], "choose vector or photograph"),
        (["ablation", FACES[0], "--formats", "bmp"], "no figure format"),
        (["figure", "4.7", FACES[0]], "there are 4.2, 4.3, 4.4, 4.5"),
        (["figure", "4.4", FACES[0]], "give an even number"),
        (["ablation", "missing.jpg"], "missing.jpg"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, said, made, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["evaluate", *arguments, "--out", str(out), "--device", "cpu"]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not made
    assert not out.exists()


def test_figure_4_2_without_a_regressor_is_refused_before_anything_is_inverted(made, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["evaluate", "figure", "4.2", *FACES, "--out", str(out), "--device", "cpu"]
    assert cli.main([*arguments, "--encoder", "edgeface-s"]) == 2
    complaint = capsys.readouterr().err
    assert "likeness train regressor --work DIR --encoder edgeface-s --space W" in complaint
    assert complaint.count("\n") == 1
    assert not made
    assert not out.exists()


def test_a_bare_embedding_is_refused(made, tmp_path, capsys):
    path = tmp_path / "stolen.npy"
    np.save(path, np.ones(512, np.float32))
    assert cli.main(["evaluate", "ablation", str(path), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 2
    assert "stolen.npy is a bare embedding" in capsys.readouterr().err


def test_the_variants_are_the_rows_of_table_4_1():
    assert [variant.guides for variant in VARIANTS] == [(), ("landmarks",), ("landmarks", "histogram")]
