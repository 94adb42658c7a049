"""Hair in locks: roots on the skin, curves from there, and flat strips along them where it is drawn as a surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.science.synthetic.surfaces import Floats, Integers, Surface, surface

# A lock thins to this share of its width at the tip; of the head's hair, where many lie together, less.
_TIP, _TIP_OF_HAIR = 0.25, 0.55


def roots(random: np.random.Generator, points: Floats, triangles: Integers, shares: Floats, count: int) -> Floats:
    """Places on a mesh, as weights of its vertices: chosen evenly by area, and by shares (V,) of the vertices.

    Returns:
        (N, 6): three vertices and their weights; N is count, or 0 where no share is above 0.
    """
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    weight = np.linalg.norm(np.cross(b - a, c - a), axis=1) * shares[triangles].mean(1)
    if not weight.any():
        return np.zeros((0, 6))
    chosen = random.choice(len(triangles), count, p=weight / weight.sum())
    one, two = random.random((2, count))
    one, two = np.where(one + two > 1, 1 - one, one), np.where(one + two > 1, 1 - two, two)
    return np.concatenate([triangles[chosen], np.stack([1 - one - two, one, two], 1)], 1)


def at_roots(places: Floats, values: Floats) -> Floats:
    """Values on vertices, (V, C), at places (N, 6): (N, C)."""
    mixed: Floats = (values[places[:, :3].astype(np.int64)] * places[:, 3:, None]).sum(1)
    return mixed


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) at length 1."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return scaled


def varied(random: np.random.Generator, colour: Floats, count: int, grey: float = 0.0) -> Floats:
    """(N, 3) linear colours of hairs about one: some lighter, some darker, and some without any colour."""
    colours = colour * np.exp(random.normal(0, 0.22, (count, 1)))
    white = random.random((count, 1)) < 0.5 * grey
    return np.clip(np.where(white, 0.4, colours), 0.003, 0.9)


@dataclass(frozen=True, eq=False)
class Strands:
    """Locks of hair along curves: N of them with S points each, in the head's axes and millimetres.

    curves: (N, S, 3) from the roots. widths: (N,) at the roots. outward: (N, S, 3) unit, to where their breadth shows.
    colours: (N, 3) linear. openness: (N, S), as of a `Surface`.
    """

    segment: str
    curves: Floats
    widths: Floats
    outward: Floats
    colours: Floats
    openness: Floats
    gloss: float

    def sides(self) -> Floats:
        """(N, S, 3) unit, across each lock."""
        return unit(np.cross(np.gradient(self.curves, axis=1), self.outward))

    def half_widths(self) -> Floats:
        """(N, S) millimetres; a lock thins toward its tip."""
        tip = _TIP_OF_HAIR if self.segment == "hair" else _TIP
        taper: Floats = np.interp(np.linspace(0, 1, self.curves.shape[1]), [0, 0.5, 1], [1, 0.9, tip])
        return 0.5 * self.widths[:, None] * taper

    def ribbons(self) -> Surface:
        """A flat strip along each."""
        count, steps = self.curves.shape[:2]
        side, half = self.sides(), self.half_widths()
        vertices = np.stack([self.curves - half[..., None] * side, self.curves + half[..., None] * side], 2)
        # Strips are round to the light: their borders turn away.
        normals = np.stack([unit(self.outward - 0.45 * side), unit(self.outward + 0.45 * side)], 2)
        quads = np.arange(count)[:, None] * (2 * steps) + 2 * np.arange(steps - 1)
        first = quads.reshape(-1, 1)
        triangles = np.concatenate([first + np.array(corners) for corners in ((0, 2, 1), (1, 2, 3))])
        return surface(
            self.segment,
            vertices.reshape(-1, 3),
            triangles,
            normals.reshape(-1, 3),
            np.repeat(self.colours, 2 * steps, 0),
            openness=np.repeat(self.openness.reshape(-1), 2),
            gloss=self.gloss,
            sharpness=14.0,
        )


def strands(
    segment: str,
    curves: Floats,
    widths: Floats | float,
    outward: Floats,
    colours: Floats,
    *,
    openness: Floats | float = 0.85,
    gloss: float = 0.02,
) -> Strands:
    """Strands of one segment; what is one for all is spread over them."""
    count, steps = curves.shape[:2]
    return Strands(
        segment=segment,
        curves=curves,
        widths=np.broadcast_to(np.asarray(widths, np.float64), (count,)),
        outward=outward,
        colours=colours,
        openness=np.broadcast_to(np.asarray(openness, np.float64), (count, steps)),
        gloss=gloss,
    )
