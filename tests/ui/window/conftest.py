"""What is stated of the whole window is stated of one whose panels are all there."""

from __future__ import annotations

import pytest


@pytest.fixture
def whole() -> bool:
    """Complete, as a user has it a moment behind the first paint."""
    return True
