"""`likeness reproduce`: a real run made again from its figure alone, and refusals in one line."""

import json
import shutil

import pytest
from PIL import Image

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.export.provenance import bare_record, png_bytes, read_provenance, write_sidecar
from explorer.studio.inversion.provenance import provenance
from tests.studio.export.made_up import made_up_picture, made_up_run

FACE = places.resources() / "faces" / "synthetic-p002.jpg"
OTHER = places.resources() / "faces" / "synthetic-p005.jpg"
QUICK = ["--steps", "2", "--starts", "2", "--contest", "1", "--finish", "1", "--resolution", "128", "--device", "cpu"]


@pytest.mark.slow
def test_a_figure_is_made_again_from_itself_and_its_photograph(tmp_path, capsys):
    out = tmp_path / "out"
    altered = ["--noise", "0.2", "--bits", "6", "--keep-latent"]
    assert cli.main(["invert", str(FACE), "--out", str(out), *QUICK, *altered, "--figure", "svg"]) == 0
    renamed = tmp_path / "the same photograph.jpg"
    shutil.copy(FACE, renamed)
    figure = out / FACE.stem / "figure.svg"
    capsys.readouterr()
    arguments = ["reproduce", str(figure), "--source", str(renamed), "--device", "cpu", "--latent", "--json"]
    assert cli.main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    (run,) = said["runs"]
    assert run["latent_error"] < 1e-4
    assert run["score_error"] < 1e-4
    assert run["differences"] == []
    again = figure.with_name("figure-again.svg")
    assert [str(again), f"{again}.json"] == said["files"]
    first, second = read_provenance(figure), read_provenance(again)
    assert second["target"]["vector_edit"] == first["target"]["vector_edit"]
    assert second["settings"] == first["settings"]
    assert second["latent"] == pytest.approx(first["latent"], abs=1e-4)


def refused(arguments, capsys) -> str:
    assert cli.main(arguments) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    return complaint


def test_another_photograph_is_refused_before_anything_is_run(tmp_path, capsys):
    figure = tmp_path / "result.png"
    figure.write_bytes(png_bytes(made_up_picture(1), provenance(made_up_run())))
    complaint = refused(["reproduce", str(figure), "--source", str(OTHER)], capsys)
    assert "was made from portrait.jpg" in complaint
    assert list(tmp_path.iterdir()) == [figure]


def test_what_holds_no_inversion_is_refused(tmp_path, capsys):
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    assert "holds no provenance" in refused(["reproduce", str(plain), "--source", str(FACE)], capsys)
    beside = write_sidecar(tmp_path / "table.csv", bare_record(kind="batch embed"))
    assert "batch embed" in refused(["reproduce", str(beside), "--source", str(FACE)], capsys)
    assert "missing.png" in refused(["reproduce", str(tmp_path / "missing.png"), "--source", str(FACE)], capsys)


def test_the_figure_itself_is_never_overwritten(tmp_path, capsys):
    figure = tmp_path / "result.png"
    figure.write_bytes(png_bytes(made_up_picture(1), provenance(made_up_run())))
    complaint = refused(["reproduce", str(figure), "--source", str(FACE), "--out", str(figure)], capsys)
    assert "would be overwritten" in complaint
    again = tmp_path / "again.png"
    again.hardlink_to(figure)
    arguments = ["reproduce", str(figure), "--source", str(FACE), "--out", str(again)]
    assert "would be overwritten" in refused(arguments, capsys)
