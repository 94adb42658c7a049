"""What the figure composer shows. No Qt, no matplotlib."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.studio.arrays import Image
from explorer.studio.session.slices import Slice


@dataclass(frozen=True, eq=False)
class ComposerState:
    """preview: (H, W, 3) uint8, or None with a remark that says why. size: of the page in millimetres; 0 of a film.

    busy: whether a newer preview is being drawn.
    """

    preview: Image | None = None
    size: tuple[float, float] = (0.0, 0.0)
    remark: str = ""
    busy: bool = False


COMPOSING = Slice[ComposerState](
    name="composing",
    default=ComposerState,
    without=lambda composing, forgotten: ComposerState() if composing.preview is not None else composing,
    mark=None,
    unsaved="a preview is drawn again",
)
"""What the figure composer shows."""

SLICES = (COMPOSING,)
