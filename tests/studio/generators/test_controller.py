"""A generator is brought from the window, chosen at once, and taken away again; what is wrong is one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS
from explorer.studio import places
from explorer.studio.catalogue.generators import import_generator, register_brought
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.generators.handlers import FILE_HANDLERS
from explorer.studio.generators.requests import ImportGenerator
from explorer.studio.generators.state import BROUGHT
from explorer.studio.inversion.state import SETTINGS
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from tests.science.generation import brought_kit as kit
from tests.studio.session.session_kit import Program


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield tmp_path / "state" / "generators"
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought()


@pytest.fixture
def pickled(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    path = tmp_path / "My FFHQ 32.pkl"
    path.write_bytes(kit.nvidia_pickle(kit.stylegan2(z=5)))
    return path


@pytest.fixture
def program() -> Program:
    made = Program()
    assert isinstance(made.engine, FakeEngine)
    made.engine._handlers |= FILE_HANDLERS
    return made


def toast(program: Program) -> tuple[str, str, str]:
    last = program.session[NOTIFICATIONS][-1]
    return last.level, last.title, last.text


def test_it_is_brought_shown_as_under_way_chosen_and_removed(program: Program, pickled: Path) -> None:
    bench, session = program.bench, program.session
    bench.generators.bring(pickled, "for tests", "mine", points=False)
    assert len(session[ACTIVITIES]) == 1
    program.settle()
    assert not session[ACTIVITIES]
    assert [card.id for card in session[BROUGHT]] == ["mine"]
    level, title, text = toast(program)
    assert (level, title) == ("info", "mine is imported")
    assert "StyleGAN2 (nvidia), 32 px" in text
    assert "Objective panel" in text
    bench.settings.change("generator", "mine")
    assert session[SETTINGS].generator == "mine"
    bench.generators.remove("mine")
    assert session[BROUGHT] == ()
    assert session[SETTINGS].generator == DEFAULT_GENERATOR
    assert "mine" not in GENERATORS
    assert toast(program)[1] == "mine is removed"
    assert pickled.exists()


def test_those_of_earlier_are_there_from_the_start(pickled: Path) -> None:
    import_generator(pickled, "for tests", "mine")
    assert [card.id for card in Program().session[BROUGHT]] == ["mine"]


@pytest.mark.parametrize("content", [b"not a pickle", b"\x80\x04cos\nsystem\n.", b""])
def test_a_wrong_file_is_one_line_and_keeps_nothing(
    program: Program, tmp_path: Path, own_folder: Path, content: bytes
) -> None:
    (tmp_path / "a.pkl").write_bytes(content)
    program.bench.generators.bring(tmp_path / "a.pkl", "for tests", "mine", points=False)
    program.settle()
    _, _, text = toast(program)
    assert "a.pkl" in text
    assert "\n" not in text
    assert not own_folder.exists()
    assert program.session[BROUGHT] == ()


def test_a_file_that_is_gone_is_one_line(program: Program, tmp_path: Path) -> None:
    program.bench.generators.bring(tmp_path / "gone.pkl", "for tests", "mine", points=False)
    program.settle()
    assert "No such file" in toast(program)[2]


@pytest.mark.parametrize(
    ("licence", "name", "words"),
    [("", "mine", "under which terms"), ("any", "sface", "already"), ("any", "A b", "cannot")],
)
def test_bad_terms_or_a_bad_name_ask_nothing_of_the_engine(
    program: Program, pickled: Path, licence: str, name: str, words: str
) -> None:
    program.bench.generators.bring(pickled, licence, name)
    assert words in toast(program)[2]
    assert not [one for one in program.engine.submitted if isinstance(one.request, ImportGenerator)]


def test_two_files_are_brought_one_after_the_other(program: Program, pickled: Path) -> None:
    for name in ("one", "two"):
        program.bench.generators.bring(pickled, "for tests", name, points=False)
    program.settle()
    assert [card.id for card in program.session[BROUGHT]] == ["one", "two"]


def test_one_that_is_cancelled_leaves_nothing(program: Program, pickled: Path, own_folder: Path) -> None:
    program.bench.generators.bring(pickled, "for tests", "mine", points=False)
    program.engine.advance(1)
    program.bench.cancel()
    program.settle()
    assert not own_folder.exists()
    assert program.session[BROUGHT] == ()


def test_one_that_draws_is_not_removed(program: Program, pickled: Path) -> None:
    import_generator(pickled, "for tests", "mine")
    program.bench.generators.bring(pickled, "for tests", "other", points=False)
    program.settle()
    program.open()
    program.bench.settings.change("generator", "mine")
    program.bench.inversion.start()
    program.bench.generators.remove("mine")
    assert "mine" in GENERATORS
    assert toast(program)[1] == "mine is drawing"
    program.settle()
    program.bench.generators.remove("mine")
    assert "mine" not in GENERATORS


def test_what_was_removed_elsewhere_goes_from_the_list(program: Program, pickled: Path, own_folder: Path) -> None:
    program.bench.generators.bring(pickled, "for tests", "mine", points=False)
    program.settle()
    for file in own_folder.iterdir():
        file.unlink()
    program.bench.generators.remove("mine")
    assert toast(program)[0] == "warning"
    assert program.session[BROUGHT] == ()
