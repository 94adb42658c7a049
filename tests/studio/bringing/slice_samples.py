"""A value of the slice of a network that is being brought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.studio.bringing.state import BRINGING
from explorer.studio.bringing.values import Bringing, Line
from explorer.studio.session.slices import Slice

LINE = Line("five points", "112 x 112", "RGB", "(x - 127.5) / 127.5", "cosine", 200, "0.99 [0.98, 1.00]", "3.10")


def samples() -> Mapping[Slice[Any], Any]:
    return {
        BRINGING: Bringing(Path("mine.onnx"), "tried", "y", "an ONNX graph", ("y",), "openpeople", (LINE,), "", "mine"),
    }
