"""One vector read three ways, made again: embedded, altered, inverted as often and read, beside its photograph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.science.inversion.settings import RecordedSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.edits import VectorEdit
from explorer.science.leakage.readout import Origin
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.export.provenance import Provenance
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.leakage.export import SUFFIXES
from explorer.studio.leakage.reconstructing import Subject, read_three_ways
from explorer.studio.leakage.reconstructions import MOST_RUNS
from explorer.studio.leakage.three_ways_export import export_three_ways, three_ways_record
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.readouts import probes_then
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of, outdated, taken


class ReadingSummary(Part):
    """One answer, without landmarks and histograms."""

    probe: Word
    answer: Annotated[float, Field(allow_inf_nan=False)] | Word | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class OneInversion(Part):
    """One run whose face was read. latent_sha256: of what it came to. steered: whether more than settings led there."""

    settings: RecordedSettings
    latent_sha256: Word | None = None
    steered: bool = False


class ThreeWaysRecipe(Part):
    """What a record says of readings three ways."""

    encoder: Word
    of: Literal["photograph", "vector"]
    source: Source
    points: Points | None = None
    points_by_hand: bool = False
    origin: Origin | None = None
    vector_edit: VectorEdit | None = None
    inversions: Annotated[list[OneInversion], Field(min_length=1, max_length=MOST_RUNS)]
    drawing: ReadoutsSpec = ReadoutsSpec()
    readouts: Annotated[dict[Word, Annotated[list[ReadingSummary], Field(max_length=100)]], Field(max_length=10)]
    networks: Words
    versions: Words


@dataclass(frozen=True, eq=False)
class ThreeWaysReproducer:
    """Readings three ways as their record describes them."""

    name: str
    recipe: ThreeWaysRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> ThreeWaysReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        recipe = taken(ThreeWaysRecipe, record, name)
        if recipe.of == "photograph" and recipe.points is None:
            raise outdated(name, "the five points of the face")
        if any(one.steered for one in recipe.inversions):
            raise UserError(
                f"{name} is read off a run that was steered while it went on: make that run's figure again, and read it"
            )
        return cls(name, recipe)

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in SUFFIXES
        return again_beside(figure, None if known else ".csv")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph or vector has to be there, and the encoder known."""
        self._file(sources)
        known_encoder(self.recipe.encoder)
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: readouts are written as {', '.join(SUFFIXES)}; choose one of these endings")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Embed, invert, read and write."""
        recipe, networks = self.recipe, making.networks
        subject = self._subject(networks, self._file(making.sources))
        settings = recipe.inversions[0].settings
        probes = probes_then(recipe.encoder, recipe.networks)
        reading = read_three_ways(networks, probes, subject, settings, len(recipe.inversions))
        three = Steps(reading).result
        assert three is not None, "only runs that may be stopped can end without a reading"
        files = export_three_ways(making.out, three, subject, recipe.drawing)
        now = taken(ThreeWaysRecipe, three_ways_record(three, subject, recipe.drawing), self.name)
        same = [one.latent_sha256 for one in recipe.inversions] == [one.latent_sha256 for one in now.inversions]
        lines = changes(recipe.networks, now.networks, recipe.versions, now.versions)
        apart = deviation(_summed(recipe), _summed(now))
        return Reproduction(f"readings of {recipe.encoder} three ways", files, apart, same, lines)

    def _file(self, sources: Mapping[str, Path]) -> Path:
        return file_of(self.recipe.source.name, self.recipe.source.sha256, sources, self.name)

    def _subject(self, networks: Networks, file: Path) -> Subject:
        recipe, encoder = self.recipe, self.recipe.encoder
        if recipe.of == "vector":
            bare = open_vector(file, encoder)
            subject = Subject(TargetRecord.of_vector(bare.name, bare.sha256, encoder, bare.vector), bare.vector)
        else:
            photograph = read_file(file)
            face = face_again(photograph, recipe.points, recipe.points_by_hand)
            vector = embed_face(networks.recogniser(encoder), photograph, face).numpy()
            record = TargetRecord.of_face(photograph, face, encoder, vector)
            subject = Subject(record, vector, photograph, face, crop_frame(photograph, face).frame)
        subject = replace(subject, origin=recipe.origin or "photograph")
        return subject.altered(recipe.vector_edit or VectorEdit())


def _summed(recipe: ThreeWaysRecipe) -> dict[str, Value]:
    """What a record itself says, by whose and which answer it is."""
    values: dict[str, Any] = {}
    for subject, listed in recipe.readouts.items():
        for one in listed:
            values[f"{one.probe}, {subject}"] = one.answer
            values[f"probability of {one.probe}, {subject}"] = one.probability
    return values
