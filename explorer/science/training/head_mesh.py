"""MakeHuman's base mesh (hm08, CC0), cut down to the skin of the head, with its holes at eyes and mouth closed.

The mesh counts decimetres, y up, z out of the face, x to the person's left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The middle of the face in the base mesh's texture, where the forehead lies toward u = 0: the nose, on the axis of
# symmetry of the head's island.
_MIDDLE = (0.872, 0.4858)
# Distance from there, in units of that texture, up to which the project's own map hardly compresses.
_COMPRESSION = 0.08
_MARGIN = 0.01
# How far around an eye's middle, in units of the project's own map, it is laid out anew.
_EYE_RADIUS = 0.095


@dataclass(frozen=True, eq=False)
class BaseMesh:
    """What is read of the base mesh.

    positions: (19158, 3) decimetres. texture: (N, 2).
    quads, texture_quads: (F, 4) of the body, into positions and texture.
    mirror: (19158,) partners on the other side.
    """

    positions: Floats
    texture: Floats
    quads: Integers
    texture_quads: Integers
    mirror: Integers


@dataclass(frozen=True, eq=False)
class HeadMesh:
    """The skin of the head, N_skin vertices of the base mesh, and behind them the vertices that close its holes.

    skin: (N_skin,) vertices of the base mesh, ascending.
    caps: (3, N_skin), the middles of right eye, left eye and mouth as means of the skin's vertices around them.
    triangles: (T, 3); mirror: (V,). uv: (U, 2) in [0, 1], face upright; uv_triangles: (T, 3).
    source_uv: (V, 2) of each vertex in the base mesh's own texture.
    """

    skin: Integers
    caps: Floats
    triangles: Integers
    mirror: Integers
    uv: Floats
    uv_triangles: Integers
    source_uv: Floats

    def take(self, positions: Floats) -> Floats:
        """Values on the base mesh, (19158, C), as values on the head, (V, C)."""
        skin = positions[self.skin]
        return np.concatenate([skin, self.caps @ skin])


def parse_base_mesh(obj: str, mirror: str) -> BaseMesh:
    """Read `base.obj` and `hm08.mirror`.

    Raises:
        ValueError: they are not the base mesh.
    """
    positions, texture, quads, texture_quads, group = [], [], [], [], ""
    for line in obj.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            positions.append([float(number) for number in rest.split()])
        elif kind == "vt":
            texture.append([float(number) for number in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f" and group == "body":
            corners = [corner.split("/") for corner in rest.split()]
            quads.append([int(corner[0]) - 1 for corner in corners])
            texture_quads.append([int(corner[1]) - 1 for corner in corners])
    partners = np.full(len(positions), -1)
    for line in mirror.splitlines():
        one, other, _ = line.split()
        partners[int(one)] = int(other)
    return BaseMesh(
        np.array(positions), np.array(texture), np.array(quads), np.array(texture_quads), partners.astype(np.int64)
    )


def head_mesh(base: BaseMesh) -> HeadMesh:
    """Cut the head out of the base mesh and close its eyes and mouth."""
    chosen = _island(base)
    skin, quads = np.unique(base.quads[chosen], return_inverse=True)
    points, flat_quads = np.unique(base.texture_quads[chosen], return_inverse=True)
    quads, flat_quads = quads.reshape(-1, 4), flat_quads.reshape(-1, 4)
    mirror = np.searchsorted(skin, base.mirror[skin])
    source = base.texture[points]
    owner = np.zeros(len(source), np.int64)
    owner[flat_quads.ravel()] = quads.ravel()
    # Holes lie off the seam: each of their vertices has one point of the map.
    point_of = np.zeros(len(skin), np.int64)
    point_of[owner] = np.arange(len(owner))
    uv = _unrolled(source)
    loops = _holes(quads, base.positions[skin])
    caps = np.zeros((len(loops), len(skin)))
    for cap, loop in zip(caps, loops, strict=True):
        cap[loop] = 1 / len(loop)
    turned = _turned(quads, mirror)
    fans = [_fan(loop, len(skin) + index) for index, loop in enumerate(loops)]
    flat_fans = [_fan(point_of[loop], len(source) + index) for index, loop in enumerate(loops)]
    uv, flat = np.concatenate([uv, caps @ uv[point_of]]), np.concatenate([_halved(flat_quads, turned), *flat_fans])
    owner = np.concatenate([owner, len(skin) + np.arange(len(caps))])
    # The right eye's middle is the left one's image, the mouth's its own.
    mirror = np.concatenate([mirror, len(skin) + np.array([1, 0, 2])])
    positions = np.concatenate([base.positions[skin], caps @ base.positions[skin]])
    for eye in (0, 1):
        uv = _relaxed(uv, flat, positions[owner], uv[len(source) + eye])
    return HeadMesh(
        skin=skin,
        caps=caps,
        triangles=np.concatenate([_halved(quads, turned), *fans]),
        mirror=mirror,
        uv=_symmetric(uv, owner, mirror),
        uv_triangles=flat,
        source_uv=np.concatenate([source[point_of], caps @ source[point_of]]),
    )


def _island(base: BaseMesh) -> Integers:
    """The quads that hang together in the texture around the middle of the face."""
    quads = base.texture_quads
    pairs = np.concatenate([quads[:, [0, 1]], quads[:, [1, 2]], quads[:, [2, 3]]])
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(base.texture),) * 2)
    label = connected_components(graph, directed=False)[1]
    centres = base.texture[quads].mean(1)
    nearest = np.linalg.norm(centres - _MIDDLE, axis=1).argmin()
    return np.flatnonzero(label[quads[:, 0]] == label[quads[nearest, 0]])


def _turned(quads: Integers, mirror: Integers) -> NDArray[np.bool_]:
    """Which quads are halved by their other diagonal, such that mirror images are halved alike."""
    keys = {frozenset(quad): index for index, quad in enumerate(quads.tolist())}
    turned = np.zeros(len(quads), bool)
    for index, quad in enumerate(quads.tolist()):
        image = [int(mirror[corner]) for corner in quad]
        partner = keys[frozenset(image)]
        if partner > index:
            # Its diagonal from 0 to 2 is, in the partner, the one that joins the images of 0 and 2.
            turned[partner] = quads[partner].tolist().index(image[0]) % 2 == 1
    return turned


def _halved(quads: Integers, turned: NDArray[np.bool_]) -> Integers:
    """Quads (F, 4) as triangles (2 F, 3)."""
    quads = np.where(turned[:, None], np.roll(quads, -1, axis=1), quads)
    return np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], 1).reshape(-1, 3)


def _holes(quads: Integers, positions: Floats) -> list[Integers]:
    """The borders of right eye, left eye and mouth; the fourth and lowest is the neck's and stays open."""
    loops = sorted(_borders(quads), key=lambda loop: positions[loop, 1].mean())
    _, mouth, *eyes = loops
    right, left = sorted(eyes, key=lambda loop: positions[loop, 0].mean())
    return [right, left, mouth]


