"""Eyeballs of our own making: a sphere with the cornea's bulge, put behind the lids, and lids kept before it."""

from __future__ import annotations

import numpy as np
import torch

from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.synthetic.anatomy import smooth
from explorer.science.synthetic.scene import Eyes
from explorer.science.synthetic.surfaces import Floats, Integers, Surface, grid_triangles, surface

RADIUS = 12.0
# By how much the cornea stands out in its middle, and lids keep off the ball.
_BULGE = 0.7
_CLEARANCE = 0.75
_RIM = 0.5
_SECTORS = 36
_BROWN, _BLUE, _GREEN = np.array([0.085, 0.036, 0.014]), np.array([0.17, 0.25, 0.34]), np.array([0.16, 0.19, 0.08])
_WHITE, _VEINS, _WET = np.array([0.56, 0.53, 0.50]), np.array([0.52, 0.22, 0.18]), np.array([0.42, 0.16, 0.13])


def eye_centre(rim: Floats) -> Floats:
    """The middle (3,) of the ball whose surface lies best along the rim of the lids (N, 3), and nowhere before it."""
    centre = rim.mean(0) - (0.0, 0.0, 0.8 * RADIUS)
    for _ in range(20):
        offset = rim - centre
        distance = np.linalg.norm(offset, axis=1)
        jacobian = np.concatenate([-offset / distance[:, None], 0.15 * np.eye(3) * (1, 1, 0)])
        # The ball's middle stays near the middle of the opening, as seen from the front.
        residual = np.concatenate([distance - RADIUS, 0.15 * (centre - rim.mean(0)) * (1, 1, 0) * len(rim) ** 0.5])
        centre = centre - np.linalg.lstsq(jacobian, residual, rcond=None)[0]
    return np.asarray(centre, np.float64)


def before_the_ball(points: Floats, centre: Floats) -> Floats:
    """Points (V, 3) with those that lie within the ball, or nearly, moved straight out of it."""
    offset = points - centre
    distance = np.linalg.norm(offset, axis=1, keepdims=True)
    moved: Floats = centre + offset * np.maximum(1, (RADIUS + _CLEARANCE) / np.maximum(distance, 1e-9))
    return moved


def eyeball(eyes: Eyes, centre: Floats, rim: Floats, gaze: tuple[float, float], mirrored: bool) -> Surface:
    """One eyeball.

    Args:
        rim: (N, 3) of the lids, which keep light off what is near them.
        gaze: degrees to the picture's right, and up. mirrored: of the other side, whose iris is the mirror image.
    """
    angles, colours = _painted(eyes)
    turn = np.arange(_SECTORS) * (2 * np.pi / _SECTORS) * (-1 if mirrored else 1)
    around = np.stack([np.cos(turn), np.sin(turn)], 1)
    limbus = np.arcsin(eyes.iris / RADIUS)
    radius = RADIUS + _BULGE * np.clip(1 - (angles / limbus) ** 2, 0, 1)
    profile = np.stack([radius * np.sin(angles), radius * np.cos(angles)], 1)
    shape = np.concatenate(
        [profile[:, None, :1] * around, np.broadcast_to(profile[:, None, 1:], (len(profile), _SECTORS, 1))], 2
    )
    # Along the profile the tangent turns into the normal.
    tangent = np.gradient(profile, axis=0)
    outward = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    outward[0] = (0.0, 1.0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    normals = np.concatenate(
        [outward[:, None, :1] * around, np.broadcast_to(outward[:, None, 1:], (len(profile), _SECTORS, 1))], 2
    )
    rotation = rotation_from_angles(*torch.tensor([gaze[0], -gaze[1], 0.0]).double().deg2rad()).numpy()
    vertices = shape.reshape(-1, 3) @ rotation.T + centre
    triangles = grid_triangles(len(angles), _SECTORS, closed=True)
    lit = _lit(vertices, rim)
    return surface(
        "eyes",
        vertices,
        triangles[:, ::-1] if mirrored else triangles,
        normals.reshape(-1, 3) @ rotation.T,
        colours.reshape(-1, 3),
        openness=lit,
        # A lamp's reflection on the wet eye is as bright under the lid's shadow: without it eyes look dead.
        gloss=np.where(np.repeat(angles, _SECTORS) < 1.1 * limbus, 0.06, 0.018) / lit,
        sharpness=250.0,
    )


def _painted(eyes: Eyes) -> tuple[Floats, Floats]:
    """Angles (R,) from the pupil's middle at which the ball's rings lie, and their colours (R, sectors, 3)."""
    limbus, pupil = np.arcsin(eyes.iris / RADIUS), np.arcsin(eyes.pupil / RADIUS)
    edge = 0.02
    iris = np.linspace(pupil + edge, limbus - 2.5 * edge, 6)
    white = np.concatenate([[limbus + 1.5 * edge], np.linspace(limbus + 0.12, 2.0, 12)])
    angles = np.concatenate([[1e-4, pupil - edge], iris, white])
    fibres = np.random.default_rng(round(1e4 * eyes.iris)).uniform(0.65, 1.35, (6, _SECTORS, 1))
    light = _BLUE + (_GREEN - _BLUE) * eyes.green
    base = light ** (1 - eyes.melanin) * _BROWN**eyes.melanin
    depth = np.linspace(0, 1, 6)[:, None, None]
    painted = base * fibres * (1.35 - 0.5 * depth)
    painted[0] = painted[0] * 0.6 + _BROWN * 0.5
    painted[-1] *= 0.3
    redder = smooth(white, 0.8, 1.5)[:, None, None] * (0.25 + 0.75 * eyes.redness)
    whites = np.broadcast_to(_WHITE + (_VEINS - _WHITE) * 0.6 * redder, (len(white), _SECTORS, 3)).copy()
    whites[0] *= 0.55
    return angles, np.concatenate([np.full((2, _SECTORS, 3), 0.004), painted, whites])


def _lit(vertices: Floats, rim: Floats) -> Floats:
    """How much light comes to the ball under the lids; from above the lid and its lashes keep off most."""
    offset = vertices[:, None] - rim[None]
    upper = rim[:, 1] > rim[:, 1].mean()
    above = np.linalg.norm(offset[:, upper], axis=2).min(1)
    below = np.linalg.norm(offset[:, ~upper], axis=2).min(1)
    lit: Floats = (0.3 + 0.7 * smooth(above, 0.3, 4.5)) * (0.55 + 0.45 * smooth(below, 0.2, 2.5))
    return lit


def lid_rim(rim: Floats, centre: Floats, skin: Floats) -> Surface:
    """The lids' thickness, from their rim (N, 3) in to the ball, wet and red. skin: (N, 3) linear, of the lids."""
    offset = rim - centre
    distance = np.linalg.norm(offset, axis=1, keepdims=True)
    inner = centre + offset * ((RADIUS - _RIM) / distance)
    colours = np.concatenate([0.6 * skin + 0.4 * _WET, 0.5 * _WET + 0.5 * skin])
    normals = np.concatenate([offset / distance, offset / distance]) * 0.3 + (0, 0, 0.7)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    triangles: Integers = grid_triangles(2, len(rim), closed=True)
    return surface(
        "skin", np.concatenate([rim, inner]), triangles, normals, colours, openness=0.6, gloss=0.02, sharpness=60.0
    )
