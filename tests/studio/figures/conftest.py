from __future__ import annotations

import pytest
from made_up import made_up_run

from explorer.studio.session.run import InversionRun


@pytest.fixture
def run() -> InversionRun:
    return made_up_run()
