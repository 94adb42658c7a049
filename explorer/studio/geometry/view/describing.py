"""What the files of a 3D view say of how they came about: the face, its fit, the scene, and how it was drawn.

The models are bounded: `likeness reproduce` takes records of strangers through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.studio.catalogue.visibility_fields import field_file
from explorer.studio.export.drawings import DOUBLE_COLUMN, WIDEST, Lettering, Resolution
from explorer.studio.export.provenance import bare_record, source_record
from explorer.studio.geometry.fit_numbers import (
    file_digest,
    fit_networks,
    fit_summary,
    model_landmarks,
    model_parts,
    steps_of,
)
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, Judge, RenderStyle, Scene, Surface, Tint
from explorer.studio.geometry.view.viewer import STILL, Quality
from explorer.studio.versions import versions

Which = Literal["sampled", "completed", "seen-exact", "seen-field", "difference"]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
Frames = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Coefficients = Annotated[
    dict[Annotated[int, Field(ge=0, le=9999)], Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]],
    Field(max_length=1000),
]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class SceneRecord(_Said):
    """A scene. identity, expression: those coefficients that are not the fit's, by number; the fit's own, which are a
    face's shape, are not said."""

    yaw: Degrees
    pitch: Degrees
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    completed_by: Judge = "exact"
    surface: Surface = "completed"
    # Earlier versions left bare what nobody saw.
    filled: bool = False
    shape_changed: bool = False
    identity: Coefficients = Field(default_factory=dict)
    expression: Coefficients = Field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene, fitted: Scene) -> SceneRecord:
        """Describe a scene, beside that of the face as it was fitted."""
        changed = {
            part: {
                number: value
                for number, (value, own) in enumerate(zip(getattr(scene, part), getattr(fitted, part), strict=True))
                if value != own
            }
            for part in ("identity", "expression")
        }
        return cls(
            yaw=scene.yaw,
            pitch=scene.pitch,
            threshold=scene.threshold,
            completed_by=scene.judge,
            surface=scene.surface,
            filled=scene.filled,
            shape_changed=any(changed.values()),
            identity=changed["identity"],
            expression=changed["expression"],
        )

    def scene(self, fitted: Scene) -> Scene:
        """The scene of a face that was fitted again.

        Raises:
            ValueError: the model has no such coefficient.
        """
        parts = {}
        for part, changed in (("identity", self.identity), ("expression", self.expression)):
            values = list(getattr(fitted, part))
            if any(number >= len(values) for number in changed):
                raise ValueError(f"the scene names {part} {max(changed)}, and the model has {len(values)} of them")
            for number, value in changed.items():
                values[number] = value
            parts[part] = tuple(values)
        return replace(
            fitted,
            yaw=self.yaw,
            pitch=self.pitch,
            threshold=self.threshold,
            judge=self.completed_by,
            surface=self.surface,
            filled=self.filled,
            **parts,
        )


class LookRecord(_Said):
    """How a scene is drawn, as `RenderStyle`."""

    tint: Tint = "none"
    wireframe: bool = False
    landmarks: bool = False
    lit: bool = True
    azimuth: Degrees = -25.0
    elevation: Degrees = 35.0
    photograph: bool = False
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.75

    def look(self) -> RenderStyle:
        """As the drawing takes it."""
        return RenderStyle(**self.model_dump())


class CameraRecord(_Said):
    """Where the viewer stands, as `Camera`."""

    yaw: Degrees = 0.0
    pitch: Degrees = 0.0
    zoom: Annotated[float, Field(ge=0.1, le=100, allow_inf_nan=False)] = 1.0
    across: Frames = 0.0
    down: Frames = 0.0

    def camera(self) -> Camera:
        """As the drawing takes it."""
        return Camera(**self.model_dump())


class QualityRecord(_Said):
    """How finely a view is made, as `Quality`."""

    level: Annotated[int, Field(ge=0, le=2)] = STILL.level
    side: Annotated[int, Field(ge=16, le=1024)] = STILL.side
    texture: Annotated[int, Field(ge=16, le=2048)] = STILL.texture

    def quality(self) -> Quality:
        """As the viewer takes it."""
        return Quality(**self.model_dump())


