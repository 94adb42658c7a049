"""A value of the downloads' slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.session.slices import Slice


def samples() -> Mapping[Slice[Any], Any]:
    return {NETWORKS_MISSING: "2 networks are missing: sface, edgeface-s. Fetch them to begin"}
