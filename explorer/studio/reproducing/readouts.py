"""What the probes read, made again: the face embedded, edited and read, beside it the inversion that was read too."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import Origin
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, known_encoder
from explorer.studio.catalogue.probes import load_probes, photograph_calibrations_file
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ImageSpec, ReadoutsSpec
from explorer.studio.export.provenance import Provenance
from explorer.studio.faces.edits import altered_photograph, altered_vector
from explorer.studio.faces.values import Edits
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.inversion.pictures import step_picture
from explorer.studio.inversion.provenance import provenance
from explorer.studio.leakage.export import SUFFIXES, as_csv, export_readings, readings_record
from explorer.studio.leakage.reading import compared, read_picture, read_vector
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.runs import Recorded, RunReproduction, recorded, source_of
from explorer.studio.reproducing.sources import Part, Points, Source, Word, Words, face_again, file_of, outdated, taken

# A table of strangers: readouts of three embeddings take less than a tenth of this.
_LARGEST_TABLE, _MOST_ROWS = 4_000_000, 10_000
_COLUMNS = ("subject", "probe", "part", "read")


class Summary(Part):
    """One probe's answer, without landmarks and histograms."""

    probe: Word
    answer: Annotated[float, Field(allow_inf_nan=False)] | Word | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class OfInversion(Part):
    """The inversion whose picture was read. run: its record; None where that was not to be had."""

    guided_by_photograph: bool = False
    run: dict[str, Any] | None = None


class ReadoutsRecipe(Part):
    """What a record says of readouts."""

    encoder: Word
    of: Literal["photograph", "vector"]
    source: Source
    points: Points | None = None
    points_by_hand: bool = False
    origin: Origin | None = None
    picture_edit: PictureEdit | None = None
    vector_edit: VectorEdit | None = None
    inversion: OfInversion | None = None
    drawing: ReadoutsSpec = ReadoutsSpec()
    readouts: Annotated[dict[Word, Annotated[list[Summary], Field(max_length=100)]], Field(max_length=10)]
    networks: Words
    versions: Words


@dataclass(frozen=True, eq=False)
class ReadoutsReproducer:
    """Readouts as their record describes them. run: of the inversion that was read too, where its record is there."""

    name: str
    recipe: ReadoutsRecipe
    run: Recorded | None

    @classmethod
    def of(cls, record: Provenance, name: str) -> ReadoutsReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged, or of an earlier version.
        """
        if "of" not in record:
            raise outdated(name, "whose face it is of")
        recipe = taken(ReadoutsRecipe, record, name)
        if recipe.of == "photograph" and recipe.points is None:
            raise outdated(name, "the five points of the face")
        inverted = recipe.inversion
        return cls(name, recipe, None if inverted is None or inverted.run is None else recorded(inverted.run, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        known = export_of(figure).suffix.lower() in SUFFIXES
        return again_beside(figure, None if known else ".csv")

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph or vector has to be there, and the encoder known."""
        self._file(sources)
        if self.run is not None:
            source_of(self.run.runs[0], sources, self.name)
        known_encoder(self.recipe.encoder)
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: readouts are written as {', '.join(SUFFIXES)}; choose one of these endings")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Embed, edit, read and write."""
        recipe, networks = self.recipe, making.networks
        source, probes = self._file(making.sources), probes_then(recipe.encoder, recipe.networks)
        read, face = _read(networks, probes, recipe, source)
        run, result = None, None
        if self.run is not None:
            recipe_of_run = self.run.runs[0]
            run = making.repeat(recipe_of_run, source_of(recipe_of_run, making.sources, self.name))
            result = _read_result(networks, probes, recipe.encoder, run, self.run)
        about: dict[str, Any] = {
            "name": recipe.source.name,
            "sha256": recipe.source.sha256,
            "face": face,
            "inversion": None if run is None else _record_again(run, self.run),
            "guided": recipe.inversion is not None and recipe.inversion.guided_by_photograph,
            "drawing": recipe.drawing,
        }
        files = export_readings(making.out, read, result, **about)
        now = taken(ReadoutsRecipe, readings_record(read, result, **about), self.name)
        table = _table(making.figure)
        apart = deviation(_summed(recipe), _summed(now)) if table is None else deviation(table, _numbers(read, result))
        # What finds the face in an inversion has no part where that is left out.
        then = {name: one for name, one in recipe.networks.items() if result is not None or name != DETECTOR_NETWORK}
        lines = changes(then, now.networks, recipe.versions, now.versions)
        return Reproduction(f"readouts of {recipe.encoder}", files, apart, None, (*lines, *self._of_run(run, result)))

    def _file(self, sources: Mapping[str, Path]) -> Path:
        return file_of(self.recipe.source.name, self.recipe.source.sha256, sources, self.name)

    def _of_run(self, run: RunReproduction | None, result: Reading | None) -> tuple[str, ...]:
        """What is to be said of the inversion."""
        if self.recipe.inversion is None:
            return ()
        if run is None:
            return ("the readouts of the inversion are left out: the record does not say how that was made",)
        if result is None:
            return ("the readouts of the inversion are left out: no face was found in it",)
        return tuple(f"inversion: {line}" for line in run.differences)


