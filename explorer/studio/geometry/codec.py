"""How the 3D panels look at a face: subject, light, camera. The fit itself follows from the photograph."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import FiniteFloat, JsonValue

from explorer.studio.geometry.landmark_sources import FitBy, LandmarkChoice
from explorer.studio.geometry.state import VIEWING, Viewer3DState
from explorer.studio.geometry.view.scene import Camera, RenderStyle, Tint
from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.saving.codec import Codec, Record
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot


class _Look(Record):
    tint: Tint
    wireframe: bool
    landmarks: bool
    lit: bool
    azimuth: FiniteFloat
    elevation: FiniteFloat
    photograph: bool
    opacity: FiniteFloat


class _Camera(Record):
    yaw: FiniteFloat
    pitch: FiniteFloat
    zoom: FiniteFloat
    across: FiniteFloat
    down: FiniteFloat


class _Viewing(Record):
    subject: Literal["photograph", "reconstruction"]
    look: _Look
    camera: _Camera
    landmarks_by: LandmarkChoice = "auto"
    fitted_by: FitBy = "landmarks"


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    kept = snapshot[VIEWING]
    look, camera = _Look(**asdict(kept.look)), _Camera(**asdict(kept.camera))
    viewing = _Viewing(
        subject=kept.subject, look=look, camera=camera, landmarks_by=kept.landmarks_by, fitted_by=kept.fitted_by
    )
    return viewing.model_dump(mode="json")


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    viewing = _Viewing.model_validate(value)
    camera = Camera(**viewing.camera.model_dump())
    # A stranger's camera stands no nearer and no farther than one that is moved by hand.
    camera = camera.zoomed(1.0)
    look = RenderStyle(**viewing.look.model_dump())
    kept = Viewer3DState(
        subject=viewing.subject,
        landmarks_by=viewing.landmarks_by,
        fitted_by=viewing.fitted_by,
        look=look,
        camera=camera,
    )
    return {VIEWING: kept}


CODEC = Codec("viewing", (VIEWING,), _write, _read)