class MeshSpec(_Said):
    """The mesh with its texture, in full."""

    part: Literal["mesh"] = "mesh"


class MapSpec(_Said):
    """One texture, or one map of the visibility."""

    part: Literal["map"] = "map"
    which: Which
    quality: QualityRecord = QualityRecord()


class MapRowSpec(_Said):
    """The maps of the visibility side by side."""

    part: Literal["map row"] = "map row"
    quality: QualityRecord


class PictureSpec(_Said):
    """The scene as a square picture. side: in pixels."""

    part: Literal["picture"] = "picture"
    look: LookRecord
    camera: CameraRecord
    side: Annotated[int, Field(ge=32, le=4096)]


class TurntableSpec(_Said):
    """A film around the head. pictures: of a turn. rate: of them a second. side: in pixels. caption: whether each says
    how much of the skin is filled in."""

    part: Literal["turntable"] = "turntable"
    look: LookRecord
    camera: CameraRecord
    side: Annotated[int, Field(ge=32, le=1024)]
    pictures: Annotated[int, Field(ge=1, le=720)]
    rate: Annotated[int, Field(ge=1, le=60)]
    caption: bool = False


class FitsSpec(_Said):
    """Figure 5.16. largest: of a picture, in millimetres; None for the figure's own choice.

    arrangement: a column a face, as earlier versions had it, or few faces in rows that fit the page.
    """

    part: Literal["figure"] = "figure"
    width: Annotated[float, Field(ge=40, le=WIDEST, allow_inf_nan=False)] = DOUBLE_COLUMN
    dpi: Resolution = 300
    mark: bool = True
    largest: Annotated[float, Field(ge=5, le=WIDEST, allow_inf_nan=False)] | None = None
    source: bool = True
    lettering: Lettering = "named"
    arrangement: Literal["columns", "page"] = "columns"


ViewDrawing = Annotated[
    MeshSpec | MapSpec | MapRowSpec | PictureSpec | TurntableSpec | FitsSpec,
    Field(discriminator="part"),
]


def record_of(
    portrait: FitView, scene: Scene, drawing: ViewDrawing, inversion: Mapping[str, Any] | None = None, **more: object
) -> dict[str, Any]:
    """How the file of a scene came about.

    Args:
        inversion: of a reconstruction, the record of its run and step, where it can be had.
    """
    return bare_record(
        kind="view",
        **face_record(portrait, scene, inversion),
        drawing=drawing.model_dump(mode="json"),
        versions=versions(model_parts(portrait.origin.model)),
        **more,
    )


def face_record(portrait: FitView, scene: Scene, inversion: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The part of it that is of one face."""
    origin, fitted = portrait.origin, portrait.fitted
    subject = "photograph" if portrait.sha256 else "reconstruction" if origin.landmarks_by else "mean face"
    field = field_file("default")
    networks = fit_networks(origin.landmarks_by, origin.model, fitted.foreground.by, fitted.by)
    return {
        "subject": subject,
        "source": source_record(portrait.name, portrait.sha256) if portrait.sha256 else None,
        "points": None if origin.points is None else [list(point) for point in origin.points],
        "points_by_hand": origin.by_hand,
        "landmarks_by": origin.landmarks_by,
        "model": fitted.model.name,
        "own_model": origin.model is not None,
        **model_landmarks(fitted, origin.model),
        "steps": steps_of(fitted),
        **({} if fitted.by == "landmarks" else {"fitted_by": fitted.by}),
        "foreground_by": fitted.foreground.by,
        "networks": networks | ({field.stem: file_digest(field)} if portrait.field else {}),
        "fit": fit_summary(fitted),
        "scene": SceneRecord.of(scene, portrait.scene).model_dump(mode="json"),
        **({} if inversion is None else {"inversion": dict(inversion)}),
    }
