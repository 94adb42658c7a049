"""A picture that this program drew is read by what is calibrated on generated faces, unless the user says otherwise."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import explorer as lk
from explorer.science.faces.reading import read_file
from explorer.studio.app import cli
from explorer.studio.export.drawings import ImageSpec
from explorer.studio.export.provenance import png_bytes
from explorer.studio.inversion.provenance import provenance
from tests.studio.export.made_up import made_up_run
from tests.studio.reproducing.again_kit import P002

pytestmark = pytest.mark.slow

ENCODER = "sface"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a result of an inversion is exported."""
    path = tmp_path_factory.mktemp("drawn") / "result.png"
    path.write_bytes(png_bytes(read_file(P002).pixels, provenance(made_up_run(), drawing=ImageSpec())))
    return path


def calibrated_for(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[set[str], str]:
    assert cli.main(["probe", *map(str, arguments), "--encoder", ENCODER, "--json"]) == 0
    said, told = capsys.readouterr()
    (read,) = json.loads(said)
    return {one["calibrated_for"] for one in read["readouts"]}, told


def test_the_command_line_goes_by_the_file_and_says_so(drawn, capsys):
    kinds, told = calibrated_for(capsys, drawn)
    assert kinds == {"generated"}
    assert "result.png says that this program drew its face" in told
    assert "--of photograph" in told
    assert calibrated_for(capsys, P002) == ({"photograph"}, "")


def test_the_user_goes_before_the_file(drawn, capsys):
    assert calibrated_for(capsys, drawn, "--of", "photograph") == ({"photograph"}, "")
    assert calibrated_for(capsys, P002, "--of", "generated") == ({"generated"}, "")


def test_a_batch_and_the_library_go_by_the_file(drawn, tmp_path, capsys):
    command = ["batch", "probe", str(drawn.parent), "--out", str(tmp_path / "out"), "--encoder", ENCODER]
    assert cli.main([*command, "--device", "cpu"]) == 0
    with (tmp_path / "out" / "table.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["calibrated_for"] == "generated"
    for of, origin in ((None, "generated"), ("photograph", "photograph")):
        assert lk.read(drawn, ENCODER, of=of, device="cpu")["smiling"].origin == origin
    assert lk.read(lk.open_face(drawn, device="cpu"), ENCODER, device="cpu")["smiling"].origin == "generated"
    assert lk.read(P002, ENCODER, device="cpu")["smiling"].origin == "photograph"
