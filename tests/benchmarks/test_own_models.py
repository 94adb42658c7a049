"""The benchmark of morphable models goes on where it was stopped, at the commit that it was begun at."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import own_models


def test_what_was_measured_at_this_commit_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured = list[str]()

    def row() -> dict[str, float]:
        measured.append("measured")
        return {"vertices": 3.0}

    for commit, times in (("aaaa", 1), ("aaaa", 1), ("bbbb", 2), ("bbbb-dirty", 3), ("bbbb-dirty", 4), ("aaaa", 4)):
        monkeypatch.setattr(own_models, "commit", lambda commit=commit: commit)
        assert own_models._once(tmp_path, "Surrey", row) == {"vertices": 3.0}
        assert len(measured) == times
    own_models._once(tmp_path, "FLAME", row)
    assert len(measured) == 5
