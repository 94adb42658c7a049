"""A figure of a morphable model made again: no photograph has anything to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.studio.export.page import check_ending
from explorer.studio.export.provenance import Provenance
from explorer.studio.people.model_figure_export import export_drawn, open_and_draw
from explorer.studio.people.model_figures import ModelFigureSettings
from explorer.studio.reproducing.comparing import changes, deviation
from explorer.studio.reproducing.fits import own_model_of
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside
from explorer.studio.reproducing.sources import Digest, Part, Word, Words, taken


class ModelFigureRecipe(Part):
    """What a record says of a figure of a model."""

    asked: ModelFigureSettings
    model: Word
    own_model: bool = False
    pictures_sha256: Digest
    networks: Words
    versions: Words


@dataclass(frozen=True, eq=False)
class ModelFigureReproducer:
    """A figure of a model as its record describes it."""

    name: str
    recipe: ModelFigureRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> ModelFigureReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(ModelFigureRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return again_beside(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """A model of the user's own has to be there."""
        own_model_of(self.recipe, sources, self.name)
        check_ending(out)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Draw and write."""
        recipe = self.recipe
        drawn = open_and_draw(recipe.asked, own_model_of(recipe, making.sources, self.name))
        files = export_drawn(making.out, drawn)
        now = taken(ModelFigureRecipe, drawn.record(), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        same = recipe.pictures_sha256 == now.pictures_sha256
        what = f"{recipe.asked.figure} of {recipe.model}"
        return Reproduction(what, files, deviation({}, {}), same, lines)
