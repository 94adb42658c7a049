"""Brows, lashes and beards: short ribbons that stand on the skin and move with it."""

from __future__ import annotations

import numpy as np

from explorer.science.synthetic.anatomy import Anatomy
from explorer.science.synthetic.scene import Person
from explorer.science.synthetic.skin import beard_region, brow_shares, hair_colour
from explorer.science.synthetic.strands import Strands, at_roots, roots, strands, unit, varied
from explorer.science.synthetic.surfaces import Floats

_BROW_HAIRS, _LASHES, _BEARD_HAIRS = 260, 26, 900
_SCALP_SEED = 7


def facial_hair(person: Person, body: Anatomy, skin: Floats, normals: Floats) -> list[Strands]:
    """Everything of the kind on a skin (V, 3) with normals (V, 3)."""
    colour = hair_colour(person.pigment)
    parts = [_brows(person, body, skin, normals, 0.8 * colour)]
    parts += [_lashes(person, skin[rim], 0.4 * colour) for rim in (body.right_eye, body.left_eye)]
    if person.beard.style not in {"none", "stubble"}:
        parts.append(_beard(person, body, skin, normals, colour))
    return parts


def _brows(person: Person, body: Anatomy, skin: Floats, normals: Floats, colour: Floats) -> Strands:
    random = np.random.default_rng([_SCALP_SEED, person.hair.seed])
    places = roots(random, body.mean, body.triangles, brow_shares(person, body) ** 2, _BROW_HAIRS)
    start, normal = at_roots(places, skin), unit(at_roots(places, normals))
    outer = np.clip((np.abs(start[:, :1]) - 12) / 34, 0, 1)
    # Hairs stand up at the nose, and lie toward the temples further out, where they point down.
    heading = np.sign(start[:, :1]) * (0.25 + outer) * (1.0, 0, 0) + (1 - 1.4 * outer) * (0, 0.8, 0)
    heading = unit(heading + 0.14 * random.normal(size=start.shape))
    length = random.uniform(2.5, 5, (len(start), 1)) * (1 - 0.35 * outer)
    curves = _standing(start, normal, heading, length, 3, lift=0.12)
    width = 0.3 + 0.4 * person.brows.density
    return strands("brows", curves, width, _spread(normal, 3), varied(random, colour, len(start)), gloss=0.004)


def _lashes(person: Person, rim: Floats, colour: Floats) -> Strands:
    order = np.argsort(rim[:, 0])
    upper = rim[order][rim[order, 1] >= np.interp(rim[order, 0], rim[order[[0, -1]], 0], rim[order[[0, -1]], 1])]
    place = np.linspace(0.08, 0.97, _LASHES) * (len(upper) - 1)
    start = np.stack([np.interp(place, np.arange(len(upper)), upper[:, axis]) for axis in range(3)], 1)
    across = (start[:, :1] - rim[:, 0].mean()) / np.ptp(rim[:, 0])
    heading = unit(np.concatenate([1.2 * across, np.full_like(across, 0.25), np.ones_like(across)], 1))
    bend = np.linspace(0, 1, 4)[:, None]
    length = 3.0 + 5.0 * person.lashes
    curves = start[:, None] + length * (bend * heading[:, None] + 0.35 * bend**2 * (0, 1.0, 0))
    facing = np.broadcast_to(np.array([0.0, 0.6, 0.8]), curves.shape)
    return strands("lashes", curves, 0.35 + 0.5 * person.lashes, facing, np.tile(colour, (len(start), 1)), gloss=0.0)


def _beard(person: Person, body: Anatomy, skin: Floats, normals: Floats, colour: Floats) -> Strands:
    beard = person.beard
    random = np.random.default_rng([1, beard.seed])
    count = int(_BEARD_HAIRS * (0.4 + 0.6 * beard.density) * (1.0 if beard.style == "full" else 0.4))
    places = roots(random, body.mean, body.triangles, beard_region(person, body) ** 2, count)
    start, normal = at_roots(places, skin), unit(at_roots(places, normals))
    side = np.sign(start[:, :1]) * np.minimum(np.abs(start[:, :1]) / 25, 1)
    heading = unit(side * (0.45, 0, 0) + (0, -1, 0) + 0.35 * random.normal(size=start.shape))
    length = beard.length * random.uniform(0.6, 1.2, (count, 1)) * (1 + 0.5 * (start[:, 1:2] < -55))
    curves = _standing(start, normal, heading, length, 4, lift=0.45)
    colours = varied(random, colour, count, person.pigment.grey)
    lit = np.broadcast_to(np.linspace(0.55, 1.0, 4), (count, 4))
    return strands("beard", curves, 1.3, _spread(normal, 4), colours, openness=lit, gloss=0.008)


def _standing(start: Floats, normal: Floats, heading: Floats, length: Floats, steps: int, lift: float) -> Floats:
    """Curves (N, S, 3) that leave the skin and bend toward a heading along it."""
    along = unit(heading - (heading * normal).sum(1, keepdims=True) * normal)
    share = np.linspace(0, 1, steps)[:, None]
    rise = 0.3 + lift * (share - 0.5 * share**2) * length[:, None]
    curves: Floats = start[:, None] + share * length[:, None] * along[:, None] + rise * normal[:, None]
    return curves


def _spread(normal: Floats, steps: int) -> Floats:
    return np.repeat(normal[:, None], steps, 1)
