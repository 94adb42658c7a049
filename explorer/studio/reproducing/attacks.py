"""An attack made again from its photograph: the same face, the same goal, the same steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from explorer.science.faces.reading import read_file
from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import attacked_encoder
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance, png_bytes
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.inversion.targets import photograph_target, vector_target
from explorer.studio.laboratory.attack_export import attack_provenance
from explorer.studio.laboratory.attack_running import Aim, AttackedFace, attacked_photograph, run_attack
from explorer.studio.laboratory.attack_text import rows_of
from explorer.studio.laboratory.defences_by_name import defence_of
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of, outdated, taken


class AimRecipe(Source):
    """What was gone towards."""

    kind: Literal["photograph", "vector"]
    points: Points | None = None
    points_by_hand: bool = False


class _View(Part):
    encoder: Word
    own: float | None = None
    aim: float | None = None


class AttackRecipe(Part):
    """What a record says of an attack."""

    part: Literal["picture", "perturbation", "table"]
    attack: AttackSettings
    source: Source
    points: Points
    points_by_hand: bool = False
    aim: AimRecipe | None = None
    people: list[Word] = Field(default_factory=list, max_length=1000)
    knows: Word = ""
    encoders: list[_View] = Field(default_factory=list, max_length=100)
    networks: Words = Field(default_factory=dict)
    versions: Words = Field(default_factory=dict)


_ENDINGS = {"picture": (".png",), "perturbation": (".png",), "table": (".csv", ".parquet")}


@dataclass(frozen=True, eq=False)
class AttackReproducer:
    """An attack as its record describes it."""

    name: str
    recipe: AttackRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> AttackReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged, of an earlier version, or of a softmax over people of whom nothing is kept.
        """
        if record.get("points") is None:
            raise outdated(name, "the five points of the face")
        recipe = taken(AttackRecipe, record, name)
        if recipe.people:
            raise UserError(
                f"{name} was made by a softmax over people of whom only names are recorded: give the command again "
                "that made it"
            )
        return cls(name, recipe)

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return again_beside(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph, and what was gone towards, have to be there."""
        recipe = self.recipe
        for one in (recipe.source, recipe.aim):
            if one is not None:
                file_of(one.name, one.sha256, sources, self.name)
        attacked_encoder(recipe.attack.encoder)
        endings = _ENDINGS[recipe.part]
        if out.suffix.lower() not in endings:
            raise UserError(f"{out.name}: this is written as {' or '.join(endings)}; choose that ending")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Attack and write."""
        recipe = self.recipe
        made = self._attacked(making)
        record = attack_provenance(made.record, recipe.part)
        same = None
        if recipe.part == "table":
            files: tuple[Path, ...] = write_table(making.out, rows_of(made.record), record)
        else:
            change = made.perturbation
            pixels = change.after if recipe.part == "picture" else change.amplified()
            files = (atomic_write(making.out, png_bytes(pixels, record)),)
            before = _pixels(export_of(making.figure))
            same = None if before is None else bool(np.array_equal(before, pixels))
        then = {f"{view.encoder}: {name}": getattr(view, name) for view in recipe.encoders for name in ("own", "aim")}
        now: dict[str, Value] = {
            f"{view.encoder}: {name}": getattr(view, name) for view in made.record.encoders for name in ("own", "aim")
        }
        lines = changes(recipe.networks, made.record.networks, recipe.versions, made.record.versions)
        return Reproduction(made.record.title, files, deviation(then, now), same, lines)

    def _attacked(self, making: ReproductionContext) -> AttackedFace:
        recipe, settings = self.recipe, self.recipe.attack
        photograph = read_file(file_of(recipe.source.name, recipe.source.sha256, making.sources, self.name))
        face = face_again(photograph, recipe.points, recipe.points_by_hand)
        known = [view.encoder for view in recipe.encoders if view.encoder in present_encoders()]
        encoders = tuple(dict.fromkeys((settings.encoder, *known)))
        source = attacked_photograph(making.networks, photograph, face, encoders)
        knows = defence_of(making.networks, recipe.knows, settings.encoder) if recipe.knows else None
        aim = aim_again(recipe.aim, settings.encoder, making, self.name)
        return Steps(run_attack(making.networks, source, aim, settings, knows)).result


def aim_again(aim: AimRecipe | None, encoder: str, making: ReproductionContext, name: str) -> Aim:
    """What an attack on an encoder goes towards, as a record says it.

    Args:
        name: of the file that the record is of.

    Raises:
        UserError: the file is not among the sources.
    """
    if aim is None:
        return Aim()
    path = file_of(aim.name, aim.sha256, making.sources, name)
    if aim.kind == "vector":
        target = vector_target(path, encoder)
    else:
        photograph = read_file(path)
        face = face_again(photograph, aim.points, aim.points_by_hand)
        target = photograph_target(making.networks, photograph, face, encoder).target
    return Aim(target.record, {encoder: target.embedding, **target.held_out})


def _pixels(path: Path) -> NDArray[np.uint8] | None:
    """A picture of then, (H, W, 3) uint8; None where there is none."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return np.array(image.convert("RGB"))
    except OSError:
        return None
