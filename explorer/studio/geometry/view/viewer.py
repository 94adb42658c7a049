"""From a fitted face and a scene to what is seen: shape, visibility, completed texture (thesis, section 5.2).

The texture stays sampled at the fitted pose; shape, visibility and completion follow the scene. What does not change
from one view to the next is kept, so that a scrub costs a turn of the rays, one of the field and one completion. It
uses one thread: the others belong to an inversion, or to whoever draws the view before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from explorer.science.geometry.mesh import Subdivision, subdivision, unique_pairs, vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.rotation import roll_of
from explorer.science.geometry.threads import one_torch_thread
from explorer.science.geometry.uv import UvMap, texture_albedo, unwrap, uv_map
from explorer.studio.geometry.fitting import FittedFace, as_picture, own_texels
from explorer.studio.geometry.view.face_view import FaceView, Floats, Image, Shape, Topology, VisibilityMaps, YawSweep
from explorer.studio.geometry.view.scene import Ball, Pose, Scene, rotation_of
from explorer.studio.geometry.view.texturing import Layer, Packed, colours_of, filled

if TYPE_CHECKING:
    from explorer.science.geometry.visibility_field import PlacedField, TurningField, VisibilityField


Texel = TypeVar("Texel", bound=np.generic)


@dataclass(frozen=True)
class Quality:
    """How finely a view is made: level of the mesh, side of the visibility maps, side of the textures."""

    level: int
    side: int
    texture: int


MOVING, STILL = Quality(0, 64, 256), Quality(1, 128, 512)
# A mesh of more vertices than this is fine enough as it is.
_FINE = 10_000
# Of a run's own pictures, which have no more to show and change every few steps.
LIVE = Quality(0, 64, 128)


class FaceViewer:
    """Makes views; one thread owns it.

    Args:
        model: of the faces that are shown.
        field: the neural visibility field of this model, where there is one.

    Raises:
        MorphableModelError: the model has no texture coordinates, or the field is another model's.
    """

    def __init__(self, model: MorphableModel, field: VisibilityField | None = None) -> None:
        if field is not None:
            field.check(model)
        self.model, self.field = model, field
        bare = {"identity": model.identity[:0], "expression": model.expression[:0], "expression_names": ()}
        self._bare = replace(model, **bare, albedo_mean=None, albedo=None)  # type: ignore[arg-type]
        self._levels: dict[int, _Level] = {}
        self._atlases: dict[tuple[int, int], _Atlas] = {}
        self._shapes: dict[int, _Shaped] = {}
        self._skins: dict[int, _Skin] = {}
        self._owns: dict[int, NDArray[np.bool_]] = {}
        self._skinned: FittedFace | None = None

    def scene_of(self, face: FittedFace) -> Scene:
        """The scene in which a face is as it was fitted."""
        yaw, pitch, _ = face.angles()
        identity, expression = face.fit.identity.tolist(), face.fit.expression.tolist()
        return Scene(yaw, pitch, tuple(identity), tuple(expression))

    @torch.no_grad()
    @one_torch_thread()
    def view(
        self,
        key: str,
        face: FittedFace,
        scene: Scene,
        quality: Quality,
        proceed: Callable[[], None] = lambda: None,
    ) -> FaceView:
        """Make a view.

        Args:
            key: of the fit, to be found again in the view.
            face: fitted with the viewer's model.
            proceed: called between the parts; it raises where the view is no longer wanted.
        """
        still, quality = quality == STILL, self._no_finer(quality)
        shaped = self._shaped(scene, quality.level)
        proceed()
        rotation = _rotation(face, scene.yaw, scene.pitch)
        maps = self._with_foreign(self._maps(scene, shaped, rotation, quality, proceed), face, quality)
        proceed()
        skin, atlas = self._skin(face, quality.texture), self._atlas(0, quality.texture)
        judged = maps.seen_by_field() if scene.judge == "field" else None
        map_ = maps.exact if judged is None else judged.astype(np.float32)
        enlarged = _enlarged(self._atlas(quality.level, quality.side).fill(map_), quality.texture)
        visibility = enlarged * self._own(face, quality.texture)
        completed = skin.sampled.completed(visibility)
        # Eq. 5.10's M + (1 - M) flip(M), summed: M and its mirror image have the same sum.
        known = 2 * visibility.sum() - (visibility * visibility[:, ::-1]).sum()
        proceed()
        whole = filled(completed, atlas.covered) if scene.filled else completed
        pose = face.fit.pose
        return FaceView(
            key=key,
            scene=scene,
            still=still,
            shape=shaped.shape,
            pose=Pose(rotation.numpy(), float(pose.scale), pose.translation.numpy()),
            maps=maps,
            texture=_laid_on(scene, skin, atlas, completed, whole, visibility),
            sampled=skin.colours,
            completed=colours_of(whole),
            unknown=float(1 - known / atlas.count),
        )

    @torch.no_grad()
    def sweep(
        self, key: str, face: FittedFace, scene: Scene, degrees: list[float], side: int = 64
    ) -> Iterator[YawSweep]:
        """The visibility at many yaws and the scene's pitch, one more with every item; the last is `finished`."""
        shaped, quality = self._shaped(scene, 0), Quality(0, side, side)
        result = YawSweep(key, scene)
        for yaw in degrees:
            maps = self._maps(replace(scene, yaw=yaw), shaped, _rotation(face, yaw, scene.pitch), quality)
            result = replace(
                result,
                degrees=(*result.degrees, yaw),
                exact_share=(*result.exact_share, maps.exact_share),
                finished=yaw == degrees[-1],
            )
            if maps.iou is not None and maps.field_share is not None:
                result = replace(
                    result, field_share=(*result.field_share, maps.field_share), iou=(*result.iou, maps.iou)
                )
            yield result

    def maps(self, face: FittedFace, scene: Scene, quality: Quality = STILL) -> VisibilityMaps:
        """The visibility of a scene alone."""
        rotation, quality = _rotation(face, scene.yaw, scene.pitch), self._no_finer(quality)
        return self._with_foreign(
            self._maps(scene, self._shaped(scene, quality.level), rotation, quality), face, quality
        )

    def _no_finer(self, quality: Quality) -> Quality:
        return quality if len(self.model.mean) <= _FINE else replace(quality, level=0)

    @one_torch_thread()
    def _maps(
        self,
        scene: Scene,
        shaped: _Shaped,
        rotation: Tensor,
        quality: Quality,
        proceed: Callable[[], None] = lambda: None,
    ) -> VisibilityMaps:
        atlas = self._atlas(quality.level, quality.side)
        one = shaped.occluder(atlas).visible(rotation).numpy()
        exact, share = atlas.lay(one), float(one.mean())
        if self.field is None:
            return VisibilityMaps(atlas.covered, exact, None, scene.threshold, None, share, None)
        proceed()
        angles = torch.tensor([scene.yaw, scene.pitch]).deg2rad()
        field = shaped.field(atlas, self.field)(*angles.unbind()).numpy()
        other = field >= scene.threshold
        either = np.count_nonzero(one | other)
        iou = np.count_nonzero(one & other) / either if either else 1.0
        return VisibilityMaps(atlas.covered, exact, atlas.lay(field), scene.threshold, iou, share, float(other.mean()))

    def _with_foreign(self, maps: VisibilityMaps, face: FittedFace, quality: Quality) -> VisibilityMaps:
        """The maps, and where the photograph shows background in place of the person."""
        if face.foreground.own is None:
            return maps
        return replace(maps, foreign=maps.covered & ~self._own(face, quality.side))

    def _level(self, level: int) -> _Level:
        if level not in self._levels:
            self._levels[level] = _Level(self._bare.at_level(level), self._steps(level))
        return self._levels[level]

    def _steps(self, level: int) -> list[Subdivision]:
        steps: list[Subdivision] = []
        for _ in range(level):
            count = len(self._bare.mean) + sum(len(step.edges) for step in steps)
            steps.append(subdivision(steps[-1].triangles if steps else self._bare.triangles, count))
        return steps

    def _atlas(self, level: int, side: int) -> _Atlas:
        if (level, side) not in self._atlases:
            self._atlases[level, side] = _Atlas(uv_map(self._level(level).model, side))
        return self._atlases[level, side]

    def _shaped(self, scene: Scene, level: int) -> _Shaped:
        known = self._shapes.get(level)
        if known is None or (known.identity, known.expression) != (scene.identity, scene.expression):
            vertices = self.model.shape(torch.tensor(scene.identity), torch.tensor(scene.expression))
            known = self._shapes[level] = _Shaped(scene.identity, scene.expression, self._level(level), vertices)
        return known

    def _remember(self, face: FittedFace) -> None:
        """Keep what is known of one face alone."""
        if self._skinned is not face:
            self._skins, self._owns, self._skinned = {}, {}, face

    def _own(self, face: FittedFace, size: int) -> NDArray[np.bool_]:
        """Which texels of a map are sampled from the person's own pixels, (size, size)."""
        self._remember(face)
        if size not in self._owns:
            self._owns[size] = own_texels(face, self._atlas(0, size).uv).numpy()
        return self._owns[size]

    def _skin(self, face: FittedFace, size: int) -> _Skin:
        self._remember(face)
        if size not in self._skins:
            self._skins[size] = _Skin.of(face, self._atlas(0, size))
        return self._skins[size]


