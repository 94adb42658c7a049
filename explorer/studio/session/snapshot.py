"""What of the session is kept in a file: its fields at one moment, which nobody changes any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.gallery.state import EMPTY, Gallery
from explorer.studio.landmark_sources import LandmarkChoice
from explorer.studio.session.readings import Edits
from explorer.studio.session.state import (
    LoadedFace,
    LoadedPhotograph,
    LoadedVector,
    RunState,
    Session,
    Vector,
)
from explorer.studio.session.unknown import UnknownPart
from explorer.studio.session.variation import VariationState
from explorer.studio.session.viewing import Subject
from explorer.studio.viewing.scene import Camera, Look


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The fields of `Session` that a session file holds, under their names there.

    shown: key of the run in view; it is among the runs. edits, as_target: of the probe panel. subject, look, camera,
    landmarks_by: of the 3D panels.
    unknown: what a newer program kept of kinds that this one does not know.
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
    unknown: tuple[UnknownPart, ...] = ()
    layout: bytes = b""

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that was loaded or made."""
        return not (self.photographs or self.vectors or self.runs or self.gallery.roots or self.unknown)


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
        unknown=session.unknown,
        layout=layout,
    )


def all_runs(session: Session) -> Mapping[str, RunState]:
    """Every run of the session by key, oldest first, the one in view as it stands now."""
    run = session.run
    return session.runs if run is None else {**session.runs, run.key: run}
