"""The figure of a photograph's way through the 3D model, made again from its photograph and its localiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from explorer.science.faces.reading import read_file
from explorer.studio.errors import UserError
from explorer.studio.export.page import check_ending
from explorer.studio.export.provenance import Provenance
from explorer.studio.geometry.landmark_sources import FitBy
from explorer.studio.geometry.pipeline_figure import draw_pipeline, export_pipeline
from explorer.studio.geometry.recognition import LOCALISER
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside
from explorer.studio.reproducing.sources import Digest, Part, Points, Source, Word, Words, face_again, file_of, taken


class PipelineRecipe(Part):
    """What a record says of such a figure. localiser: the name of its file; empty where landmarks were fitted."""

    source: Source
    points: Points
    points_by_hand: bool = False
    landmarks_by: Literal["dlib", "mediapipe"]
    fitted_by: FitBy
    localiser: Word = ""
    numbers: Annotated[dict[Word, Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=100)]
    pictures_sha256: Digest
    networks: Words
    versions: Words


@dataclass(frozen=True, eq=False)
class PipelineReproducer:
    """A figure as its record describes it."""

    name: str
    recipe: PipelineRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> PipelineReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        recipe = taken(PipelineRecipe, record, name)
        if recipe.fitted_by == "recognition" and LOCALISER not in recipe.networks:
            raise UserError(f"the provenance in {name} cannot be used: it does not say which localiser it is by")
        return cls(name, recipe)

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        return again_beside(figure)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph has to be there, and the localiser."""
        file_of(self.recipe.source.name, self.recipe.source.sha256, sources, self.name)
        self._localiser(sources)
        check_ending(out)

    def make(self, making: ReproductionContext) -> Reproduction:
        """Fit, sample, complete and draw."""
        recipe, sources = self.recipe, making.sources
        file = file_of(recipe.source.name, recipe.source.sha256, sources, self.name)
        photograph = replace(read_file(file), name=recipe.source.name)  # as figures name it
        face = face_again(photograph, recipe.points, recipe.points_by_hand)
        drawn = draw_pipeline(photograph, face, recipe.landmarks_by, self._localiser(sources))
        files = export_pipeline(making.out, drawn)
        now = taken(PipelineRecipe, drawn.record(), self.name)
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        then: dict[str, Value] = dict(recipe.numbers)
        again: dict[str, Value] = dict(now.numbers)
        same = recipe.pictures_sha256 == now.pictures_sha256
        return Reproduction("way of a photograph through the 3D model", files, deviation(then, again), same, lines)

    def _localiser(self, sources: Mapping[str, Path]) -> Path | None:
        if self.recipe.fitted_by == "landmarks":
            return None
        return file_of(self.recipe.localiser, self.recipe.networks[LOCALISER], sources, self.name)
