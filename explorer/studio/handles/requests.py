"""The request that reads and moves a face by handles, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Frame
from explorer.studio.engine.requests import Request
from explorer.studio.handles.values import Base, MovedFace, Styles

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class MoveHandles(Request):
    """Read what elements say of a face, set some of them, and draw it. Result: `HandlesMoved`.

    key: of the face or run; empty of a sample. frame: of a photograph, in the common frame. latent, settings: of a
    result. seed: of a sample. styles: of the same face, where they are known already: nothing else is then looked at.
    fine: whether it is drawn at full size; a preview else.
    """

    priority: ClassVar[int] = 40
    title: ClassVar[str] = "moving handles"
    hidden: ClassVar[bool] = True
    again_with_networks: ClassVar[bool] = True

    key: str
    base: Base
    values: Mapping[str, float] = field(default_factory=dict)
    frame: Frame | None = None
    latent: Tensor | None = None
    settings: InversionSettings | None = None
    seed: int = 1
    styles: Styles | None = None
    fine: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """The face or run."""
        return (self.key,) if self.key else ()


@dataclass(frozen=True, eq=False)
class HandlesMoved:
    """What became of it. request: that was asked. classes: of each handle. moved: None where remark says why."""

    request: MoveHandles
    moved: MovedFace | None
    classes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    remark: str = ""