def probes_then(encoder: str, networks: Mapping[str, str]) -> ProbeSet:
    """The probes of an encoder; without calibrations on photographs where a record's networks name none."""
    probes = load_probes(encoder)
    return probes if photograph_calibrations_file(encoder).stem in networks else probes.without_photographs()


def _read(networks: Networks, probes: ProbeSet, recipe: ReadoutsRecipe, source: Path) -> tuple[FaceRead, Face | None]:
    """Read the embedding as it is and altered, as the probe panel and `likeness probe` do."""
    encoder = recipe.encoder
    edits = Edits(recipe.picture_edit or PictureEdit(), recipe.vector_edit or VectorEdit())
    photograph, face, frame = None, None, None
    if recipe.of == "vector":
        vector = open_vector(source, encoder).vector
    else:
        photograph = read_file(source)
        face = face_again(photograph, recipe.points, recipe.points_by_hand)
        vector = embed_face(networks.recogniser(encoder), photograph, face).numpy()
        frame = crop_frame(photograph, face).frame
    origin = recipe.origin or "photograph"
    before = now = read_vector(networks, probes, encoder, vector, frame, origin)
    if edits.changes:
        altered, shown = _edited(networks, encoder, vector, photograph, face, frame, edits)
        now = compared(networks, read_vector(networks, probes, encoder, altered, shown, origin), vector, attacked="")
    return FaceRead("", encoder, edits, before, now), face


def _edited(
    networks: Networks,
    encoder: str,
    vector: NDArray[np.float32],
    photograph: Photograph | None,
    face: Face | None,
    frame: NDArray[np.uint8] | None,
    edits: Edits,
) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
    if edits.picture.changes and photograph is not None and face is not None:
        vector, frame = altered_photograph(networks, encoder, photograph, face, edits.picture)
    return altered_vector(vector, edits.vector), frame


def _read_result(
    networks: Networks, probes: ProbeSet, encoder: str, run: RunReproduction, then: Recorded
) -> Reading | None:
    """Read the picture of a run that was read then; None where it shows no face."""
    finished, target = run.finished, run.opened.target
    step = _step(then)
    image = finished.native if step is None else step_picture(networks, finished.run, finished.latents, step)
    faces = networks.detector().detect(image)
    if not faces:
        return None
    attacked = finished.run.settings.encoder
    sought = target.embedding if encoder == attacked else target.held_out.get(encoder)
    vector = None if sought is None else sought.numpy()
    return read_picture(networks, probes, encoder, image, faces[0], vector, attacked)


def _step(then: Recorded) -> int | None:
    step = then.drawing.step if isinstance(then.drawing, ImageSpec) else None
    if step is not None and step > then.runs[0].steps:
        raise UserError(f"{then.name} shows step {step} of a run of {then.runs[0].steps} steps: its record is damaged")
    return step


def _record_again(run: RunReproduction, then: Recorded | None) -> Provenance:
    return provenance(run.finished.run, drawing=None if then is None else then.drawing)


def _summed(recipe: ReadoutsRecipe) -> dict[str, Value]:
    """What a record itself says, by whose and which answer it is."""
    values: dict[str, Value] = {}
    for subject, listed in recipe.readouts.items():
        for one in listed:
            values[f"{one.probe}, {subject}"] = one.answer
            values[f"probability of {one.probe}, {subject}"] = one.probability
    return values


def _numbers(read: FaceRead, result: Reading | None) -> dict[str, Value]:
    return _by_name(csv.DictReader(io.StringIO(as_csv(read, result))))


def _by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    """The numbers of a table by whose they are."""
    values: dict[str, Value] = {}
    for number, row in enumerate(rows):
        if number >= _MOST_ROWS:
            raise ValueError(f"more than {_MOST_ROWS} rows")
        subject, probe, part, said = (row[column] for column in _COLUMNS)
        values[", ".join(words for words in (probe, part, subject) if words)] = float(said)
    return values


def _table(figure: Path) -> dict[str, Value] | None:
    """The numbers of the table that was given; None of a figure, or where only the record is there.

    Raises:
        UserError: it is no table of readouts.
    """
    path = export_of(figure)
    if path.suffix.lower() not in (".csv", ".parquet") or not path.is_file():
        return None
    try:
        if path.stat().st_size > _LARGEST_TABLE:
            raise ValueError(f"more than {_LARGEST_TABLE // 1_000_000} MB")
        data = path.read_bytes()
        return _by_name(csv.DictReader(io.StringIO(data.decode())) if path.suffix.lower() == ".csv" else _rows(data))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UserError(f"{path.name} is no table of readouts, or damaged: {error}") from error


def _rows(data: bytes) -> list[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > _MOST_ROWS:
            raise ValueError(f"more than {_MOST_ROWS} rows")
        rows: list[dict[str, Any]] = file.read(columns=list(_COLUMNS)).to_pylist()
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error
    return rows
