"""`likeness train vec2face` and `evaluate vec2face`: what they refuse before anything is looked at or trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.science.vec2face.settings import CONFIGURATIONS
from explorer.studio.app import cli
from explorer.studio.commands._train_vec2face import chosen_generator, letter_of


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("train", "vec2face", "none", "--configuration", "D"), "there is no folder none"),
        (("train", "vec2face", "none", "--configuration", "Z"), "'Z' is not one of"),
        (("train", "vec2face", "none", "--encoder", "nobody"), "no encoder called 'nobody'"),
        (("train", "vec2face", "none", "--student", "s.onnx"), "give --black-box with it"),
        (("train", "vec2face", "none", "--black-box"), "train one with `likeness train student`"),
        (("train", "vec2face", "none", "--configuration", "F"), "train one with `likeness train metric`"),
        (("train", "vec2face", "none", "--resolution", "65"), "--resolution"),
        (("train", "vec2face", "none", "--out", "x", "--keep"), "not both"),
        (("evaluate", "vec2face", "orl", "--file", "none.safetensors"), "train a generator"),
        (("evaluate", "vec2face", "orl", "--figure", "nine"), "there are wild, conditions"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: tuple[str, ...], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main([*words, "--work", str(tmp_path / "work")])
    said = capsys.readouterr().err
    assert code == 2
    assert complaint in " ".join(said.replace("│", " ").split())
    assert "Traceback" not in said


def test_a_configuration_is_what_is_not_said_otherwise() -> None:
    for letter in CONFIGURATIONS:
        assert letter_of(chosen_generator(letter, {})) == letter
    chosen = chosen_generator("C", {"biject": False, "width": 0.5})
    assert (letter_of(chosen), chosen.generator, chosen.width) == ("B", "plain", 0.5)
    assert letter_of(chosen_generator("D", {"biject": True})) is None
