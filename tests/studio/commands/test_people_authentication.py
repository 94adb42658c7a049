"""`likeness people evaluate authentication`: table and figures with their records, and one line for what cannot be."""

import json

import pytest

from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance
from explorer.studio.people import sources
from explorer.studio.reproducing.kinds import command_of
from tests.studio.evaluation.test_authentication import Stripes, quick

__all__ = ["quick"]

SIZES = ("--target-people", 8, "--test-people", 20, "--unbalanced", 2, "--balanced", 2, "--pictures", 8)
FEW = (*SIZES, "--size", 32, "--side", 32, "--steps", 1, "--batch", 4, "--trainings", 1)


@pytest.fixture
def said(capsys, monkeypatch, tmp_path, quick):
    monkeypatch.setattr(sources, "DrawnPeople", lambda settings: Stripes())

    def run(*arguments):
        words = ("people", "evaluate", "authentication", "--work", tmp_path / "work", *arguments)
        code = cli.main([str(one) for one in words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_what_is_written_says_how_it_was_made(said, tmp_path):
    code, out, err = said(*FEW, "--out", tmp_path / "out")
    assert (code, err.count("written: ")) == (0, 7)
    assert "tested on 160 pictures of 20 others" in out
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"table4.csv", "table4.parquet", "figure26.png", "figure27.png", "authentication.json"} <= written
    for path in (tmp_path / "out").iterdir():
        assert read_provenance(path)["kind"] == "authentication"
        assert path.stat().st_mode & 0o077 == 0
    command = command_of(read_provenance(tmp_path / "out" / "table4.csv"))
    assert command.startswith("likeness people evaluate authentication")
    assert "--test-people 20" in command
    code, out, _ = said(*FEW, "--json")
    record = json.loads((tmp_path / "out" / "authentication.json").read_text())["authentication"]
    assert json.loads(out) == record
    assert (record["untold"], record["arms"][0]["rejections"][0]["far"]) == ([1e-5], 1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "huge"), "there is no preset 'huge': choose small or paper"),
        (("--renderer", "crayons"), "'crayons' is not one of"),
        (("--side", "50"), "side: input should be a multiple of 32"),
        (("--balanced", "7"), "give even numbers"),
        (("--unbalanced", "20", "--balanced", "50"), "it cannot have more of them"),
        (("--photographs", "absent"), "there is no folder absent"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(said, tmp_path, arguments, message):
    code, out, err = said(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "work").exists()
