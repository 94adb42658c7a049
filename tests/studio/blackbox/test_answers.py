"""Kept answers: none is lost, none is anybody else's to read, and none outlives its photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.blackbox.answers import Answers, KeptAnswer, folder_of, forget_photographs, picture_hash
from explorer.studio.errors import UserError
from tests.studio.blackbox.kit import frame

VECTOR = np.array([1.5, -2, 3e-8], np.float32)


def file_of(folder: Path) -> Path:
    return folder / "answers.jsonl"


def test_what_was_kept_is_there_again_to_the_last_bit_and_for_the_owner_alone(tmp_path: Path) -> None:
    with Answers(tmp_path / "box") as answers:
        answers.keep("a", KeptAnswer(VECTOR, "photo"))
        answers.keep("b", KeptAnswer(None))
    with Answers(tmp_path / "box") as answers:
        kept = answers["a"].vector
        assert kept is not None
        assert kept.tobytes() == VECTOR.tobytes()
        assert (answers["a"].photograph, answers["b"].vector, len(answers)) == ("photo", None, 2)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "box", *(tmp_path / "box").iterdir()])


def test_a_line_that_a_killed_process_left_half_written_is_taken_away_and_damaged_ones_are_passed_over(
    tmp_path: Path,
) -> None:
    with Answers(tmp_path) as answers:
        answers.keep("a", KeptAnswer(VECTOR))
    with file_of(tmp_path).open("ab") as file:
        file.write(b'not JSON\n{"vector": "AAAA"}\n[]\n{"picture": "c", "vector": "AAA"}\n{"picture": "half')
    with Answers(tmp_path) as answers:
        assert list(answers) == ["a"]
        answers.keep("d", KeptAnswer(None))
    with Answers(tmp_path) as answers:
        assert list(answers) == ["a", "d"]


def test_two_processes_do_not_ask_the_same_black_box_at_once(tmp_path: Path) -> None:
    with Answers(tmp_path), pytest.raises(UserError, match="another process"):
        Answers(tmp_path)
    with Answers(tmp_path):
        pass


def test_forgetting_a_photograph_leaves_nothing_of_it_in_any_black_box(tmp_path: Path) -> None:
    folders = [folder_of(key, tmp_path) for key in ("one", "two")]
    for folder in folders:
        with Answers(folder) as answers:
            answers.keep("of nobody", KeptAnswer(VECTOR))
            answers.keep("of somebody", KeptAnswer(VECTOR + 1, "photo"))
    with Answers(folder_of("three", tmp_path)) as unconcerned:
        assert forget_photographs(["photo", "unknown"], tmp_path) == 2
        assert len(unconcerned) == 0
    for folder in folders:
        assert b"photo" not in file_of(folder).read_bytes()
        assert file_of(folder).stat().st_mode & 0o077 == 0
        with Answers(folder) as answers:
            assert list(answers) == ["of nobody"]
    assert forget_photographs(["photo"], tmp_path) == 0
    assert forget_photographs(["photo"], tmp_path / "nowhere") == 0


def test_what_is_just_being_asked_cannot_be_forgotten_unsaid(tmp_path: Path) -> None:
    with Answers(folder_of("one", tmp_path)) as answers:
        answers.keep("a", KeptAnswer(VECTOR, "photo"))
        with pytest.raises(UserError, match="then forget again"):
            forget_photographs(["photo"], tmp_path)


def test_all_answers_go_at_once(tmp_path: Path) -> None:
    with Answers(tmp_path) as answers:
        answers.keep("a", KeptAnswer(VECTOR))
        answers.clear()
        answers.keep("b", KeptAnswer(None))
    with Answers(tmp_path) as answers:
        assert list(answers) == ["b"]


def test_a_picture_is_known_by_its_size_and_pixels() -> None:
    assert picture_hash(frame(1)) == picture_hash(np.asfortranarray(frame(1))) != picture_hash(frame(2))
    assert picture_hash(frame(1).reshape(8, 32, 3)) != picture_hash(frame(1))
    assert folder_of("one") != folder_of("two")