class _Level:
    """The mesh at a level of detail, its shape left open."""

    def __init__(self, model: MorphableModel, steps: list[Subdivision]) -> None:
        assert model.uv is not None
        assert model.uv_triangles is not None
        self.model, self._steps = model, steps
        corners = torch.stack([model.triangles.flatten(), model.uv_triangles.flatten()], 1)
        pairs, places = unique_pairs(corners)
        triangles, vertex = places.view(-1, 3).int().numpy(), pairs[:, 0].int().numpy()
        self.topology = Topology(triangles, vertex, model.uv[pairs[:, 1]].float().numpy())

    def refine(self, vertices: Tensor) -> Tensor:
        """The vertices of level 0, brought to this one."""
        for step in self._steps:
            vertices = step.apply(vertices)
        return vertices


class _Shaped:
    """A shape at a level, and the rays that tell what is seen of it."""

    def __init__(
        self, identity: tuple[float, ...], expression: tuple[float, ...], level: _Level, vertices: Tensor
    ) -> None:
        self.identity, self.expression = identity, expression
        landmarks = level.model.landmarks
        marked = vertices[:0] if landmarks is None else vertices[landmarks]
        vertices = level.refine(vertices)
        triangles, vertex = level.model.triangles, level.topology.vertex
        normals = vertex_normals(vertices, triangles).numpy()
        centre = (vertices.amax(0) + vertices.amin(0)) / 2
        ball = Ball(centre.numpy(), float((vertices - centre).norm(dim=1).max()))
        self.shape = Shape(level.topology, vertices.numpy()[vertex], normals[vertex], marked.numpy(), ball)
        self._vertices, self._triangles = vertices, triangles
        self._occluders: dict[int, Occluder] = {}
        self._fields: dict[int, TurningField] = {}

    def occluder(self, atlas: _Atlas) -> Occluder:
        """The rays from an atlas's texels, kept; each size of map has one atlas a level."""
        side = len(atlas.covered)
        if side not in self._occluders:
            self._occluders[side] = Occluder(self._vertices, self._triangles, uv=atlas.uv)
        return self._occluders[side]

    def field(self, atlas: _Atlas, field: VisibilityField) -> TurningField:
        """The field at an atlas's texels, kept likewise."""
        side = len(atlas.covered)
        if side not in self._fields:
            shape = torch.tensor(self.identity), torch.tensor(self.expression)
            self._fields[side] = atlas.field(field).of_face(*shape)
        return self._fields[side]


