"""A canned answer to what is asked of handles: a grey that the slider of the smile tells."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.handles.requests import HandlesMoved, MoveHandles
from explorer.studio.handles.values import MovedFace

CLASSES = {"smiling": ("not smiling", "smiling"), "gender": ("female", "male")}


def move(request: MoveHandles, control: Control) -> Generator[Report, None, HandlesMoved]:
    """Two handles."""
    yield Progress("moving")
    styles = np.zeros((2, 4), np.float32) if request.styles is None else request.styles
    picture = np.full((4, 4, 3), round(20 * request.values.get("smiling", 0.0)) + 100, np.uint8)
    read = {"smiling": 0.5, "gender": -1.0}
    moved = MovedFace(request.key, request.base, styles, read, picture, dict(request.values), request.fine)
    return HandlesMoved(request, moved, CLASSES)


HANDLES_HANDLERS: dict[type, Handler] = {MoveHandles: move}
