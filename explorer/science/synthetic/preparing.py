"""A portrait as a path tracer takes it: the same surfaces, hair as fibres, light from all around, and lenses."""

from __future__ import annotations

import numpy as np
import torch

from explorer.science.synthetic.fibres import fibres
from explorer.science.synthetic.portrait import Portrait
from explorer.science.synthetic.scene import Scene
from explorer.science.synthetic.spectrum import Spectrum, in_light_of, index_of_glass, reflectance
from explorer.science.synthetic.strands import Strands
from explorer.science.synthetic.surfaces import SEGMENTS, Floats, Surface
from explorer.science.synthetic.surroundings import map_of_harmonics
from explorer.science.synthetic.traceable import Fibres, Mesh, MeshKind, Traceable

# Fibres lie upon a layer of the same hair, which shows between them what is deep.
_LAYER = 0.75
# Where fibres are long the layer lies deeper than a rasteriser needs it, by a share of the hair's volume.
_SUNK, _LOOSE = 0.35, ("short", "medium", "long")
# Light goes through many fibres and comes back lighter than off a lock with a surface, as which colours are given.
_FIBRE = 0.5


def traceable(scene: Scene, made: Portrait, spectrum: Spectrum = "visible") -> Traceable:
    """What to trace of a scene.

    Args:
        made: of it, by `portrait`, for a picture of so many pixels.
    """
    rotation = made.view.rotation.double().numpy()
    size = made.background.shape[-1]
    sunk = _SUNK * scene.person.hair.volume if scene.person.hair.style in _LOOSE and scene.hat is None else 0.0
    meshes = [_mesh(part, rotation, spectrum, sunk) for part in made.parts if isinstance(part, Surface)]
    if made.lenses is not None:
        meshes.append(_mesh(made.lenses, rotation, spectrum, kind="glass"))
    hairs = [
        Fibres(
            np.concatenate([curves[..., :3] @ rotation.T, curves[..., 3:]], 2).astype(np.float32),
            _colour(_FIBRE * reflectance(part.segment, colour[None], spectrum)[0]),
        )
        for part in made.parts
        if isinstance(part, Strands) and len(part.curves)
        for curves, colour in fibres(part)
    ]
    around = made.around if made.around is not None else map_of_harmonics(np.array(scene.light))
    return Traceable(
        size=size,
        height=size / made.view.scale,
        distance=made.view.distance,
        shift=(made.view.centre[0] / size - 0.5, 0.5 - made.view.centre[1] / size),
        around=in_light_of(around, spectrum).astype(np.float32),
        meshes=tuple(meshes),
        fibres=tuple(hairs),
        glass=index_of_glass(spectrum),
    )


def _mesh(part: Surface, rotation: Floats, spectrum: Spectrum, sunk: float = 0.0, kind: MeshKind = "surface") -> Mesh:
    segment = SEGMENTS[int(part.segments[0])]
    colours = reflectance(segment, part.albedo.double().numpy(), spectrum)
    vertices = part.vertices.double().numpy()
    if segment == "hair":
        vertices = vertices - sunk * part.normals.double().numpy()
    sharpness = part.sharpness.double().numpy()
    return Mesh(
        kind="eye" if segment == "eyes" else kind,
        vertices=(vertices @ rotation.T).astype(np.float32),
        normals=(part.normals.double().numpy() @ rotation.T).astype(np.float32),
        triangles=part.triangles.numpy().astype(np.uint32),
        colours=(colours * (_LAYER if segment == "hair" else 1.0)).astype(np.float32),
        # Of Phong's exponent to the width of a microfacet's lobe, of which principled materials take the root.
        roughness=((2 / (sharpness + 2)) ** 0.25).astype(np.float32),
        gloss=float(torch.median(part.gloss)),
    )


def _colour(colour: Floats) -> tuple[float, float, float]:
    red, green, blue = colour.tolist()
    return red, green, blue
