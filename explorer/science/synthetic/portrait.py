"""A scene made ready to draw: every surface of it, the view, the light and what is behind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.synthetic.anatomy import Anatomy, anatomy
from explorer.science.synthetic.backdrop import backdrop
from explorer.science.synthetic.body import clothes, neck
from explorer.science.synthetic.drawing import View
from explorer.science.synthetic.eyes import before_the_ball, eye_centre, eyeball, lid_rim
from explorer.science.synthetic.facial_hair import facial_hair
from explorer.science.synthetic.glasses import glasses
from explorer.science.synthetic.hair import hair, woollen_hat
from explorer.science.synthetic.mouth import mouth_inside, teeth
from explorer.science.synthetic.scene import Person, Scene
from explorer.science.synthetic.skin import skin_colours, with_hair_ground
from explorer.science.synthetic.strands import Strands
from explorer.science.synthetic.surfaces import Floats, Surface, joined, surface
from explorer.science.synthetic.surroundings import seen_behind, sky_around

_CHIN = 8
_LONG = 2000.0


@dataclass(frozen=True, eq=False)
class Portrait:
    """What `drawing.draw` takes of one scene.

    surface: all that the rasteriser draws. parts: the same, in parts, hair as locks. lenses: of glasses, which only the
    path tracer draws. skin: (V, 3) the vertices of the model's skin, which come first in it.
    view: of a square picture. light: (9, 3). background: (3, S, S) linear. body: of the model.
    around: the map of the sky that lights it, if one does.
    """

    surface: Surface
    parts: tuple[Surface | Strands, ...]
    lenses: Surface | None
    skin: Tensor
    view: View
    light: Tensor
    background: Tensor
    body: Anatomy
    around: Floats | None = None


@dataclass(frozen=True, eq=False)
class Head:
    """What of a person stays from picture to picture. rest: (V, 3) without expression. albedo: (V, 3) linear."""

    rest: Floats
    albedo: Floats
    eyes: tuple[Floats, Floats]


@lru_cache(maxsize=16)
def head(person: Person, model: MorphableModel) -> Head:
    """A person's head at rest."""
    body = anatomy(model)
    identity = torch.tensor(person.identity, dtype=torch.float32)
    rest = body.model.shape(identity).double().numpy()
    eyes = eye_centre(rest[body.right_eye]), eye_centre(rest[body.left_eye])
    for centre in eyes:
        rest = before_the_ball(rest, centre)
    return Head(rest, with_hair_ground(skin_colours(person, body), person, body), eyes)


def portrait(scene: Scene, model: MorphableModel, size: int, skies: Mapping[str, Floats] | None = None) -> Portrait:
    """All surfaces of a scene, for a square picture of so many pixels a side.

    Args:
        skies: maps by name, as of `surroundings.even_sky`; one that is not among them does not show.

    Raises:
        MorphableModelError: the model lacks what people need, or the scene names what the model does not have.
    """
    body, own = anatomy(model), head(scene.person, model)
    skin = own.rest + _expressed(scene, body)
    for centre in own.eyes:
        skin = before_the_ball(skin, centre)
    moved = skin - own.rest
    normals = vertex_normals(torch.from_numpy(skin), torch.from_numpy(body.triangles)).numpy()
    parts: list[Surface | Strands] = [_skin(scene, body, skin, normals, own.albedo)]
    parts += _openings(scene, body, own, skin, moved)
    parts += [neck(skin[body.neck], normals[body.neck], own.albedo[body.neck]), clothes(scene.clothes)]
    parts += [*_scalp_hair(scene.person, model, scene.hat is not None), *facial_hair(scene.person, body, skin, normals)]
    lenses: Surface | None = None
    if scene.glasses is not None:
        frame, lenses = glasses(scene.glasses, body, skin, own.eyes)
        parts.append(frame)
    if scene.hat is not None:
        parts.append(woollen_hat(scene.hat, body, own.rest))
    view = view_of(scene, size)
    around = sky_around(scene.sky, skies[scene.sky.name]) if scene.sky and skies and scene.sky.name in skies else None
    behind = backdrop(scene.background, size) if around is None else seen_behind(around, size, *_ahead(scene, view))
    return Portrait(
        surface=joined([part.ribbons() if isinstance(part, Strands) else part for part in parts]),
        parts=tuple(parts),
        lenses=lenses,
        skin=torch.from_numpy(skin).float(),
        view=view,
        light=torch.tensor(scene.light, dtype=torch.float32),
        background=torch.from_numpy(behind).float(),
        body=body,
        around=around,
    )


@lru_cache(maxsize=16)
def _scalp_hair(person: Person, model: MorphableModel, hat: bool) -> tuple[Surface | Strands, ...]:
    return tuple(hair(person, anatomy(model), head(person, model).rest, hat))


def view_of(scene: Scene, size: int) -> View:
    """Where a scene is seen from, in a square picture of so many pixels a side."""
    camera = scene.camera
    angles = torch.tensor([scene.yaw, scene.pitch, scene.roll], dtype=torch.float64).deg2rad()
    centre = size * (0.5 + camera.shift[0]), size * (0.5 - camera.shift[1])
    return View(rotation_from_angles(*angles).float(), size / camera.height, centre, camera.distance)


def _ahead(scene: Scene, view: View) -> tuple[float, tuple[float, float]]:
    """The camera's angle from top to bottom, a long lens's where lines of sight are parallel, and its middle."""
    return 2 * math.atan(scene.camera.height / 2 / (scene.camera.distance or _LONG)), view.centre


def _expressed(scene: Scene, body: Anatomy) -> Floats:
    names = body.model.expression_names
    unknown = [name for name, _ in scene.expression if name not in names]
    if unknown:
        raise MorphableModelError(f"{body.model.name} has no unit {', '.join(unknown)}: it has {', '.join(names)}")
    moved = torch.zeros_like(body.model.mean)
    for name, strength in scene.expression:
        moved = moved + strength * body.model.expression[names.index(name)]
    displaced: Floats = moved.double().numpy()
    return displaced


def _skin(scene: Scene, body: Anatomy, skin: Floats, normals: Floats, albedo: Floats) -> Surface:
    return surface(
        "skin",
        skin,
        body.triangles,
        normals,
        albedo,
        openness=0.15 + 0.85 * body.openness,
        gloss=0.012 + 0.03 * scene.person.skin.gloss * (1 + 0.6 * body.lips),
        sharpness=9.0 + 26 * body.lips,
    )


def _openings(scene: Scene, body: Anatomy, own: Head, skin: Floats, moved: Floats) -> list[Surface]:
    """Eyes and mouth."""
    parts = []
    for rim, centre, mirrored in zip((body.right_eye, body.left_eye), own.eyes, (True, False), strict=True):
        parts.append(eyeball(scene.person.eyes, centre, skin[rim], scene.gaze, mirrored))
        parts.append(lid_rim(skin[rim], centre, own.albedo[rim]))
    parts.append(mouth_inside(skin[body.mouth]))
    return parts + teeth(own.rest[body.mouth], skin[body.mouth], moved[body.landmarks[_CHIN]])