def _borders(quads: Integers) -> list[Integers]:
    """The closed lines of edges that have one quad only, each in the order in which what closes it would run."""
    directed = {(int(quad[i]), int(quad[(i + 1) % 4])) for quad in quads for i in range(4)}
    following = {b: a for a, b in directed if (b, a) not in directed}
    loops = []
    while following:
        here, loop = next(iter(following)), []
        while here in following:
            loop.append(here)
            here = following.pop(here)
        loops.append(np.array(loop))
    return loops


def _fan(loop: Integers, middle: int) -> Integers:
    """Triangles from a loop to its middle."""
    return np.stack([loop, np.roll(loop, -1), np.full(len(loop), middle)], 1)


def _unrolled(source: Floats) -> Floats:
    """The island turned so that the face stands upright in [0, 1] x [0, 1], and the face enlarged.

    As MakeHuman lays it out, the face has a tenth of the area: distances from its middle are compressed (by asinh, in
    every direction, so that nothing folds) until it has about a third.
    """
    from_middle = np.stack([source[:, 1] - _MIDDLE[1], source[:, 0] - _MIDDLE[0]], 1)
    distance = np.linalg.norm(from_middle, axis=1, keepdims=True)
    spread = from_middle * np.arcsinh(distance / _COMPRESSION) / np.maximum(distance, 1e-12)
    half_width = np.abs(spread[:, 0]).max()
    top, bottom = spread[:, 1].min(), spread[:, 1].max()
    inside = 1 - 2 * _MARGIN
    x = 0.5 + spread[:, 0] / half_width * inside / 2
    return np.stack([x, _MARGIN + (spread[:, 1] - top) / (bottom - top) * inside], 1)


def _relaxed(uv: Floats, triangles: Integers, positions: Floats, centre: Floats) -> Floats:
    """The map with the surroundings of an eye laid out anew: MakeHuman's has the lids closed and the eye a slit.

    Every point there becomes a mean of its neighbours, weighted by how near they are in space; with the points around
    them held, on about a circle, nothing folds (Tutte 1963).
    """
    near = np.linalg.norm(uv - centre, axis=1) < _EYE_RADIUS
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    weights = 1 / np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    matrix = coo_matrix((weights, pairs.T), shape=(len(uv),) * 2).toarray()[near]
    matrix /= matrix.sum(1, keepdims=True)
    result = uv.copy()
    result[near] = np.linalg.solve(np.eye(int(near.sum())) - matrix[:, near], matrix[:, ~near] @ uv[~near])
    return result


def _symmetric(points: Floats, owner: Integers, mirror: Integers) -> Floats:
    """Make points of the map exact mirror images of their partners, about x = 0.5."""
    images = points * (-1, 1) + (1, 0)
    result = points.copy()
    by_owner: dict[int, list[int]] = {}
    for index, vertex in enumerate(owner.tolist()):
        by_owner.setdefault(vertex, []).append(index)
    for index, vertex in enumerate(owner.tolist()):
        partners = by_owner[int(mirror[vertex])]
        nearest = min(partners, key=lambda other: float(np.linalg.norm(images[other] - points[index])))
        result[index] = (points[index] + images[nearest]) / 2
    return result
