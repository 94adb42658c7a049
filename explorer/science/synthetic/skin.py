"""The skin's colours: the model's own components, and blood, lips, freckles and the ground under hair upon them."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from explorer.science.synthetic.anatomy import Anatomy, line_distance, smooth
from explorer.science.synthetic.scene import Person, Pigment
from explorer.science.synthetic.surfaces import Floats, linear_from_display

# Absorption of the two melanins, in density for each colour; chosen by eye on the range from blond to black and red.
_EUMELANIN, _PHEOMELANIN = np.array([2.6, 3.7, 5.0]), np.array([0.9, 2.9, 5.6])
_GREY = np.array([0.42, 0.41, 0.40])
_FLOOR = 0.006


def hair_colour(pigment: Pigment) -> Floats:
    """(3,) linear reflectance of hair by its melanin, as an exponential of both kinds' amounts."""
    amount = 1.25 * pigment.melanin**1.2
    density = amount * ((1 - pigment.red) * _EUMELANIN + pigment.red * _PHEOMELANIN)
    coloured = 0.62 * np.exp(-density) + _FLOOR
    mixed: Floats = coloured + (_GREY - coloured) * 0.85 * pigment.grey
    return mixed


def skin_colours(person: Person, body: Anatomy) -> Floats:
    """(V, 3) linear albedo of the skin, with what shines through hair painted on."""
    coefficients = torch.tensor(person.colours, dtype=torch.float32)
    albedo = linear_from_display(body.model.colours(coefficients).double().numpy().clip(0.03, 0.93))
    skin = person.skin
    random = np.random.default_rng(skin.seed)
    albedo *= 1 + 0.10 * (_noise(random, body.mean, 14.0)[:, None] + 0.6 * _noise(random, body.mean, 5.0)[:, None])
    reddened = skin.redness * body.blood[:, None]
    albedo *= 1 - reddened * (-0.03, 0.28, 0.27)
    albedo *= 1 - skin.lips * body.lips[:, None] * (0.10, 0.34, 0.28)
    spots = smooth(_noise(random, body.mean, 3.2), 0.75 - 0.35 * skin.freckles, 1.0)
    where = smooth(body.mean[:, 2], -50, -5) * smooth(body.mean[:, 1], -30, 0) * (1 - body.lips)
    albedo *= 1 - skin.freckles * (spots * where)[:, None] * (0.35, 0.5, 0.6)
    return np.clip(albedo, 0.004, 0.95)


def with_hair_ground(albedo: Floats, person: Person, body: Anatomy) -> Floats:
    """(V, 3) the skin with the colour of brows, beard and scalp hair where these grow."""
    colour = hair_colour(person.pigment)

    def blended(share: Floats) -> Floats:
        # Short hairs darken the skin; what is as light as skin shows little.
        mixed: Floats = albedo + (np.minimum(colour, albedo) - albedo) * share[:, None]
        return mixed

    albedo = blended(0.7 * person.brows.density * brow_shares(person, body))
    albedo = blended(beard_shares(person, body))
    if person.hair.style != "none":
        strength = 0.75 if person.hair.style == "cropped" else 0.95
        above = body.scalp - recession(person, body)
        return blended(strength * smooth(above, -2.0, 5.0))
    return blended(0.3 * smooth(body.scalp - 6, -2.0, 6.0) * smooth(body.mean[:, 1], 110, 70))


def recession(person: Person, body: Anatomy) -> Floats:
    """(V,) millimetres by which this person's hairline lies above the usual one: most at the temples."""
    azimuth = np.degrees(np.arctan2(np.abs(body.mean[:, 0]), body.mean[:, 2] + 75.0))
    temples = np.exp(-(((azimuth - 32) / 14) ** 2)) + 0.45 * np.exp(-((azimuth / 30) ** 2))
    rough = _noise(np.random.default_rng(person.hair.seed), body.mean, 7.0)
    back: Floats = 22 * person.hair.recession * temples + 1.5 * rough
    return back


def brow_shares(person: Person, body: Anatomy) -> Floats:
    """(V,) 0 to 1, how much of a brow a point has: full along its line, thinning to the outer end."""
    share = np.zeros(len(body.mean))
    near = np.flatnonzero((body.mean[:, 2] > -45) & (body.mean[:, 1] > 25) & (body.mean[:, 1] < 75))
    for first in (17, 22):
        line = body.mean[body.landmarks[first : first + 5]]
        line = line if first == 22 else line[::-1]
        distance, place = line_distance(body.mean[near][:, :2], line[:, :2])
        half = 0.5 * person.brows.thickness * np.interp(place, [0, 0.1, 0.5, 1], [0.75, 1.0, 0.9, 0.35])
        share[near] = np.maximum(share[near], smooth(distance, half + 0.6, half - 1.6))
    return share


def beard_shares(person: Person, body: Anatomy) -> Floats:
    """(V,) 0 to 1, how much the ground of the beard darkens the skin."""
    beard = person.beard
    grown = beard_region(person, body)
    strength = {"none": 0.0, "stubble": 0.5}.get(beard.style, 0.9)
    rough = 1 + 0.25 * _noise(np.random.default_rng(beard.seed), body.mean, 4.0)
    shares: Floats = np.clip(strength * (0.4 + 0.6 * beard.density) * grown * rough, 0, 0.95)
    return shares


def beard_region(person: Person, body: Anatomy) -> Floats:
    """(V,) 0 to 1, where this person's beard grows."""
    style = person.beard.style
    if style == "none":
        return np.zeros(len(body.mean))
    if style == "moustache":
        return body.moustache
    if style == "goatee":
        chin = smooth(np.abs(body.mean[:, 0]), 30, 22) * smooth(body.mean[:, 2], -25, -12)
        return np.maximum(body.moustache, body.beard * chin)
    return np.maximum(body.moustache, body.beard)


def _noise(random: np.random.Generator, points: Floats, scale: float) -> Floats:
    """(V,) smooth noise about 0, between -1 and 1, with features of so many millimetres, at points (V, 3)."""
    grid = random.uniform(-1, 1, (24, 24, 24))
    noise: Floats = map_coordinates(grid, points.T / scale, order=1, mode="grid-wrap")
    return noise
