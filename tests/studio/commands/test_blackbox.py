"""Commands that attack a black box: what they write and say of a small one, and refusals in one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.blackbox.answer import BlackBoxError
from explorer.studio.blackbox.answers import Answers
from explorer.studio.commands import _blackbox, _evaluate_blackbox, _invert_blackbox, invert
from explorer.studio.export.provenance import read_provenance
from tests.studio.blackbox.small_networks import SmallBox, SmallNetworks, photographed
from tests.studio.evaluation.people_kit import made_up_set

SEARCH = ("--steps", 3, "--finish", 0, "--starts", 1, "--contest", 0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SmallBox:
    """A small black box behind every address, and small networks."""
    box = SmallBox()

    @contextmanager
    def opened(self: Any) -> Iterator[Any]:
        self.check()
        with Answers(tmp_path / "answers") as answers:
            yield box, answers

    def named(networks: Any, one: Any) -> Any:
        target = photographed()
        return replace(target, record=target.record.model_copy(update={"sha256": one.read().sha256}))

    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(_blackbox.BoxOptions, "opened", opened)
    for module in (invert, _evaluate_blackbox):
        monkeypatch.setattr(module, "Networks", lambda device: SmallNetworks())
    for module in (_invert_blackbox, _evaluate_blackbox):
        monkeypatch.setattr(module, "say_missing_encoders", lambda: None)
    monkeypatch.setattr(_invert_blackbox, "blackbox_target", lambda *given: photographed())
    monkeypatch.setattr(_evaluate_blackbox, "photograph_set", lambda name: made_up_set(2, 2))
    monkeypatch.setattr(_evaluate_blackbox, "target_of", named)
    return box


def run(*arguments: Any) -> int:
    return cli.main([*map(str, arguments), "--device", "cpu"])


def test_an_attack_is_written_with_its_record_and_says_what_it_cost(
    small: SmallBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, url = tmp_path / "out", "http://127.0.0.1:8713"
    assert run("invert", "a.jpg", "--out", out, "--blackbox", url, "--queries", 30, *SEARCH) == 0
    said = capsys.readouterr().out
    assert "translation with 30 queries in" in said
    assert "nearest face asked about" in said
    assert "sface        held out" in said
    assert {path.name for path in (out / "a").iterdir()} == {"result.png", "nearest.png", "run.json"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (out / "a").iterdir())
    about = read_provenance(out / "a" / "result.png")
    assert about["kind"] == "inversion of a black box"
    assert about["attack"]["queries"]["used"] == 30
    assert run("invert", "a.jpg", "--out", out, "--command", "box", "--queries", 30, *SEARCH, "--json") == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["queries"]["sent"], record["faces"], small.sent) == (0, 28, 30)


@pytest.mark.slow
def test_curves_are_drawn_from_attacks_that_are_made_once(
    small: SmallBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("evaluate", "blackbox", "people", "--out", tmp_path / "out", "--blackbox", "http://localhost", *SEARCH)
    assert run(*command, "--queries", 25, "--queries", 30) == 0
    said = capsys.readouterr()
    assert "translation, 25 queries, 2 photographs of 2 people" in said.out
    assert "made before" not in said.err
    with (tmp_path / "out" / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["queries"], row["encoder"]) for row in rows[:2]] == [("25", "black box"), ("25", "arcface-mbf")]
    assert len(rows) == 2 * 4
    assert len(json.loads((tmp_path / "out" / "curves.json").read_text())["rows"]) == 8
    sent = small.sent
    assert run(*command, "--queries", 30, "--json") == 0
    said = capsys.readouterr()
    assert said.err.count("made before") == 2
    assert len(json.loads(said.out)) == 4
    assert small.sent == sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--queries", "10"], "--queries belongs to black boxes"),
        (["--retries", "0"], "--retries belongs to black boxes"),
        (["--white", "sface"], "--white belongs to black boxes"),
        (["--encoder", "http://127.0.0.1:8713"], "is a black box: it answers vectors and gives no gradients"),
        (["--blackbox", "http://127.0.0.1", "--command", "x"], "either --blackbox or --command"),
        (["--blackbox", "http://127.0.0.1", "--encoder", "sface"], "--encoder: a black box gives no gradients"),
        (["--blackbox", "http://127.0.0.1", "--film", "mp4"], "--film"),
        (["--blackbox", "http://127.0.0.1", "--noise", "0.1"], "--noise"),
        (["--blackbox", "http://127.0.0.1", "--feed", "paths"], "belongs to --command"),
        (["--command", "x", "--feed", "pipe"], "paths or picture"),
        (["--blackbox", "http://127.0.0.1", "--measure", "manhattan"], "cosine or euclidean"),
        (["--blackbox", "http://127.0.0.1", "--queries", "12"], "too few"),
        (["--blackbox", "http://127.0.0.1", "--attack", "force"], "no attack called 'force'"),
        (["--blackbox", "http://127.0.0.1", "--white", "sface", "--white", "sface"], "each once"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photograph = tmp_path / "a.jpg"
    assert run("invert", photograph, "--out", tmp_path / "out", *arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_address_of_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    options = _blackbox.BoxOptions("http://192.0.2.1:8713", None, None, None, None, None, False)
    with pytest.raises(BlackBoxError, match="not on this machine"), options.opened():
        pass
    options = _blackbox.BoxOptions(None, None, None, None, None, None, False)
    with pytest.raises(ValueError, match="which black box"), options.opened():
        pass
