"""People who never were have no slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.session.slices import Slice


def samples() -> Mapping[Slice[Any], Any]:
    return {}
