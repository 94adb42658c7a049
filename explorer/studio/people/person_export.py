"""A picture of one scene as files: its pixels, what is true of it, and its maps; each can be made again."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import PIL.Image

from explorer.science.synthetic.rendered import Rendered
from explorer.science.synthetic.scene import Scene
from explorer.studio.arrays import Image
from explorer.studio.export.provenance import bare_record, png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.outputs import result_files
from explorer.studio.people.choice import Rendering
from explorer.studio.people.writing import truth, write_maps

Part = Literal["picture", "truth", "maps"]


def person_record(scene: Scene, rendering: Rendering, part: Part = "picture") -> dict[str, Any]:
    """The provenance: the whole scene and what draws it, from which every pixel follows."""
    return bare_record(
        kind="drawn person",
        part=part,
        scene=scene.model_dump(mode="json"),
        rendering=rendering.model_dump(mode="json"),
    )


def write_person_files(path: Path, rendered: Rendered, rendering: Rendering, *, maps: bool) -> tuple[Path, ...]:
    """Write a picture, what is true of it beside it, and its maps; earlier files of these names are replaced.

    Args:
        path: of the picture. rendering: that its pixels were drawn by.

    Raises:
        UserError: a file cannot be written.
    """

    def record(part: Part) -> Mapping[str, Any]:
        return person_record(rendered.scene, rendering, part)

    with result_files(path) as result:
        place = result.folder / path.name
        names = [path.name, f"{path.stem}.json"]
        atomic_write(place, png_bytes(rendered.pixels, record("picture")))
        atomic_write(place.with_name(names[1]), json.dumps(dict(record("truth")) | truth(rendered), indent=1).encode())
        if maps:
            of_maps = place.with_name(f"{path.stem}-maps.npz")
            write_maps(of_maps, rendered)
            names += [of_maps.name, write_sidecar(of_maps, record("maps")).name]
    return tuple(path.with_name(name) for name in names)


def picture_bytes(pixels: Image) -> bytes:
    """A picture (S, S, 3) as a PNG file without anything else in it: the same picture is the same photograph."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
