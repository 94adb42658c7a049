"""Values of the session's own slices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from explorer.studio.session.slices import Slice
from explorer.studio.session.state import (
    ACTIVITIES,
    DOCUMENT,
    LOG,
    NOTIFICATIONS,
    Activity,
    Document,
    LogEntry,
    Notification,
)
from explorer.studio.session.unknown import UNKNOWN, UnknownPart
from tests.studio.slice_kit import KEY


def samples() -> Mapping[Slice[Any], Any]:
    return {
        UNKNOWN: (UnknownPart("people", 3, {"of": KEY}, {}),),
        DOCUMENT: Document(Path("/work.likeness"), modified=True, undo="open jane.png"),
        ACTIVITIES: (Activity(1, "embedding a face", "embedding"),),
        NOTIFICATIONS: (
            Notification(1, "info", "The session is saved", "work.likeness"),
            Notification(2, "info", "The embedding is written", f"{KEY}.npy", path=Path("/me.npy"), about=(KEY,)),
        ),
        LOG: (
            LogEntry(3, datetime(2026, 1, 1, 12, 0), "opened", "another.png", "1 face"),
            LogEntry(4, datetime(2026, 1, 1, 12, 0), "opened", "jane.png", f"1 face, {KEY}", about=(KEY,)),
        ),
    }
