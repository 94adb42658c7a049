"""Readings in a file: a table (CSV or Parquet) or a figure, with a record of how they were made in it or beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.faces.face import Face
from explorer.science.leakage.labels.histogram import BINS, LEVELS
from explorer.science.leakage.readout import CANNOT_TELL, MetricValue, Readout
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, LANDMARK_NETWORK
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.export.page import FORMATS, save
from explorer.studio.export.provenance import bare_record, source_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.files import atomic_write
from explorer.studio.leakage.figure import draw_readings
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.origins import Parts
from explorer.studio.versions import versions

SUFFIXES = (".csv", ".parquet", *(f".{kind}" for kind in FORMATS))
_QUALITY = ("measure", "unit", "value", "low", "high", "chance", "faces")
_WORDS = {
    *("subject", "encoder", "probe", "part", "unit", "tells", "labeller", "calibrated_on", "calibrated_for"),
    *(f"{where}_{field}" for where in ("test", "portraits") for field in ("measure", "unit")),
}
_TELLS = {True: "yes", False: CANNOT_TELL, None: ""}
_COLOURS = ("red", "green", "blue")


def export_readings(
    path: Path,
    read: FaceRead,
    result: Reading | None = None,
    *,
    name: str,
    sha256: str,
    face: Face | None = None,
    inversion: Mapping[str, Any] | None = None,
    guided: bool = False,
    drawing: ReadoutsSpec | None = None,
) -> tuple[Path, Path]:
    """Write readings, and their record beside them.

    Args:
        path: its suffix says CSV, Parquet, PNG, SVG or PDF.
        read: of a face; its readouts are there.
        result: of the face's inversion, where there is one. guided: whether the photograph guided that.
        name, sha256, face: of the photograph; no face of a vector file.
        inversion: the record of that run and of which of its pictures was read, where it can be had.
        drawing: how a figure is drawn; only where it says so, it shows the photograph, which is biometric data.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind = check_ending(path)
    drawing = drawing or ReadoutsSpec()
    record = readings_record(
        read, result, name=name, sha256=sha256, face=face, inversion=inversion, guided=guided, drawing=drawing
    )
    if kind == ".csv":
        atomic_write(path, as_csv(read, result).encode())
    elif kind == ".parquet":
        return write_table(path, as_rows(read, result), record)
    else:
        figure = draw_readings(
            read,
            result,
            sha256=sha256,
            guided=guided,
            with_source=drawing.source,
            width=drawing.width,
            dpi=drawing.dpi,
        )
        save(figure, path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def check_ending(path: Path) -> str:
    """The kind of file that a path's ending names, in small letters.

    Raises:
        UserError: readouts are not written as this kind.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UserError(f"{path.name}: readouts are written as {', '.join(SUFFIXES)}; choose one of these endings")
    return kind


def subjects(read: FaceRead, result: Reading | None) -> dict[str, Reading]:
    """The readings by what they are of."""
    altered = {"altered": read.now} if read.now is not read.before else {}
    return {"as it is": read.before, **altered, **({} if result is None else {"inversion": result})}


def as_csv(read: FaceRead, result: Reading | None = None) -> str:
    """One line a number: each class's probability, each value, each landmark's coordinates, each bin's share.

    `read` is what the embedding tells, `picture` what the picture shows where that is known, `typical` the share or the
    mean of the calibration faces; then how good the probe is on the corpus's test split and on openpeople, each beside
    chance, and whether it `tells` anything: "yes" where it is worth more than the base rate of the kind of picture it
    is of (`calibrated_for`), "cannot tell" where it is not, nothing where that was not measured. Of calibrations on
    photographs the `skill`, and the calibration error beside what exact probabilities would show.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    measured = [f"{where}_{field}" for where in ("test", "portraits") for field in _QUALITY]
    head = ["subject", "encoder", "probe", "part", "unit", "read", "picture", "typical", "margin"]
    writer.writerow([*head, *measured, "tells", "labeller", "calibrated_on", "calibrated_for", *_SKILL])
    for subject, reading in subjects(read, result).items():
        for one in reading.readouts:
            quality = [*_cells(one.test), *_cells(one.portraits), _TELLS[one.tells]]
            for part, unit, said, shown, typical in _numbers(one, reading):
                head = [subject, reading.encoder, one.probe, part, unit, said, shown, typical, _written(one.margin)]
                writer.writerow([*head, *quality, one.labeller, one.calibrated_on, one.origin or "", *_skill(one)])
    return file.getvalue()


def as_rows(read: FaceRead, result: Reading | None = None) -> list[Row]:
    """The same as numbers and words, for Parquet; what is not known is null."""
    rows: list[Row] = []
    for line in csv.DictReader(io.StringIO(as_csv(read, result))):
        words = {name: value or None for name, value in line.items() if name in _WORDS}
        numbers = {name: float(value) if value else None for name, value in line.items() if name not in _WORDS}
        rows.append({name: words[name] if name in words else numbers[name] for name in line})
    return rows


def _numbers(one: Readout, reading: Reading) -> Iterator[tuple[str, str, str, str, str]]:
    """Part, unit, what is read, what the picture shows and what is typical."""
    for name, probability in one.probabilities.items():
        yield name, "probability", _written(probability), "", _written(one.usual if name == one.text else None)
    if isinstance(one.value, float) and isinstance(one.typical, float):
        yield "", one.unit, _written(one.value), "", _written(one.typical)
    elif isinstance(one.value, np.ndarray):
        shown = reading.landmarks if one.probe == "landmarks" else reading.histogram
        for place in np.ndindex(one.value.shape):
            part, unit = part_of(one.probe, place)
            pictured = "" if shown is None else _written(float(shown[place]))
            typical = _written(float(one.typical[place])) if isinstance(one.typical, np.ndarray) else ""
            yield part, unit, _written(float(one.value[place])), pictured, typical


def part_of(probe: str, place: tuple[int, ...]) -> tuple[str, str]:
    """What a number of landmarks or of histograms is called, such as "36 x" or "red 0-25", and its unit."""
    if probe == "landmarks":
        return f"{place[0]} {'xy'[place[1]]}", "px of the 224 px frame"
    return f"{_COLOURS[place[0]]} {_levels(place[1])}", "share"


def _levels(number: int) -> str:
    """The levels that a bin holds, such as "0-25"."""
    first, last = (ceil(LEVELS * edge / BINS - 0.5) for edge in (number, number + 1))
    return f"{first}-{last - 1}"


def _cells(quality: MetricValue | None) -> list[str]:
    if quality is None:
        return [""] * len(_QUALITY)
    values = [getattr(quality, field) for field in _QUALITY]
    return [value if isinstance(value, str) else _written(value) for value in values]


_SKILL = ("skill", "skill_low", "skill_high", "calibration_error", "calibration_floor")


def _skill(one: Readout) -> list[str]:
    """Of a calibration on photographs; nothing of others."""
    skill, error = one.skill, one.error
    values = (None, None, None) if skill is None else (skill.value, skill.low, skill.high)
    return [_written(value) for value in (*values, *((None, None) if error is None else (error.value, error.floor)))]


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def readings_record(
    read: FaceRead,
    result: Reading | None,
    *,
    name: str,
    sha256: str,
    face: Face | None = None,
    inversion: Mapping[str, Any] | None = None,
    guided: bool = False,
    drawing: ReadoutsSpec | None = None,
) -> dict[str, Any]:
    """How readings were made, with all that it takes to make them again; arguments as `export_readings`.

    Holds no embedding, no landmark but the five points, and no picture.
    """
    run = {} if inversion is None else {"run": dict(inversion)}
    return bare_record(
        kind="readouts",
        encoder=read.encoder,
        source=source_record(name, sha256),
        of="vector" if face is None else "photograph",
        origin=next((one.origin for one in read.before.readouts if one.origin), None),
        points=None if face is None else face.points.tolist(),
        points_by_hand=face is not None and face.by_hand,
        picture_edit=read.edits.picture.model_dump(mode="json") if read.edits.picture.changes else None,
        vector_edit=read.edits.vector.model_dump(mode="json") if read.edits.vector.changes else None,
        inversion=None if result is None else {"guided_by_photograph": guided, **run},
        drawing=(drawing or ReadoutsSpec()).model_dump(mode="json"),
        readouts={what: [summary(one) for one in reading.readouts] for what, reading in subjects(read, result).items()},
        networks=_networks(read, result),
        versions=versions(reading_parts(read.encoder, subjects(read, result).values())),
    )


def reading_parts(encoder: str, readings: Iterable[Reading]) -> Parts:
    """What took part in readings of an encoder's embeddings, by name."""
    return {"encoders": (encoder,), "probes": [one.probe for reading in readings for one in reading.readouts]}


def _networks(read: FaceRead, result: Reading | None) -> dict[str, str]:
    """sha256 of every network that took part, but for those of an inversion, whose own record names them."""
    compared = any(one.landmarks is not None for one in subjects(read, result).values())
    ids = [encoder_spec(read.encoder).network]
    ids += [LANDMARK_NETWORK] if compared else []
    ids += [] if result is None else [DETECTOR_NETWORK]
    return {id_: catalogue.sha256(id_) for id_ in ids} | own_files(subjects(read, result).values(), read.encoder)


def own_files(readings: Iterable[Reading], encoder: str) -> dict[str, str]:
    """sha256 of the project's own files that readings by an encoder's probes follow from."""
    known = list(readings)
    calibrated = any(one.origin is not None for reading in known for one in reading.readouts)
    read_by = next((reading.weights for reading in known if reading.weights), "")
    return probing.weights_of(encoder, photographs=calibrated, probes=read_by)


def summary(one: Readout) -> Mapping[str, Any]:
    """A readout without landmarks and histograms, which the table and the figure hold."""
    value = None if isinstance(one.value, np.ndarray) else one.value
    return {"probe": one.probe, "answer": value, "probability": one.probability, "usual": one.usual, "tells": one.tells}
