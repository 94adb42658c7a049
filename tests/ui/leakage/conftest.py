"""The probes' handlers are canned in every test of the panel."""

from __future__ import annotations

import pytest

from tests.ui.canned import HANDLERS
from tests.ui.canned_probes import PROBE_HANDLERS


@pytest.fixture(autouse=True)
def canned(monkeypatch: pytest.MonkeyPatch) -> None:
    for request, handler in PROBE_HANDLERS.items():
        monkeypatch.setitem(HANDLERS, request, handler)
