"""What Blender runs for us: it traces by Cycles what lies in a folder, each time a line asks for it.

Run by `blender --background --python` or by a Python that has `bpy`, and so without anything of ours but this file. A
line of JSON on standard input names the samples and the seed; `picture.npz` is what is traced, plain arrays alone, and
`traced.npy` the answer. Blender writes what it likes on standard output: lines of ours begin with `ANSWER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ANSWER = "likeness:"
# As Mitsuba has them (`science.synthetic.tracing`).
_DEPTH, _CORNEA, _WET, _COATED = 6, 1.376, 0.08, 0.3
_ALONG, _AROUND, _KERATIN = 0.40, 0.50, 1.40


def main(folder: Path) -> None:
    """Answer each line until there is none."""
    # A Python looks beside its script first, and Blender's own module is named `cycles` as one of ours.
    ours = Path(__file__).resolve().parent
    sys.path[:] = [one for one in sys.path if Path(one).resolve() != ours]
    import bpy  # Blender's own

    say("ready", bpy.app.version_string)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            with np.load(folder / "picture.npz", allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            image = trace(bpy, arrays, json.loads(arrays["about"].item()), asked, folder)
            np.save(folder / "traced.npy", image, allow_pickle=False)
            say("done", list(image.shape))
        except Exception as error:
            say("refused", f"{type(error).__name__}: {error}"[:500])


def say(kind: str, value: Any) -> None:
    """Write a line for whoever asked."""
    print(ANSWER + json.dumps({"kind": kind, "value": value}), flush=True)


def trace(bpy: Any, arrays: dict[str, Any], about: dict[str, Any], asked: dict[str, Any], folder: Path) -> Any:
    """(S, S, 4) float32, linear light and coverage."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if "cycles" not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module="cycles")
    scene = bpy.context.scene
    _set_up(scene, about, asked)
    _add_camera(bpy, scene, about)
    _add_light(bpy, scene, arrays["around"])
    for index, (kind, gloss) in enumerate(about["meshes"]):
        own = {name: arrays[f"mesh.{index}.{name}"] for name in ("vertices", "normals", "triangles")}
        looks = arrays[f"mesh.{index}.colours"], arrays[f"mesh.{index}.roughness"]
        _add_mesh(bpy, scene, own, looks, _material(bpy, kind, gloss, about["glass"]))
    for index, absorbed in enumerate(about["absorbed"]):
        _add_hairs(bpy, scene, arrays[f"fibres.{index}"], _hair_material(bpy, absorbed))
    scene.render.filepath = str(folder / "traced.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    image.colorspace_settings.name = "Non-Color"
    numbers = np.empty(about["size"] ** 2 * 4, np.float32)
    image.pixels.foreach_get(numbers)
    # Blender's first row is the lowest.
    return numbers.reshape(about["size"], about["size"], 4)[::-1].copy()


def _set_up(scene: Any, about: dict[str, Any], asked: dict[str, Any]) -> None:
    scene.render.engine = "CYCLES"
    cycles, render = scene.cycles, scene.render
    cycles.device, cycles.samples, cycles.seed = "CPU", asked["samples"], asked["seed"] % 2**31
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.max_bounces, cycles.pixel_filter_type = _DEPTH, "BOX"
    render.resolution_x = render.resolution_y = about["size"]
    render.resolution_percentage, render.film_transparent = 100, True
    settings = render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"


def _add(bpy: Any, scene: Any, name: str, data: Any) -> Any:
    made = bpy.data.objects.new(name, data)
    scene.collection.objects.link(made)
    return made


def _add_camera(bpy: Any, scene: Any, about: dict[str, Any]) -> None:
    data = bpy.data.cameras.new("camera")
    scene.camera = _add(bpy, scene, "camera", data)
    (right, up), height = about["shift"], about["height"]
    data.clip_start, data.clip_end = 1.0, 1e5
    data.sensor_fit, data.sensor_height, data.sensor_width = "VERTICAL", height, height
    data.shift_x, data.shift_y = -right, -up
    if about["distance"] is None:
        data.type, data.ortho_scale = "ORTHO", height
        scene.camera.location = (0.0, 0.0, 1000.0)
    else:
        # As far before the lens as the sensor behind it: the picture is as high as the sensor.
        data.lens = about["distance"]
        scene.camera.location = (0.0, 0.0, about["distance"])


def _add_light(bpy: Any, scene: Any, around: Any) -> None:
    height, width = around.shape[:2]
    image = bpy.data.images.new("around", width, height, float_buffer=True, is_data=True)
    whole = np.concatenate([around[::-1], np.ones((height, width, 1))], 2)
    image.pixels.foreach_set(np.ascontiguousarray(whole, np.float32).ravel())
    world = scene.world = bpy.data.worlds.new("around")
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    nodes.clear()
    coordinate, apart, turned = (nodes.new(f"ShaderNode{kind}") for kind in ("TexCoord", "SeparateXYZ", "CombineXYZ"))
    texture, light, output = (
        nodes.new(f"ShaderNode{kind}") for kind in ("TexEnvironment", "Background", "OutputWorld")
    )
    texture.image = image
    links.new(coordinate.outputs["Generated"], apart.inputs[0])
    # Blender's maps go around z and ours around y, from where the camera looks.
    for source, target in (("Z", "X"), ("X", "Y"), ("Y", "Z")):
        links.new(apart.outputs[source], turned.inputs[target])
    links.new(turned.outputs[0], texture.inputs["Vector"])
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(light.outputs[0], output.inputs["Surface"])


def _add_mesh(bpy: Any, scene: Any, own: dict[str, Any], looks: tuple[Any, Any], material: Any) -> None:
    mesh = bpy.data.meshes.new("mesh")
    mesh.from_pydata(own["vertices"].tolist(), [], own["triangles"].tolist())
    mesh.normals_split_custom_set_from_vertices(own["normals"].tolist())
    colours = np.concatenate([looks[0], np.ones((len(looks[0]), 1))], 1).astype(np.float32)
    mesh.attributes.new("colour", "FLOAT_COLOR", "POINT").data.foreach_set("color", colours.ravel())
    rough = np.ascontiguousarray(looks[1], np.float32)
    mesh.attributes.new("rough", "FLOAT", "POINT").data.foreach_set("value", rough)
    mesh.materials.append(material)
    _add(bpy, scene, "mesh", mesh)


def _empty(bpy: Any) -> tuple[Any, Any, Any, Any]:
    material = bpy.data.materials.new("material")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    return material, nodes, links, nodes.new("ShaderNodeOutputMaterial")


def _material(bpy: Any, kind: str, gloss: float, glass: float) -> Any:
    material, nodes, links, output = _empty(bpy)
    if kind == "glass":
        once = ((glass - 1) / (glass + 1)) ** 2
        mixed, clear, mirror = (
            nodes.new(f"ShaderNode{one}") for one in ("MixShader", "BsdfTransparent", "BsdfAnisotropic")
        )
        mirror.inputs["Roughness"].default_value = 0.0
        mixed.inputs[0].default_value = _COATED * 2 * once / (1 + once)
        links.new(clear.outputs[0], mixed.inputs[1])
        links.new(mirror.outputs[0], mixed.inputs[2])
        links.new(mixed.outputs[0], output.inputs["Surface"])
        return material
    surface = nodes.new("ShaderNodeBsdfPrincipled")
    _read(nodes, links, "colour", "Color", surface.inputs["Base Color"])
    # Of the reflectance at a right angle, 4 % stands in the middle of this slider.
    level = next(one for one in surface.inputs if one.name in ("Specular IOR Level", "Specular"))
    level.default_value = min(gloss / 0.08, 1.0)
    if kind == "eye":
        surface.inputs["IOR"].default_value, surface.inputs["Roughness"].default_value = _CORNEA, _WET
        level.default_value = 0.5
    else:
        _read(nodes, links, "rough", "Fac", surface.inputs["Roughness"])
    links.new(surface.outputs[0], output.inputs["Surface"])
    return material


def _read(nodes: Any, links: Any, name: str, output: str, into: Any) -> None:
    attribute = nodes.new("ShaderNodeAttribute")
    attribute.attribute_name = name
    links.new(attribute.outputs[output], into)


def _hair_material(bpy: Any, absorbed: list[float]) -> Any:
    material, nodes, links, output = _empty(bpy)
    hair = nodes.new("ShaderNodeBsdfHairPrincipled")
    hair.parametrization = "ABSORPTION"
    hair.inputs["Absorption Coefficient"].default_value = absorbed
    named = {"Roughness": _ALONG, "Radial Roughness": _AROUND, "IOR": _KERATIN, "Random Roughness": 0.0}
    for name, value in named.items():
        hair.inputs[name].default_value = value
    links.new(hair.outputs[0], output.inputs["Surface"])
    return material


def _add_hairs(bpy: Any, scene: Any, curves: Any, material: Any) -> None:
    data = bpy.data.hair_curves.new("hairs")
    data.add_curves([curves.shape[1]] * len(curves))
    data.position_data.foreach_set("vector", np.ascontiguousarray(curves[..., :3], np.float32).ravel())
    radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.maximum(curves[..., 3], 0.01).astype(np.float32).ravel())
    data.materials.append(material)
    _add(bpy, scene, "hairs", data)


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
