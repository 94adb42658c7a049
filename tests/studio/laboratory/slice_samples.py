"""The laboratory keeps nothing in the session yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.session.slices import Slice


def samples() -> Mapping[Slice[Any], Any]:
    return {}
