"""Hair of the head, and what is worn over it: a layer off the scalp for its volume, and ribbons upon it.

Ribbons grow from the scalp, are combed away from the parting, fall, and are kept outside the head.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from scipy.spatial import cKDTree

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.synthetic.anatomy import Anatomy, smooth
from explorer.science.synthetic.scene import Hair, HairStyle, Hat, Person
from explorer.science.synthetic.skin import hair_colour, recession
from explorer.science.synthetic.strands import Strands, at_roots, roots, strands, unit, varied
from explorer.science.synthetic.surfaces import Floats, Integers, Surface, surface

# Ribbons and the points of each, by style; and their width at the root in millimetres.
_RIBBONS: dict[HairStyle, tuple[int, int, float]] = {
    "none": (0, 2, 1.0),
    "cropped": (900, 3, 1.4),
    "short": (900, 6, 3.2),
    "medium": (900, 11, 5.5),
    "long": (900, 16, 6.5),
}
_CENTRE = np.array([0.0, 40.0, -75.0])
_DOWN = np.array([0.0, -1.0, 0.0])
# By this share long hair comes together below the chin.
_GATHERED = 0.22
# A layer sinks by so much a millimetre beyond its border, and lies so deep at most.
_SINKS, _UNDER = 0.6, 3.0
# So thick is hair at its line.
_THIN = 0.3
# Under a hat hair lies flat; wool is as thick, and begins at this height in front and so much lower a millimetre back.
_FLAT, _WOOL, _BRIM, _SLOPE = 2.5, 5.0, 80.0, 0.30
# The brim is folded over: so high, and so much thicker. Above it wool keeps its own round shape, not the skull's.
_FOLD, _THICK, _ROUND = 30.0, 4.5, 0.35
_RIBS = 20


def hair(person: Person, body: Anatomy, rest: Floats, hat: bool) -> list[Surface | Strands]:
    """The hair of a head at rest (V, 3); nothing where it has none."""
    own = person.hair
    if own.style == "none":
        return []
    random = np.random.default_rng(own.seed)
    volume = min(own.volume, _FLAT) if hat else own.volume
    above = body.scalp - recession(person, body)
    normals = _normals(rest, body.triangles)
    colour = hair_colour(person.pigment)
    layer = _layer(rest, normals, above, volume, own.style)
    parts: list[Surface | Strands] = [_shell(random, body, layer, above, colour, "hair")]
    count, steps, width = _RIBBONS[own.style]
    places = roots(random, body.mean, body.triangles, smooth(above, -1.0, 6.0), count)
    curves = _combed(random, own, places, layer, _normals(layer, body.triangles), steps, volume)
    curves = _kept_outside(curves, rest, random.uniform(0.4, 1.1, (count, 1)) * volume, own.style)
    outward = unit(curves - _CENTRE - (0, 0.4, 0) * (curves - _CENTRE))
    colours = varied(random, colour, count, person.pigment.grey)
    # What lies deep, at the roots and in the nape, is dark.
    lit = np.interp(np.linspace(0, 1, steps), [0, 0.4, 1], [0.6, 0.9, 1.0]) * np.ones((count, 1))
    lit = lit * smooth(curves[..., 1], -130, 10) * 0.5 + 0.5 * lit
    return [*parts, strands("hair", curves, width * random.uniform(0.6, 1.3, count), outward, colours, openness=lit)]


def woollen_hat(hat: Hat, body: Anatomy, rest: Floats) -> Surface:
    """A hat pulled over the scalp of a head at rest."""
    normals = _normals(rest, body.triangles)
    brim = _BRIM + _SLOPE * np.minimum(body.mean[:, 2], 0)
    above = body.mean[:, 1] - brim
    fold = smooth(above, -2, 3) * smooth(above, _FOLD + 2, _FOLD - 2)
    off = _thickness(above, _FLAT) + _WOOL * smooth(above, -2, 4) + _THICK * fold + 0.1 * np.maximum(above, 0)
    layer = rest + off[:, None] * normals
    ball = unit(layer - _CENTRE) * np.percentile(np.linalg.norm(layer - _CENTRE, axis=1)[above > _FOLD], 85)
    layer = layer + (_ROUND * smooth(above, _FOLD - 4, _FOLD + 30))[:, None] * (_CENTRE + ball - layer)
    shell = _shell(np.random.default_rng(0), body, layer, above, np.array(hat.colour), "hat")
    azimuth = np.arctan2(body.mean[:, 0], body.mean[:, 2] - _CENTRE[2])
    # Ribs of the fold's knitting; between fold and crown lies a shadow.
    ribs = 1 + 0.10 * np.sin(_RIBS * azimuth) * fold
    shadow = 1 - 0.35 * smooth(np.abs(above - _FOLD - 3), 5, 0)
    return replace(shell, albedo=torch.from_numpy((np.array(hat.colour) * (ribs * shadow)[:, None]).astype(np.float32)))


def _normals(points: Floats, triangles: Integers) -> Floats:
    normals: Floats = vertex_normals(torch.from_numpy(points), torch.from_numpy(triangles)).numpy()
    return normals


def _layer(rest: Floats, normals: Floats, above: Floats, volume: float, style: HairStyle) -> Floats:
    """The head with its scalp moved out by the hair's volume: fuller on top, thin at the hairline and the nape."""
    height = smooth(above, 0, 14 if style == "cropped" else 26)
    top = 0.55 + 0.45 * smooth(rest[:, 1], 30, 110)
    layer: Floats = rest + normals * (_thickness(above, _THIN) + 0.95 * volume * height * top)[:, None]
    return layer


