"""What the user has loaded, set and got: the observable state that every panel draws. No Qt, no torch networks.

Everything in it is an immutable snapshot; a change replaces a field of `Session`, and `session.events.<field>` emits
`(new, old)`. Only `explorer.studio.workbench` and its `Landing` write, on the consumer's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.jobs import Overlay, SimilarityTable, Target
from explorer.studio.gallery.browsing import Browsing
from explorer.studio.gallery.state import EMPTY, Gallery
from explorer.studio.session.batches import BatchState
from explorer.studio.session.composing import Composing
from explorer.studio.session.readings import Probing
from explorer.studio.session.run import Branch, InversionRun, StepRecord, WeightChange
from explorer.studio.session.unknown import UnknownPart
from explorer.studio.session.variation import VariationState
from explorer.studio.session.viewing import Viewing

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]
Level = Literal["info", "warning", "error"]
RunStatus = Literal["starting", "running", "paused", "finishing", "finished", "stopped", "failed"]

_DEFAULTS = InversionSettings()


@dataclass(frozen=True, eq=False)
class LoadedPhotograph:
    """A photograph in the session. `key` is its sha256; `overview` a picture of at most 512 px, its own shape."""

    key: str
    photograph: Photograph
    overview: Image


@dataclass(frozen=True, eq=False)
class LoadedFace:
    """A face in the session. `key` is stable: it survives moved points. `frame` is None until the face is embedded."""

    key: str
    name: str
    photograph_key: str
    face: Face
    thumbnail: Image
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class LoadedVector:
    """A bare embedding in the session: no picture, one encoder. `sha256` is of its file."""

    key: str
    name: str
    sha256: str
    encoder: str
    vector: Vector


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


@dataclass(frozen=True, eq=False)
class RunState:
    """The inversion under way, or one that was made.

    number: of the runs of the session, from 1. branch: the step of an earlier run that it goes on from.
    steps, latents, overlays: of every step made, in order.
    target_overlay: what is sought besides the embedding, as it lies in the common frame; None where nothing is.
    image, best_image: (R, R, 3) uint8 of the newest and of the best step; before the first, `image` is that of the
        start that leads, if any.
    leading: that start's cosine and how many still compete with it; None where no start leads yet, or no more.
    shown_index: the step the user slid back to, None while following the newest.
    shown_image: its picture, None until drawn.
    seconds: since the run began, pauses excluded.
    rate: steps per second, over the last ten steps; 0 where unknown.
    remaining: seconds left at that rate; None where unknown.
    native: (1024, 1024, 3) uint8 and result: the record with its scores, once finished.
    """

    key: str
    target: Target
    target_frame: Image | None
    settings: InversionSettings
    status: RunStatus
    steps: tuple[StepRecord, ...] = ()
    latents: tuple[Tensor, ...] = ()
    overlays: tuple[Overlay | None, ...] = ()
    target_overlay: Overlay | None = None
    changes: tuple[WeightChange, ...] = ()
    image: Image | None = None
    best_image: Image | None = None
    best_index: int | None = None
    leading: tuple[float, int] | None = None
    shown_index: int | None = None
    shown_image: Image | None = None
    seconds: float = 0.0
    rate: float = 0.0
    remaining: float | None = None
    native: Image | None = None
    result: InversionRun | None = None
    number: int = 1
    branch: Branch | None = None

    @property
    def active(self) -> bool:
        """Whether it still holds the device."""
        return self.status in ("starting", "running", "paused", "finishing")


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
    gallery: many faces. browsing: how they are looked at. unknown: what this version only keeps.
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
    unknown: tuple[UnknownPart, ...] = ()
    batches: tuple[BatchState, ...] = ()
    composing: Composing = field(default_factory=Composing)
