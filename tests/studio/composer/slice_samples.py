"""A value of the composer's slice: a preview, which may show a face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.studio.composer.state import COMPOSING, ComposerState
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import PIXELS


def samples() -> Mapping[Slice[Any], Any]:
    return {COMPOSING: ComposerState(PIXELS, (88.0, 60.0))}
