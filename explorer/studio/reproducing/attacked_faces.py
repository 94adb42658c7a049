"""Attacked faces, made again from their photographs: the same settings, the same aim, the same encoders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.studio.catalogue.networks import attacked_encoder
from explorer.studio.export.provenance import Provenance
from explorer.studio.laboratory.attack_faces import attack_face
from explorer.studio.laboratory.attacked_export import attacked_record, export_attacked
from explorer.studio.reproducing.attacks import AimRecipe, aim_again
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.laboratory_faces import FacesRecipe, place_again
from explorer.studio.reproducing.making import Reproduction, ReproductionContext
from explorer.studio.reproducing.sources import file_of, taken


class AttackedFacesRecipe(FacesRecipe):
    """What a record says of attacked faces."""

    attack: AttackSettings
    aim: AimRecipe | None = None


@dataclass(frozen=True, eq=False)
class AttackedFacesReproducer:
    """Attacked faces, as their record describes them."""

    name: str
    recipe: AttackedFacesRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> AttackedFacesReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(AttackedFacesRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return place_again(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photographs and what was gone towards have to be there, and the encoders known."""
        self.recipe.check(sources, out, self.name)
        attacked_encoder(self.recipe.attack.encoder)
        aim = self.recipe.aim
        if aim is not None:
            file_of(aim.name, aim.sha256, sources, self.name)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Attack the same faces, look again and write."""
        recipe = self.recipe
        aim = aim_again(recipe.aim, recipe.attack.encoder, making, self.name)
        faces = [
            Steps(attack_face(making.networks, photograph, face, recipe.attack, aim, recipe.encoders)).result
            for photograph, face in recipe.faces(making.sources, self.name)
        ]
        files = export_attacked(making.out, faces, recipe.drawing.options)
        now = taken(AttackedFacesRecipe, attacked_record(faces, recipe.drawing.options), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.numbers == now.numbers
        return Reproduction("attacked faces", files, deviation(recipe.numbers, now.numbers), same, lines)
