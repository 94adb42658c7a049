"""Names as they are shown and kept: one line, and the way back to the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from explorer.science.names import kept_path, name_of, path_kept, shown, shown_lines

ODD = [b"caf\xe9.jpg", b"a\nb.jpg", b"\x1b[31mred\x1b[0m.jpg", b"\xff\xfe", "a\u202egpj.exe".encode(), b"tab\t.jpg"]


@pytest.mark.parametrize("name", ["me.jpg", "Zoë Müller, 3.jpg", "写真.jpg", "50 %.png", "a\\b.png", "🙂‍↔️.png"])
def test_a_name_that_can_be_shown_stays_as_it_is(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize("name", ODD)
def test_any_other_name_becomes_one_line_that_every_file_can_hold(name: bytes) -> None:
    said = shown(os.fsdecode(name))
    assert said.splitlines() == [said]
    assert said.encode().decode() == said
    assert not any(ord(character) < 32 or character in "\x7f\u202e" for character in said)
    assert "%" in said
    assert "\\" not in said
    assert shown(said) == said, "what is shown is not escaped again"


def test_the_escapes_are_the_bytes_of_the_name() -> None:
    assert shown(os.fsdecode(b"caf\xe9\n.jpg")) == "caf%E9%0A.jpg"
    assert name_of(Path("/a/b") / os.fsdecode(b"\xff.png")) == "%FF.png"
    assert shown("\ud800") == "%ED%A0%80", "half a character of Windows' names"


def test_a_sentence_keeps_its_line_breaks() -> None:
    assert shown_lines("one\ntwo\x1b") == "one\ntwo%1B"


@pytest.mark.parametrize("name", [*ODD, b"plain.jpg", "Zoë.jpg".encode()])
def test_a_path_comes_back_from_json(name: bytes) -> None:
    path = Path("/somewhere") / os.fsdecode(name)
    text = kept_path(path)
    assert path_kept(json.loads(json.dumps(text, ensure_ascii=False).encode())) == path
