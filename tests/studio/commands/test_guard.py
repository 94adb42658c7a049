"""Laws of every command: nothing is written onto what is read, and no empty folder stays."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from explorer.studio import commands
from explorer.studio.app import cli
from explorer.studio.commands._guard import OUT, WORK

NAMES = sorted(file.stem.replace("_", "-") for file in Path(commands.__path__[0]).glob("[!_]*.py"))
# Paths that commands read. A new one is added here if it is read, else it is called `out` or `work`.
READ = {
    *("photo", "photos", "photographs", "source", "sources", "inputs", "figure", "folder", "sets", "model", "skins"),
    *("corpus", "labels", "file", "other", "probes_file"),
    *("photograph", "people", "towards", "among", "maps", "modifier", "decoder", "classifier"),
    *("people_list", "scene", "mnist", "student", "metric", "vec2face"),
}


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The commands under one, by the words that call them."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
    else:
        for name, one in inner.items():
            yield from leaves(one, (*words, name))


def is_path(annotation: object) -> bool:
    """Whether a parameter is a path, or some, or perhaps one."""
    return annotation is Path or any(map(is_path, get_args(annotation)))


def paths_of(command: Any) -> set[str]:
    """The names of the parameters that are paths."""
    parameters = inspect.signature(command.callback, eval_str=True).parameters
    return {name for name, one in parameters.items() if is_path(one.annotation)}


COMMANDS = {
    " ".join(words): command
    for name in NAMES
    for words, command in leaves(typer.main.get_command(cli.assemble([name])))
    if words
}
WRITING = {name: command for name, command in COMMANDS.items() if OUT in paths_of(command)}


def call(name: str, out: Path, source: Path) -> list[str]:
    """The command with whatever it takes: every path that it reads is the source."""
    words = name.split()
    paths = paths_of(WRITING[name])
    for parameter in WRITING[name].params:
        option = parameter.param_type_name == "option"
        if parameter.name in paths - {OUT, WORK} and (parameter.required or option or "photo" in parameter.name):
            value = str(source)
        elif parameter.name == WORK:
            value = str(source.parent / "work")
        elif parameter.required and parameter.name != OUT:
            taken = dict.fromkeys(("photographs", "sets", "set_", "reference"), str(source))
            value = ({"number": "4.5", "layout": "lfw"} | taken)[parameter.name]
        else:
            continue
        words += [parameter.opts[0], value] if option else [value]
    return [*words, "--out", str(out)]


def test_the_laws_are_of_every_command() -> None:
    assert {"embed", "probe", "render", "fit", "invert", "visibility", "reproduce", "batch invert"} < set(WRITING)
    assert {"evaluate ablation", "evaluate leakage", "train corpus-card", "train morphable-model"} < set(WRITING)
    assert [name for name, one in COMMANDS.items() if not hasattr(one.callback, "guards")] == []


def test_every_path_is_known_as_read_or_as_written() -> None:
    assert {name for one in COMMANDS.values() for name in paths_of(one)} - {OUT, WORK} == READ


@pytest.mark.parametrize("name", [name for name in WRITING if paths_of(WRITING[name]) - {OUT, WORK}])
@pytest.mark.parametrize("link", ["itself", "symbolic", "hard", "record"])
def test_no_command_writes_onto_what_it_reads(
    name: str, link: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "face.png", tmp_path / "other.png"
    source.write_bytes(b"what is the user's")
    if link == "itself":
        out = tmp_path / "." / "face.png"
    elif link == "symbolic":
        out.symlink_to(source)
    elif link == "hard":
        os.link(source, out)
    else:
        os.link(source, tmp_path / "other.png.json")
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    assert cli.main(call(name, out, source)) == 2
    said, complaint = capsys.readouterr()
    assert said == ""
    assert complaint.count("\n") == 1
    assert "is what is read, and would be overwritten" in complaint
    assert source.read_bytes() == b"what is the user's"
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", [name for name in WRITING if paths_of(WRITING[name]) & {"folder", "model", "sets"}])
def test_no_command_writes_onto_a_file_of_a_folder_that_it_reads(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "read"
    folder.mkdir()
    file = folder / "face.png"
    file.write_bytes(b"what is the user's")
    assert cli.main(call(name, file, folder)) == 2
    assert f"lies in {folder}, which is read" in capsys.readouterr().err
    assert file.read_bytes() == b"what is the user's"


# Who reads nothing that could be missing: what they draw follows from the model that ships, and a seed.
FROM_SEEDS = {"figure heads", "figure vectors"}


def test_whatever_reads_nothing_is_drawn_from_seeds() -> None:
    here = Path("here")
    assert {name for name in WRITING if call(name, here, here) == [*name.split(), "--out", "here"]} == FROM_SEEDS


@pytest.mark.parametrize("name", [name for name in WRITING if name not in FROM_SEEDS])
def test_what_fails_leaves_no_folder(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing" / "face.png"
    assert cli.main(call(name, tmp_path / "new" / "out", missing)) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
