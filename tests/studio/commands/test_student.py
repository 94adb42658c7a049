"""`likeness train student` and `evaluate student`: what they refuse before anything is asked or trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.app import cli


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("train", "student"), "whose student?"),
        (("train", "student", "--teacher", "sface", "--command", "true"), "not both"),
        (("train", "student", "--teacher", "sface", "--queries", "9"), "--queries belongs to black boxes"),
        (("train", "student", "--teacher", "nobody"), "no encoder called 'nobody'"),
        (("train", "student", "--teacher", "sface", "--name", "No Name"), "cannot be called"),
        (("train", "student", "--teacher", "sface", "--name", "mine"), "under which terms"),
        (("train", "student", "--command", "true", "--faces", "9", "--queries", "8"), "give --queries 9"),
        (("train", "student", "--command", "true", "--measure", "miles"), "cosine or euclidean"),
        (("evaluate", "student", "orl", "--teacher", "sface"), "train one with `likeness train student`"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: tuple[str, ...], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main([*words, "--work", str(tmp_path / "work")])
    said = capsys.readouterr().err
    assert code == 2
    assert complaint in " ".join(said.split())
    assert "Traceback" not in said
