"""What cannot be made again says why in one line, and by which command it was made."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.app import cli
from explorer.studio.batch.folder import batch_record
from explorer.studio.batch.job import Job
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import FigureSpec
from explorer.studio.export.provenance import bare_record, source_record, write_sidecar
from explorer.studio.inversion.provenance import provenance
from explorer.studio.reproducing.comparing import deviation
from explorer.studio.reproducing.kinds import again_of, command_of, command_record, why_not
from tests.studio.export.made_up import made_up_run

SOURCE = source_record("me.jpg", "0" * 64)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (bare_record(kind="photograph", source=SOURCE), "shows its source itself, me.jpg"),
        (bare_record(kind="picture", picture="Photo", source=SOURCE), "shows its source, me.jpg, and nothing that was"),
        (bare_record(kind="picture", picture_edit={}, source=SOURCE), "as it was edited to be read"),
        (bare_record(kind="picture", view={"yaw": 1}, source=SOURCE), "earlier version"),
        (bare_record(kind="panel", panel="Runs"), "a picture of a panel"),
        (bare_record(kind="inversion of several", source=SOURCE), "before they were finished"),
        (bare_record(photograph=SOURCE, scene={}, fit={}), "earlier version"),
        (bare_record(kind="readouts", source=SOURCE), "earlier version"),
        (bare_record(kind="fit", source=SOURCE), "earlier version"),
        (bare_record(kind="embedding", source=SOURCE), "earlier version"),
        (bare_record(), "something else, which cannot be made again"),
        (provenance(made_up_run()) | {"table": "steps"}, r"lists numbers of inversions \(steps\)"),
        (provenance(made_up_run()) | {"figure": "4.6"}, r"lists numbers of inversions \(4\.6\)"),
        (bare_record(kind="a\x1b[31m\nb" * 100), r"holds a\[31mb"),
        (bare_record(kind=["readouts"]), "cannot be made again"),
    ],
)
def test_why_in_one_line(record, told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        again_of(record, "x.png")
    line = str(caught.value)
    assert line.startswith("x.png ")
    assert line.isprintable()
    assert len(line) < 400


def test_inversions_go_their_own_way() -> None:
    run = made_up_run()
    assert again_of(provenance(run), "x.png") is None
    assert again_of(provenance(run, drawing=FigureSpec()) | {"figure": "4.3"}, "x.png") is None


@pytest.mark.parametrize(
    ("job", "command"),
    [
        (Job(kind="fit", refine=False), "likeness batch fit FOLDER --no-refine --out DIR"),
        (Job(kind="probe", encoder="sface"), "likeness batch probe FOLDER --encoder sface --out DIR"),
        (
            Job(kind="probe", by="reconstruction", runs=3, settings=InversionSettings(steps=7)),
            "likeness batch probe FOLDER --encoder arcface-mbf --by reconstruction --runs 3 --steps 7 --out DIR",
        ),
        (
            Job(kind="invert", settings=InversionSettings(steps=7, space="W"), figure=("png",), mark=False),
            "likeness batch invert FOLDER --space W --steps 7 --figure png --encoder arcface-mbf --no-mark --out DIR",
        ),
    ],
)
def test_a_batch_names_its_command_which_the_command_line_takes(job: Job, command: str, capsys) -> None:
    record = batch_record(job, [])
    assert sorted(command_of(record).split()) == sorted(command.split())
    assert command_of(record) in why_not(record, "table.csv")
    assert cli.main(shlex.split(command_of(record))[1:]) == 2
    assert "FOLDER is not a folder" in capsys.readouterr().err, "every option was understood"


def test_a_command_is_named_without_directories_and_is_safe_to_paste() -> None:
    options = {"encoder": ["sface", "arcface-mbf"], "device": None, "mark": False, "rate": 0.5}
    words = command_record("evaluate leakage", ["/home/me/secret/corpus/", "C:\\me\\a b"], options)
    told = command_of(bare_record(command=words))
    assert told == "likeness evaluate leakage corpus 'a b' --encoder sface --encoder arcface-mbf --no-mark --rate 0.5"
    crafted = ["evaluate", "$(rm -rf ~)", "; rm", "a\x1b[2J\nb"]
    assert shlex.split(command_of(bare_record(command=crafted))) == ["likeness", "evaluate", *crafted[1:3], "a[2Jb"]
    for wrong in (["rm", "-rf"], [], "evaluate", ["evaluate"] * 1000, [["evaluate"]], [7], None):
        assert command_of(bare_record(command=wrong)) == ""


def test_the_command_line_refuses_with_2(tmp_path: Path, capsys) -> None:
    beside = write_sidecar(
        tmp_path / "table.csv", bare_record(kind="leakage table", command=["evaluate", "leakage", "x"])
    )
    assert cli.main(["reproduce", str(beside)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "make it again by `likeness evaluate leakage x`" in complaint


def test_numbers_and_words_are_compared_by_name() -> None:
    apart = deviation({"a": 1.0, "b": "x", "c": 2.0, "d": None}, {"a": 1.5, "b": "y", "e": 3.0, "d": None})
    assert (apart.largest, apart.where, apart.count) == (0.5, "a", 1)
    assert apart.changed == ("b: x then, y now", "c: 2 then, nothing now", "e: nothing then, 3 now")
    assert deviation({}, {}).words() == "no numbers to compare"
    many = deviation({f"{number}": "x" for number in range(500)}, {})
    assert len(many.changed) == 21
    assert many.changed[-1] == "and 480 more"
