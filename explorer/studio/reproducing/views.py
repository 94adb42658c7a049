"""What the 3D view exports, made again: the faces fitted once more, their scenes set up, and drawn as they were.

A reconstruction's run is made again first, and its picture fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from pydantic import Field, ValidationError

from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ImageSpec
from explorer.studio.export.page import FORMATS
from explorer.studio.export.provenance import Provenance
from explorer.studio.geometry import export as exporting
from explorer.studio.geometry.fit_numbers import model_parts
from explorer.studio.geometry.fitting import fit_frame, load_morphable_model
from explorer.studio.geometry.foreground import ForegroundSource
from explorer.studio.geometry.landmark_sources import FitBy, landmark_finder
from explorer.studio.geometry.view.describing import (
    FitsSpec,
    MapRowSpec,
    MapSpec,
    MeshSpec,
    PictureSpec,
    SceneRecord,
    TurntableSpec,
    ViewDrawing,
    face_record,
)
from explorer.studio.geometry.view.portrait import FitView, Origin
from explorer.studio.geometry.view.portraits import mean_portrait, open_viewer, portrait_of
from explorer.studio.geometry.view.scene import Scene
from explorer.studio.geometry.view.viewer import FaceViewer
from explorer.studio.inversion.pictures import step_picture
from explorer.studio.inversion.provenance import provenance
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.fits import FitOf, FitRecord, fit_again, own_model_of
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.runs import Recorded, recorded, source_of
from explorer.studio.reproducing.sources import (
    ModelLandmarks,
    Part,
    Points,
    Source,
    Word,
    Words,
    damaged,
    file_of,
    outdated,
    taken,
)
from explorer.studio.versions import versions

Image = NDArray[np.uint8]


class ViewedFace(Part):
    """A face of a view. inversion: of a reconstruction, its run and which picture of it."""

    subject: Literal["photograph", "reconstruction", "mean face"]
    source: Source | None = None
    points: Points | None = None
    points_by_hand: bool = False
    landmarks_by: Literal["dlib", "mediapipe"] | None = None
    model: Word
    own_model: bool = False
    model_landmarks: ModelLandmarks | None = None
    steps: Annotated[int, Field(ge=0, le=1000)]
    networks: Words
    # Earlier versions fitted by landmarks alone, and masked nothing.
    fitted_by: FitBy = "landmarks"
    foreground_by: ForegroundSource = "none"
    fit: FitRecord
    scene: SceneRecord
    inversion: dict[str, Any] | None = None


class ViewRecipe(ViewedFace):
    """What a record says of a view; of a figure, of more faces."""

    drawing: ViewDrawing
    others: Annotated[list[ViewedFace], Field(max_length=64)] = Field(default_factory=list)
    versions: Words

    @property
    def faces(self) -> list[ViewedFace]:
        """All of them."""
        return [self, *self.others]


@dataclass(frozen=True, eq=False)
class ViewReproducer:
    """A view as its record describes it. runs: of the reconstructions among its faces, by their place."""

    name: str
    recipe: ViewRecipe
    runs: Mapping[int, Recorded]

    @classmethod
    def of(cls, record: Provenance, name: str) -> ViewReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged, or says too little.
        """
        recipe = taken(ViewRecipe, record, name)
        runs = {}
        for place, face in enumerate(recipe.faces):
            if face.subject == "photograph" and (face.points is None or face.source is None):
                raise outdated(name, "which face of the photograph it is of")
            if face.subject == "reconstruction":
                if face.inversion is None or face.landmarks_by is None:
                    raise outdated(name, "the inversion whose picture it shows")
                runs[place] = recorded(face.inversion, name)
        return cls(name, recipe, runs)

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in self._suffixes
        return again_beside(figure, None if known else self._suffixes[0])

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """Photographs and models have to be there."""
        for place, face in enumerate(self.recipe.faces):
            own_model_of(face, sources, self.name)
            if face.source is not None:
                file_of(face.source.name, face.source.sha256, sources, self.name)
            elif place in self.runs:
                source_of(self.runs[place].runs[0], sources, self.name)
        if out.suffix.lower() not in self._suffixes:
            raise UserError(f"{out.name}: this is written as {', '.join(self._suffixes)}; choose one of these endings")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Fit, set the scenes up and draw."""
        made = [self._face(place, face, making) for place, face in enumerate(self.recipe.faces)]
        files = self._write(making.out, made)
        then: dict[str, Value] = {}
        now: dict[str, Value] = {}
        same, lines = True, []
        for face, one in zip(self.recipe.faces, made, strict=True):
            said = face_record(one.portrait, one.scene)
            new = taken(FitRecord, said["fit"], self.name)
            title = f" of {one.portrait.name}" if len(made) > 1 else ""
            then |= {f"{name}{title}": value for name, value in face.fit.numbers().items()}
            now |= {f"{name}{title}": value for name, value in new.numbers().items()}
            same = same and face.fit.parameters_sha256 == new.parameters_sha256
            lines += [*changes(face.networks, said["networks"], {}, {}), *one.lines]
        read = [name for one in made for name in model_parts(one.portrait.origin.model).get("models", ())]
        lines += changes({}, {}, self.recipe.versions, versions({"models": read}))
        lines += _pixels(export_of(making.figure), making.out)
        what = f"3D view ({self.recipe.drawing.part}) by {self.recipe.model}"
        return Reproduction(what, files, deviation(then, now), same, tuple(dict.fromkeys(lines)))

    @property
    def _suffixes(self) -> tuple[str, ...]:
        drawing = self.recipe.drawing
        if isinstance(drawing, MeshSpec):
            return exporting.MESHES
        if isinstance(drawing, TurntableSpec):
            return exporting.FILMS
        return tuple(f".{kind}" for kind in FORMATS) if isinstance(drawing, FitsSpec) else (".png",)

    def _face(self, place: int, face: ViewedFace, making: ReproductionContext) -> _Made:
        own = own_model_of(face, making.sources, self.name)
        model = load_morphable_model(own, face.model_landmarks)
        viewer = open_viewer(model)
        inversion: Provenance | None = None
        lines: tuple[str, ...] = ()
        if face.subject == "mean face":
            portrait = mean_portrait(viewer, own)
        elif place in self.runs:
            portrait, inversion, lines = self._reconstruction(self.runs[place], face, viewer, making, own)
        else:
            portrait = self._photograph(face, viewer, making, own)
        try:
            return _Made(viewer, portrait, face.scene.scene(portrait.scene), inversion, lines)
        except ValueError as error:
            raise UserError(f"the provenance in {self.name} cannot be used: {error}") from error

    def _photograph(
        self, face: ViewedFace, viewer: FaceViewer, making: ReproductionContext, own: Path | None
    ) -> FitView:
        try:
            of = FitOf.model_validate({name: getattr(face, name) for name in FitOf.model_fields})
        except ValidationError as error:
            raise damaged(self.name, error) from error
        fitted, about = fit_again(of, making.sources, self.name, viewer.model)
        points = tuple((x, y) for x, y in of.points)
        origin = Origin(points, of.points_by_hand, of.landmarks_by, own)
        return portrait_of(viewer, of.source.sha256, about["photograph"], of.source.sha256, fitted, origin)

    def _reconstruction(
        self, then: Recorded, face: ViewedFace, viewer: FaceViewer, making: ReproductionContext, own: Path | None
    ) -> tuple[FitView, Provenance, tuple[str, ...]]:
        run = making.repeat(then.runs[0], source_of(then.runs[0], making.sources, self.name))
        finished, drawing = run.finished, then.drawing
        step = drawing.step if isinstance(drawing, ImageSpec) else None
        if step is not None and step >= len(finished.latents):
            raise UserError(f"{self.name} shows step {step}, and its run ends before that: its record is damaged")
        image = finished.native
        if step is not None:
            image = step_picture(making.networks, finished.run, finished.latents, step)
        assert face.landmarks_by is not None
        finder = landmark_finder(face.landmarks_by)
        fitted = fit_frame(image, viewer.model, finder, foreground=face.foreground_by, by=face.fitted_by)
        name = f"reconstruction, step {len(finished.latents) - 1 if step is None else step}"
        portrait = portrait_of(viewer, "run", name, "", fitted, Origin.of(None, face.landmarks_by, own))
        lines = tuple(f"inversion: {line}" for line in run.differences)
        return portrait, provenance(finished.run, drawing=drawing), lines

    def _write(self, out: Path, made: list[_Made]) -> tuple[Path, ...]:
        drawing, one = self.recipe.drawing, made[0]
        viewer, portrait, scene = one.viewer, one.portrait, one.scene
        if isinstance(drawing, FitsSpec):
            if any(other.portrait.fitted.model.name != portrait.fitted.model.name for other in made):
                raise UserError(f"{self.name} shows fits by more than one model: its record is damaged")
            faces = [(other.portrait, other.scene) for other in made]
            return exporting.write_fits(out, viewer, faces, [other.inversion for other in made], drawing)
        if isinstance(drawing, MeshSpec):
            return exporting.write_mesh(out, viewer, portrait, scene, one.inversion)
        if isinstance(drawing, TurntableSpec):
            return exporting.draw_turntable(out, viewer, portrait, scene, drawing, inversion=one.inversion)
        if isinstance(drawing, PictureSpec):
            look, camera = drawing.look.look(), drawing.camera.camera()
            return exporting.write_picture(out, viewer, portrait, scene, look, camera, drawing.side, one.inversion)
        quality = drawing.quality.quality()
        if isinstance(drawing, MapRowSpec):
            maps = viewer.maps(portrait.fitted, scene, quality)
            return (exporting.write_map_row(out, portrait, scene, maps, quality, one.inversion),)
        assert isinstance(drawing, MapSpec)
        view = exporting.view_of(viewer, portrait, scene, quality)
        return (exporting.write_map(out, view, portrait, drawing, one.inversion),)


@dataclass(frozen=True, eq=False)
class _Made:
    """A face that was fitted again, in its scene. lines: what is to be said of its run."""

    viewer: FaceViewer
    portrait: FitView
    scene: Scene
    inversion: Provenance | None
    lines: tuple[str, ...]


def _pixels(then: Path, now: Path) -> list[str]:
    """How far a picture lies from the one that was given, in a line; none where they are the same, or no pictures."""
    if now.suffix.lower() != ".png" or then.suffix.lower() != ".png" or not then.is_file():
        return []
    new = _opened(now, None)
    old = None if new is None else _opened(then, new.shape[:2])
    if new is None or old is None:
        return ["pixels: of another size, or not to be read"]
    apart = np.abs(new.astype(int) - old)
    share = float((apart.max(-1) > 0).mean())
    return [f"pixels: {share:.1%} differ, by {apart.max()} of 255 levels at most"] if share else []


def _opened(path: Path, size: tuple[int, ...] | None) -> Image | None:
    """A PNG's pixels, (H, W, 3); None where it is damaged, or of another size than is expected."""
    try:
        with Pictures.open(path, formats=["PNG"]) as picture:
            if size is not None and (picture.height, picture.width) != size:
                return None
            return np.asarray(picture.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError):
        return None
