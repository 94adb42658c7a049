"""A drawn person made again from the scene in the record: no photograph has anything to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.science.synthetic.scene import Scene
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance
from explorer.studio.extras import require
from explorer.studio.people.choice import Rendering
from explorer.studio.people.drawing import drawn_scene, people_model
from explorer.studio.people.person_export import write_person_files
from explorer.studio.reproducing.comparing import deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.sources import Part, taken


class DrawnPersonRecipe(Part):
    """What a record says of a drawn person."""

    part: Literal["picture", "truth", "maps"]
    scene: Scene
    rendering: Rendering


@dataclass(frozen=True, eq=False)
class DrawnPersonReproducer:
    """A drawn person as the record describes them."""

    recipe: DrawnPersonRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> DrawnPersonReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(taken(DrawnPersonRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it: the picture, whatever file of the person was given."""
        return again_beside(figure, ".png")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """It needs no source; what draws it has to be there."""
        if self.recipe.rendering.renderer == "path" or self.recipe.scene.sky is not None:
            require("render")
        if out.suffix.lower() != ".png":
            raise UserError(f"{out.name}: a drawn person is written as .png; choose that ending")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Draw and write; the maps, too, where the file is of these."""
        recipe = self.recipe
        rendered = drawn_scene(recipe.scene, recipe.rendering.settings(), people_model())
        files = write_person_files(making.out, rendered, recipe.rendering, maps=recipe.part == "maps")
        before = _pixels(export_of(making.figure))
        same = None if before is None else bool(np.array_equal(before, rendered.pixels))
        return Reproduction("drawn person", files, deviation({}, {}), same)


def _pixels(path: Path) -> NDArray[np.uint8] | None:
    """A picture of then, (H, W, 3) uint8; None where the file is none."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return np.array(image.convert("RGB"))
    except OSError:
        return None
