"""A black box that is a program: asked in order, never by a shell, and gone when it is closed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from explorer.studio.blackbox.answer import BlackBoxError, TransientError
from explorer.studio.blackbox.program import Program, words_of
from tests.studio.blackbox.kit import ECHO, program


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_one_program_answers_picture_after_picture_in_order_and_leaves_no_file(tmp_path: Path, temporary: Path) -> None:
    with Program(program(tmp_path, ECHO)) as box:
        for picture in (b"a", b"bb", b"c" * 100_000):
            assert box.embed(picture).tolist() == [len(picture), picture[0], 1.5]  # type: ignore[union-attr]
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert not list(folder.glob("*.png"))
    assert not list(temporary.iterdir())


def test_a_picture_on_the_standard_input_is_answered_by_a_program_of_its_own(tmp_path: Path) -> None:
    text = "import sys\ndata = sys.stdin.buffer.read()\nprint(f'{{\"vector\": [{len(data)}, {data[0]}]}}')\n"
    with Program(program(tmp_path, text), feeding="picture") as box:
        for picture in (b"a", b"z" * 300_000):
            assert box.embed(picture).tolist() == [len(picture), picture[0]]  # type: ignore[union-attr]
        deaf = Program(program(tmp_path, "print('{\"vector\": [1, 2]}')"), feeding="picture")
        with deaf:
            assert deaf.embed(b"x" * 1_000_000).tolist() == [1, 2]  # type: ignore[union-attr]


def test_an_error_in_the_vectors_place_says_that_there_is_no_face(tmp_path: Path) -> None:
    text = 'import sys\nfor line in sys.stdin:\n    print(\'\\n{"error": "no face"}\', flush=True)\n'
    with Program(program(tmp_path, text)) as box:
        assert box.embed(b"x") is None
        assert box.embed(b"x") is None


def test_a_program_that_ends_says_why_and_is_started_again(tmp_path: Path, temporary: Path) -> None:
    text = "import sys\nprint('first', file=sys.stderr)\nsys.exit('no licence' if input() else 0)\n"
    with Program(program(tmp_path, text)) as box:
        for _ in range(2):
            with pytest.raises(TransientError, match="ended with code 1 before it had answered: no licence"):
                box.embed(b"x")
            assert not list(temporary.iterdir())


def test_a_program_that_is_silent_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    text = (
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'input()'])\ninput()\nchild.wait()\n"
    )
    with Program(program(tmp_path, text), timeout=0.3) as box:
        with pytest.raises(TransientError, match=r"within 0\.3 s"):
            box.embed(b"x")
        assert box._running is None


def test_a_program_that_never_ends_its_line_is_not_listened_to_for_ever(tmp_path: Path) -> None:
    text = "import sys\ninput()\nwhile True:\n    sys.stdout.write('x' * 65536)\n"
    with Program(program(tmp_path, text)) as box, pytest.raises(BlackBoxError, match="more than 1 MB"):
        box.embed(b"x")


def test_nothing_of_a_command_is_run_by_a_shell(tmp_path: Path) -> None:
    made = tmp_path / "made"
    command = f"{program(tmp_path, ECHO)} ; touch {made} $(touch {made}) > {made}"
    with Program(command) as box:
        assert box.embed(b"q").tolist() == [1, 113, 1.5]  # type: ignore[union-attr]
    assert not made.exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [("", "empty"), ("  ", "empty"), ("'open", "quotation"), ("no-such-program-at-all --x", "no program no-such")],
)
def test_a_command_that_is_none_is_refused(command: str, words: str) -> None:
    with pytest.raises(BlackBoxError, match=words):
        words_of(command)


def test_a_black_box_is_told_by_its_command_and_how_it_is_fed(tmp_path: Path) -> None:
    command = f"{sys.executable} -c pass"
    assert Program(command).key == Program(f"{sys.executable}  -c 'pass'").key
    assert Program(command).key != Program(command, feeding="picture").key
    assert Program(command).name == Path(sys.executable).name
