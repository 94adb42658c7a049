from __future__ import annotations

import pytest

from explorer.studio.inversion.record import InversionRun
from tests.studio.export.made_up import made_up_run


@pytest.fixture
def run() -> InversionRun:
    return made_up_run()