class _Atlas:
    """A texture map at one size; a gutter of texels around the face repeats its border."""

    _GUTTER = 4

    def __init__(self, uv: UvMap) -> None:
        from scipy.ndimage import distance_transform_edt

        self.uv, self.covered = uv, uv.covered.numpy()
        self._inside = np.flatnonzero(self.covered)
        self.count = len(self._inside)
        distance, (row, column) = distance_transform_edt(~self.covered, return_indices=True)
        gutter = (distance > 0) & (distance <= self._GUTTER)
        self._gutter = np.flatnonzero(gutter)
        self._source = (row * len(row) + column)[gutter]
        self._field: PlacedField | None = None

    def lay(self, values: NDArray[Any]) -> Floats:
        """Values at the texels on the face, (T,), as a map (S, S) that is 0 off the face."""
        laid = np.zeros(self.covered.size, np.float32)
        laid[self._inside] = values
        return laid.reshape(self.covered.shape)

    def fill(self, texture: NDArray[Texel]) -> NDArray[Texel]:
        """Give the texels just off the face what its border has, (S, S)."""
        filled = texture.copy()
        filled.ravel()[self._gutter] = filled.ravel()[self._source]
        return filled

    def field(self, field: VisibilityField) -> PlacedField:
        """The field at the texels on the face."""
        if self._field is None:
            self._field = field.at_texels(self.uv.covered)
        return self._field


