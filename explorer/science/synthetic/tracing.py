"""The path tracer: a picture from plain numbers by Mitsuba 3 (`likeness[render]`), pass by pass.

Mitsuba is imported here alone, and only where a picture is traced: in a process of its own (`studio.people`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.traceable import Fibres, Mesh, Traceable

Singles = NDArray[np.float32]
Variant = Literal["scalar_rgb", "llvm_ad_rgb"]

# Light is followed over so many surfaces; in light hair most goes on.
_DEPTH = 6
# A wet eye is nearly a mirror, and what it mirrors is mostly a lamp.
_CORNEA, _WET = 1.376, 0.08
# Lenses are coated, and mirror so much of what bare glass would.
_COATED = 0.3
# What a pass has of more light than this at a pixel is a firefly: one path that met a lamp by chance.
BRIGHTEST = 2.5
_TOGETHER = 16
_SEEDS = 2**32
# How rough fibres are along and around them: more so than a hair, for each stands for many that lie a little apart.
_ALONG, _AROUND = 0.40, 0.50
# Keratin has an index of 1.55; of fibres thicker than hairs, and fewer, too many shine at once, and theirs is lower.
_KERATIN = 1.40


def trace(
    picture: Traceable, samples: int, seed: int, folder: Path, variant: Variant = "scalar_rgb"
) -> Iterator[Singles]:
    """Trace a picture in passes, and give after each what is known so far: (S, S, 4) linear light and coverage.

    Args:
        samples: a pixel, at least 1, in all passes together. seed: the same gives the same picture.
        folder: an empty one, where hair is written for Mitsuba to read.

    Raises:
        ModuleNotFoundError: Mitsuba is not installed.
    """
    mi = _mitsuba(variant)
    scene = mi.load_dict(_scene(mi, picture, folder))
    counts = passes(samples)
    total, done = np.zeros((picture.size, picture.size, 4)), 0
    for index, count in enumerate(counts):
        one = np.array(mi.render(scene, spp=count, seed=(seed * len(counts) + index) % _SEEDS), np.float64)
        total += count * np.clip(np.nan_to_num(one), 0, (BRIGHTEST, BRIGHTEST, BRIGHTEST, 1))
        done += count
        yield (total / done).astype(np.float32)


def passes(samples: int) -> list[int]:
    """The samples a pixel of each pass: samples of one pass are laid out with regard to each other."""
    whole, rest = divmod(samples, _TOGETHER)
    return [_TOGETHER] * whole + [rest] * (rest > 0)


def decode_sky(data: bytes) -> Singles:
    """A photographed sky (H, W, 3) from the bytes of an OpenEXR file, by Mitsuba; linear, clamped at 0."""
    mi = _mitsuba("scalar_rgb")
    stream = mi.MemoryStream(len(data))
    stream.write(data)
    stream.seek(0)
    bitmap = mi.Bitmap(stream, mi.Bitmap.FileFormat.OpenEXR)
    if bitmap.width() > 4096 or bitmap.height() > 2048:
        raise ValueError("a sky has at most 4096 x 2048 pixels")
    pixels = np.array(bitmap.convert(mi.Bitmap.PixelFormat.RGB, mi.Struct.Type.Float32, False))
    held: Singles = np.maximum(np.nan_to_num(pixels, posinf=0.0), 0).astype(np.float32)
    return held


def _mitsuba(variant: Variant) -> Any:
    # Its types are those of a variant, which is chosen only here.
    import mitsuba

    mitsuba.set_variant(variant)
    return mitsuba


def _scene(mi: Any, picture: Traceable, folder: Path) -> dict[str, Any]:
    # Shadow rays stop at glass but for an integrator that follows them through.
    glass = any(mesh.kind == "glass" for mesh in picture.meshes)
    whole: dict[str, Any] = {
        "type": "scene",
        "integrator": {
            "type": "volpath" if glass else "path",
            "max_depth": _DEPTH,
            "rr_depth": 3,
            "hide_emitters": True,
        },
        "sensor": _camera(mi, picture),
        "around": {"type": "envmap", "bitmap": mi.Bitmap(picture.around)},
    }
    for index, mesh in enumerate(picture.meshes):
        whole[f"mesh{index}"] = _mesh(mi, mesh, picture.glass)
    for index, hairs in enumerate(picture.fibres):
        whole[f"hairs{index}"] = _hairs(hairs, folder / f"{index}.txt")
    return whole


def _camera(mi: Any, picture: Traceable) -> dict[str, Any]:
    transform = mi.ScalarTransform4f()
    film = {
        "type": "hdrfilm",
        "width": picture.size,
        "height": picture.size,
        "pixel_format": "rgba",
        "component_format": "float32",
        # With a wider filter blocks overlap, and the sum hangs on which thread comes first.
        "rfilter": {"type": "box"},
    }
    common = {"near_clip": 1.0, "far_clip": 1e5, "film": film, "sampler": {"type": "multijitter"}}
    right, up = picture.shift
    if picture.distance is None:
        # Half of the picture is one unit of such a camera.
        half = picture.height / 2
        middle = [-right * picture.height, -up * picture.height]
        place = transform.look_at(origin=[*middle, 1000.0], target=[*middle, 0.0], up=[0, 1, 0])
        return {"type": "orthographic", "to_world": place @ transform.scale([half, half, 1.0]), **common}
    return {
        "type": "perspective",
        "fov": 2 * math.degrees(math.atan(picture.height / 2 / picture.distance)),
        "principal_point_offset_x": -right,
        "principal_point_offset_y": up,
        "to_world": transform.look_at(origin=[0, 0, picture.distance], target=[0, 0, 0], up=[0, 1, 0]),
        **common,
    }


def _mesh(mi: Any, mesh: Mesh, glass: float) -> Any:
    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(_material(mesh, glass))
    made = mi.Mesh(mesh.kind, len(mesh.vertices), len(mesh.triangles), properties, True, False)
    made.add_attribute("vertex_colour", 3, mesh.colours.ravel())
    made.add_attribute("vertex_rough", 1, mesh.roughness.ravel())
    values = mi.traverse(made)
    values["vertex_positions"] = mesh.vertices.ravel()
    values["vertex_normals"] = mesh.normals.ravel()
    values["faces"] = mesh.triangles.ravel()
    values.update()
    return made


def _material(mesh: Mesh, glass: float) -> dict[str, Any]:
    colour = {"type": "mesh_attribute", "name": "vertex_colour"}
    if mesh.kind == "glass":
        # A thin pane: what it does not mirror goes straight on. Both of its sides mirror.
        once = ((glass - 1) / (glass + 1)) ** 2
        mirror = {"type": "twosided", "inner": {"type": "conductor", "material": "none"}}
        return {"type": "mask", "opacity": _COATED * 2 * once / (1 + once), "inner": mirror}
    inner: dict[str, Any] = {"type": "diffuse", "reflectance": colour}
    if mesh.kind == "eye":
        inner = {"type": "principled", "base_color": colour, "roughness": _WET, "eta": _CORNEA}
    elif mesh.gloss > 0:
        rough = {"type": "mesh_attribute", "name": "vertex_rough"}
        # Of the reflectance at a right angle the material takes shares of 8 %.
        inner = {
            "type": "principled",
            "base_color": colour,
            "roughness": rough,
            "specular": min(mesh.gloss / 0.08, 1.0),
        }
    return {"type": "twosided", "inner": inner}


def _hairs(hairs: Fibres, file: Path) -> dict[str, Any]:
    curves = hairs.curves.astype(np.float64)
    # A point more at either end, so that the curve runs from the first to the last.
    curves = np.concatenate([2 * curves[:, :1] - curves[:, 1:2], curves, 2 * curves[:, -1:] - curves[:, -2:-1]], 1)
    curves[..., 3] = np.maximum(curves[..., 3], 0.01)
    hair = "%.3f %.3f %.3f %.4f\n" * curves.shape[1] + "\n"
    file.write_text((hair * len(curves)) % tuple(curves.ravel().tolist()), encoding="ascii")
    absorbed = {"type": "rgb", "value": absorption(hairs.colour)}
    material = {
        "type": "hair",
        "sigma_a": absorbed,
        "longitudinal_roughness": _ALONG,
        "azimuthal_roughness": _AROUND,
        "int_ior": _KERATIN,
    }
    return {"type": "bsplinecurve", "filename": str(file), "material": material}


def absorption(colour: tuple[float, float, float]) -> list[float]:
    """What a fibre absorbs so that many together have a colour (linear).

    M. Chiang, B. Bitterli, C. Tappan and B. Burley, *A practical and controllable hair and fur model for production
    path tracing*, 2016, equation 9.
    """
    b = _AROUND
    over = 5.969 - 0.215 * b + 2.532 * b**2 - 10.73 * b**3 + 5.574 * b**4 + 0.245 * b**5
    return [(math.log(min(max(one, 1e-3), 0.99)) / over) ** 2 for one in colour]
