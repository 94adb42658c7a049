"""What the user has loaded, set and got: the observable state that every panel draws. No Qt, no torch networks.

Everything in it is an immutable snapshot; a change replaces a field of `Session`, and `session.events.<field>` emits
`(new, old)`. Only `explorer.studio.app.workbench` and its `Landing` write, on the consumer's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from psygnal import SignalGroupDescriptor

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Vector
from explorer.studio.batch.state import BatchState
from explorer.studio.composer.state import Composing
from explorer.studio.faces.similarity import SimilarityTable
from explorer.studio.faces.state import LoadedFace, LoadedPhotograph, LoadedVector
from explorer.studio.gallery.browsing import Browsing
from explorer.studio.gallery.state import EMPTY, Gallery
from explorer.studio.geometry.state import Viewing
from explorer.studio.inversion.state import RunState
from explorer.studio.leakage.state import Probing
from explorer.studio.variation.state import VariationState

if TYPE_CHECKING:  # the window opens before torch is loaded
    pass

Level = Literal["info", "warning", "error"]

_DEFAULTS = InversionSettings()


@dataclass(frozen=True, eq=False)
class Activity:
    """Something under way, for the status line. `total` is 0 where the end is unknown; `cancel` takes `generation`."""

    generation: int
    title: str
    message: str
    done: float = 0.0
    total: float = 0.0
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Notification:
    """One thing the user should know. `details` (a traceback, or empty) is for the log and the copyable report."""

    number: int
    level: Level
    title: str
    text: str
    details: str = ""


@dataclass(frozen=True)
class Document:
    """The session as a file. path: where it was last saved or opened, or None. modified: whether it differs from that.

    undo, redo: what these would take back or bring back, in words; None where there is nothing.
    """

    path: Path | None = None
    modified: bool = False
    undo: str | None = None
    redo: str | None = None

    @property
    def name(self) -> str:
        """What the title says."""
        return "Untitled" if self.path is None else self.path.stem


_UNTITLED = Document()


@dataclass(eq=False)
class Session:
    """The observable state. `session.events.faces.connect(callback)` and so on for every field.

    selected: key of the selected face or vector, or None.
    encoder: the encoder chosen for the panels and attacked by the next run.
    embeddings: by face key, then by encoder, (D,) float32 raw.
    similarity: by encoder.
    settings: of the next run; weights: live weight of every loss term, by name.
    run: the inversion in view: the one under way, where there is one. runs: all of the session by key, oldest first;
    of the one in view as it stood when it began or ended. compared: keys of the runs laid side by side.
    document: the session as a file.
    activities: what is under way, oldest first. notifications: newest last.
    networks_missing: message of what must be fetched, or None.
    variation: several inversions of one embedding, under way or the last.
    probing: what the probe panel draws. viewing: what the 3D panels draw.
    gallery: many faces. browsing: how they are looked at.
    batches: work on whole folders, in the order of the queue. composing: what the figure composer shows.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    photographs: Mapping[str, LoadedPhotograph] = field(default_factory=dict)
    faces: Mapping[str, LoadedFace] = field(default_factory=dict)
    vectors: Mapping[str, LoadedVector] = field(default_factory=dict)
    selected: str | None = None
    encoder: str = "arcface-mbf"
    embeddings: Mapping[str, Mapping[str, Vector]] = field(default_factory=dict)
    similarity: Mapping[str, SimilarityTable] = field(default_factory=dict)
    settings: InversionSettings = _DEFAULTS
    weights: Mapping[str, float] = field(default_factory=dict)
    run: RunState | None = None
    runs: Mapping[str, RunState] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    document: Document = _UNTITLED
    activities: tuple[Activity, ...] = ()
    notifications: tuple[Notification, ...] = ()
    networks_missing: str | None = None
    variation: VariationState | None = None
    probing: Probing = field(default_factory=Probing)
    viewing: Viewing = field(default_factory=Viewing)
    gallery: Gallery = EMPTY
    browsing: Browsing = field(default_factory=Browsing)
    batches: tuple[BatchState, ...] = ()
    composing: Composing = field(default_factory=Composing)