@dataclass(frozen=True, eq=False)
class _Skin:
    """The photograph laid flat, and its albedo where the fit knows the light. colours: (S, S, 3), of the first."""

    sampled: Layer
    albedo: Layer | None
    colours: Image

    @classmethod
    def of(cls, face: FittedFace, atlas: _Atlas) -> _Skin:
        frame = as_picture(face.frame)
        vertices = face.vertices()
        texture = unwrap(frame, vertices, face.fit.pose, atlas.uv)
        sampled = Layer.of(texture, atlas.uv.covered)
        colours = colours_of(sampled.own)
        if face.refinement is None or face.model.albedo is None:
            return cls(sampled, None, colours)
        normals = vertex_normals(vertices, face.model.triangles) @ face.fit.pose.rotation.mT
        albedo = texture_albedo(texture, normals, face.refinement.light, atlas.uv)
        return cls(sampled, Layer.of(albedo, atlas.uv.covered), colours)


def _rotation(face: FittedFace, yaw: float, pitch: float) -> Tensor:
    """The fitted head turned to other angles; its roll stays."""
    roll = float(roll_of(face.fit.pose.rotation).rad2deg())
    return torch.from_numpy(rotation_of(yaw, pitch, roll))


def _enlarged(map_: Floats, size: int) -> Floats:
    """(S, S) to (size, size)."""
    coarse = torch.from_numpy(map_)[None, None]
    fine = functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)
    return np.asarray(fine[0, 0].numpy())


def _laid_on(scene: Scene, skin: _Skin, atlas: _Atlas, completed: Packed, whole: Packed, visibility: Floats) -> Image:
    """The texture of the scene's surface, (S, S, 4); whole is what is completed, filled where the scene says so."""
    if scene.surface == "sampled":
        colours = skin.sampled.own
    elif scene.surface == "plain":
        colours = np.zeros_like(completed)
    elif scene.surface == "albedo" and skin.albedo is not None:
        albedo = skin.albedo.completed(visibility)
        colours = filled(albedo, atlas.covered) if scene.filled else albedo
    else:
        colours = completed if scene.surface == "mirrored" else whole
    return atlas.fill(colours)[..., None].view(np.uint8)
