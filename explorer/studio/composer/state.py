"""What the figure composer shows. No Qt, no matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.studio.arrays import Image
from explorer.studio.session.slices import Slice

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.composer.laboratory_drawing import LaboratoryMade


@dataclass(frozen=True, eq=False)
class ComposerState:
    """preview: (H, W, 3) uint8, or None with a remark that says why. size: of the page in millimetres; 0 of a film.

    busy: whether a newer preview is being drawn. slow: whether it takes so long that it waits to be asked for.
    made: what a figure of Deep Face Decoder shows, for its other sizes.
    """

    preview: Image | None = None
    size: tuple[float, float] = (0.0, 0.0)
    remark: str = ""
    busy: bool = False
    slow: bool = False
    made: LaboratoryMade | None = None

    @property
    def holds_faces(self) -> bool:
        """Whether something of a face may be in it."""
        return self.preview is not None or self.made is not None


COMPOSING = Slice[ComposerState](
    name="composing",
    default=ComposerState,
    without=lambda composing, forgotten: ComposerState() if composing.holds_faces else composing,
    mark=None,
    unsaved="a preview is drawn again",
)
"""What the figure composer shows."""

SLICES = (COMPOSING,)
