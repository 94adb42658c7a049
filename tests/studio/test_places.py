"""Folders for results: private, and gone again where nothing came into them."""

from __future__ import annotations

import pytest

from explorer.studio.places import output_folder


def test_a_folder_that_was_filled_stays_for_its_owner_only(tmp_path):
    with output_folder(tmp_path / "out" / "run") as folder:
        (folder / "result").touch()
    assert (tmp_path / "out" / "run" / "result").exists()
    assert {(tmp_path / place).stat().st_mode & 0o777 for place in ("out", "out/run")} == {0o700}


def test_what_was_made_for_work_that_failed_is_removed(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "mine" / "out" / "run"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"], "a folder that was there before stays, empty as it is"
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_folder_with_earlier_results_is_left_alone(tmp_path):
    with output_folder(tmp_path / "out" / "first") as folder:
        (folder / "result").touch()
    with pytest.raises(ValueError, match="no face"), output_folder(tmp_path / "out" / "second"):
        raise ValueError("no face")
    assert [place.name for place in (tmp_path / "out").iterdir()] == ["first"]
