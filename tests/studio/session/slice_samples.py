"""Values of the session's own slices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.studio.session.slices import Slice
from explorer.studio.session.state import ACTIVITIES, DOCUMENT, NOTIFICATIONS, Activity, Document, Notification
from explorer.studio.session.unknown import UNKNOWN, UnknownPart
from tests.studio.slice_kit import KEY


def samples() -> Mapping[Slice[Any], Any]:
    return {
        UNKNOWN: (UnknownPart("people", 3, {"of": KEY}, {}),),
        DOCUMENT: Document(Path("/work.likeness"), modified=True, undo="open jane.png"),
        ACTIVITIES: (Activity(1, "embedding a face", "embedding"),),
        NOTIFICATIONS: (Notification(1, "info", "The session is saved", "work.likeness"),),
    }
