"""Files whose names Qt cannot say are found all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from explorer.ui.base.paths import found_path

ODD = [b"caf\xe9.jpg", b"\xff\xfe\xfd", b"caf\xe9/\xe9t\xe9.jpg"]


@pytest.mark.parametrize("name", ODD)
def test_a_dropped_or_chosen_file_of_any_name_is_found(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    (path.parent / "other.jpg").touch()
    dropped = QUrl(path.as_uri()).toLocalFile()
    chosen = os.fsencode(path).decode(errors="replace")
    assert found_path(Path(dropped)) == path
    assert found_path(Path(chosen)) == path


def test_a_path_that_leads_nowhere_stays(tmp_path: Path) -> None:
    for name in ("missing.jpg", "\ufffd.jpg", "\ufffd/\ufffd.jpg"):
        assert found_path(tmp_path / name) == tmp_path / name
