from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio.plugins.plugin_kit import Site, open_site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with open_site(tmp_path, monkeypatch) as opened:
        yield opened
