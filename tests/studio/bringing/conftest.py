from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import register_brought_encoders


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the user's own; what was registered of it goes again."""
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield tmp_path / "state" / "networks"
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought_encoders()
