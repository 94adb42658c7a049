"""What of the session is kept in a file: its fields at one moment, which nobody changes any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.arrays import Vector
from explorer.studio.faces.edits import Edits
from explorer.studio.faces.state import LoadedFace, LoadedPhotograph, LoadedVector
from explorer.studio.gallery.state import EMPTY, Gallery
from explorer.studio.geometry.landmark_sources import LandmarkChoice
from explorer.studio.geometry.state import Subject
from explorer.studio.geometry.view.scene import Camera, Look
from explorer.studio.inversion.state import RunState, all_runs
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VariationState


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The fields of `Session` that a session file holds, under their names there.

    shown: key of the run in view; it is among the runs. edits, as_target: of the probe panel. subject, look, camera,
    landmarks_by: of the 3D panels.
    layout: how the window's parts lie, in bytes that only the window can read.
    """

    photographs: Mapping[str, LoadedPhotograph] = field(default_factory=dict)
    faces: Mapping[str, LoadedFace] = field(default_factory=dict)
    vectors: Mapping[str, LoadedVector] = field(default_factory=dict)
    embeddings: Mapping[str, Mapping[str, Vector]] = field(default_factory=dict)
    selected: str | None = None
    encoder: str = "arcface-mbf"
    settings: InversionSettings = field(default_factory=InversionSettings)
    weights: Mapping[str, float] = field(default_factory=dict)
    runs: Mapping[str, RunState] = field(default_factory=dict)
    shown: str | None = None
    compared: tuple[str, ...] = ()
    edits: Mapping[str, Edits] = field(default_factory=dict)
    as_target: bool = False
    variation: VariationState | None = None
    subject: Subject = "photograph"
    look: Look = field(default_factory=Look)
    camera: Camera = field(default_factory=Camera)
    landmarks_by: LandmarkChoice = "auto"
    gallery: Gallery = EMPTY
    layout: bytes = b""

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that was loaded or made."""
        return not (self.photographs or self.vectors or self.runs or self.gallery.roots)


def take(session: Session, layout: bytes = b"") -> Snapshot:
    """The session as it stands."""
    run = session.run
    return Snapshot(
        photographs=session.photographs,
        faces=session.faces,
        vectors=session.vectors,
        embeddings=session.embeddings,
        selected=session.selected,
        encoder=session.encoder,
        settings=session.settings,
        weights=session.weights,
        runs=all_runs(session),
        shown=None if run is None else run.key,
        compared=session.compared,
        edits=session.probing.edits,
        as_target=session.probing.as_target,
        variation=session.variation,
        subject=session.viewing.subject,
        look=session.viewing.look,
        camera=session.viewing.camera,
        landmarks_by=session.viewing.landmarks_by,
        gallery=session.gallery,
        layout=layout,
    )