def _thickness(above: Floats, whole: float) -> Floats:
    """How far a layer lies off the skin: where it ends it goes under, so that its border runs across triangles."""
    off: Floats = np.clip(whole + _SINKS * np.minimum(above, 0), -_UNDER, whole)
    return off


def _shell(
    random: np.random.Generator, body: Anatomy, layer: Floats, above: Floats, colour: Floats, segment: str
) -> Surface:
    shown = body.triangles[(above[body.triangles] > -_border(segment)).any(1)]
    azimuth = np.arctan2(layer[:, 0], layer[:, 2] - _CENTRE[2])
    streaks = np.interp(azimuth, np.linspace(-np.pi, np.pi, 220), random.uniform(0.7, 1.15, 220))
    return surface(
        segment,
        layer,
        shown,
        _normals(layer, shown),
        colour * streaks[:, None],
        openness=0.35 + 0.5 * body.openness,
        gloss=0.012 if segment == "hair" else 0.002,
        sharpness=10.0,
    )


def _border(segment: str) -> float:
    """How far below its line a layer comes to lie under the skin."""
    return (_FLAT if segment == "hat" else _THIN) / _SINKS


def _combed(
    random: np.random.Generator, own: Hair, places: Floats, layer: Floats, normals: Floats, steps: int, volume: float
) -> Floats:
    """Curves (N, S, 3) from the roots: lifted off the scalp, combed away from the parting, and falling."""
    start, normal = at_roots(places, layer), unit(at_roots(places, normals))
    side = np.tanh((start[:, :1] - 35 * own.parting) / 12)
    flow = side * (0.9, 0, 0) + (0, 0, -0.75) + (0, -0.5, 0) * smooth(start[:, 1], 110, 60)[:, None]
    flow = unit(flow - (flow * normal).sum(1, keepdims=True) * normal)
    length = own.length * random.uniform(0.75, 1.1, (len(places), 1))
    step = length / (steps - 1)
    lift = {"cropped": 1.2, "short": 0.35}.get(own.style, 0.2)
    phase, turn = random.uniform(0, 2 * np.pi, (2, len(places), 1))
    stray = 0.16 * np.clip(random.normal(size=(len(places), 3)), -1.3, 1.3)
    curves = [start]
    for index in range(1, steps):
        # The comb's way is forgotten down the strand, which in the end hangs: beside the face, not before it.
        kept, away = np.exp(-index * step / 55), lift * normal * (1 - index / steps) ** 2
        before = smooth(curves[-1][:, 2:], -60, 20)
        aside = before * (side * (1.1, 0, 0) + (0, 0.4, -0.8))
        heading = unit(kept * (flow + stray) + 0.3 * stray + away + (1 - kept) * 1.5 * (_DOWN + aside))
        curves.append(curves[-1] + step * heading)
    whole = np.stack(curves, 1)
    # A wave has four points of the curve at least: fewer would not make a wave but a zigzag.
    along = np.arange(steps) * step / np.maximum(34 - 20 * own.curl, 4 * step) * 2 * np.pi
    swing = own.curl * np.minimum(np.arange(steps) * step / 30, 1) * min(volume, 7.0)
    across = unit(np.cross(normal, flow + np.array([0, 1e-3, 0])))
    sideways = (swing * np.sin(along + phase))[..., None] * across[:, None]
    waved: Floats = whole + sideways + (0.7 * swing * np.cos(along + turn))[..., None] * normal[:, None]
    return waved


def _kept_outside(curves: Floats, rest: Floats, offset: Floats, style: HairStyle) -> Floats:
    """Curves moved straight out of the head, to so far (N, 1) off its skin, and long ones from before the face."""
    skull = rest[rest[:, 1] > -70]
    radii = np.linalg.norm(skull - _CENTRE, axis=1)
    tree = cKDTree((skull - _CENTRE) / radii[:, None])
    way = curves - _CENTRE
    reach = np.linalg.norm(way, axis=2)
    least = radii[tree.query((way / reach[..., None]).reshape(-1, 3))[1]].reshape(reach.shape) + offset
    high = smooth(curves[..., 1], -75, -45)
    outer = np.maximum(reach, least * high)
    # Nor does it stand off further than its volume and a little.
    looser = 0.5 if style in {"cropped", "short"} else 1.0
    outer = outer + high * np.minimum(least + looser * offset + 3.0 - outer, 0)
    kept = _CENTRE + way * (outer / reach)[..., None]
    if style in {"medium", "long"}:
        # Hair falls beside the face: what hangs lower than the temples stays behind them.
        behind = np.interp(kept[..., 1], [-60, 20, 80, 100], [-62, -50, -18, 60])
        kept[..., 2] = np.minimum(kept[..., 2], behind)
        # What hangs on the shoulders lies together.
        kept[..., 0] *= 1 - _GATHERED * smooth(kept[..., 1], -30, -150)
    return np.asarray(kept, np.float64)
